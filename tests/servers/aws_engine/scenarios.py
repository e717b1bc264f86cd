"""What an engine does with AWS, step by step: begun, broken off, tidied up, and looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.servers.plugin.request import Secret
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY, allowing

LATER = 301  # seconds, after which the write-ahead log counts as abandoned
DAY = 86_400


@dataclass
class Scenario:
    """One operation of an engine.

    `begin` prepares for many rounds and `again` for one, `act` does it, `tidy` does what the server
    would do afterwards, and `look` asserts that AWS holds nothing that nobody knows of.
    """

    engine: EngineUnderTest
    aws: Operator

    actions: tuple[str, ...] = ()

    def begin(self) -> None: ...
    def again(self) -> None: ...
    def act(self) -> None: ...
    def tidy(self) -> None: ...
    def look(self) -> None: ...
    def end(self) -> None: ...

    def keys(self, user: str) -> set[str]:
        found = self.aws.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return {key["AccessKeyId"] for key in found}

    def remove(self, user: str) -> None:
        for key in self.keys(user):
            self.aws.iam.delete_access_key(UserName=user, AccessKeyId=key)
        self.aws.iam.delete_user(UserName=user)


@dataclass
class Issue(Scenario):
    """An IAM user with all that a Vault role can give it."""

    given: Secret | None = None
    actions: tuple[str, ...] = (
        *("CreateUser", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup", "TagUser"),
        "CreateAccessKey",
    )

    def begin(self) -> None:
        policy = self.aws.iam.create_policy(PolicyName="faults", PolicyDocument=EC2_ONLY)
        self.arn = policy["Policy"]["Arn"]
        self.aws.iam.create_group(GroupName="faults")
        self.engine.write(
            "roles/full",
            credential_type="iam_user",
            policy_arns=self.arn,
            policy_document=EC2_ONLY,
            iam_groups="faults",
            iam_tags={"k": "v"},
        )

    def act(self) -> None:
        self.engine.issue("full")

    def look(self) -> None:
        assert self.aws.new_users() == set()  # no lease has been handed out

    def end(self) -> None:
        self.aws.iam.delete_group(GroupName="faults")
        self.aws.iam.delete_policy(PolicyArn=self.arn)


@dataclass
class Revoke(Issue):
    """The end of such a user; a server that is told of a failure asks again."""

    actions: tuple[str, ...] = (
        *("ListGroupsForUser", "ListUserPolicies", "ListAttachedUserPolicies", "ListAccessKeys"),
        *("DeleteAccessKey", "DetachUserPolicy", "DeleteUserPolicy", "RemoveUserFromGroup"),
        "DeleteUser",
    )

    def again(self) -> None:
        self.given = self.engine.issue("full").secret

    def act(self) -> None:
        assert self.given
        self.engine.revoke(self.given)

    def tidy(self) -> None:
        self.act()


@dataclass
class RotateRoot(Scenario):
    """The mount's own key."""

    actions: tuple[str, ...] = ("GetUser", "CreateAccessKey", "DeleteAccessKey")

    def begin(self) -> None:
        iam = self.aws.iam
        iam.create_user(UserName="faulty-root")
        iam.put_user_policy(
            UserName="faulty-root", PolicyName="p", PolicyDocument=allowing("iam:*")
        )
        key = iam.create_access_key(UserName="faulty-root")["AccessKey"]
        self.engine.write(
            "config/root", access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"]
        )

    def act(self) -> None:
        self.engine.write("config/rotate-root")

    def look(self) -> None:
        config = self.engine.read("config/root")
        assert config is not None
        assert config.data is not None
        assert self.keys("faulty-root") == {config.data["access_key"]}
        self.engine.mount.clients.iam(self.engine.storage).get_user()

    def end(self) -> None:
        self.aws.iam.delete_user_policy(UserName="faulty-root", PolicyName="p")
        self.remove("faulty-root")


@dataclass
class CreateStaticRole(Scenario):
    """The first key of a static role, besides one that the user has already."""

    actions: tuple[str, ...] = ("GetUser", "ListAccessKeys", "CreateAccessKey")
    known: set[str] = field(default_factory=set)

    def begin(self) -> None:
        self.aws.iam.create_user(UserName="faulty-app")

    def again(self) -> None:
        for key in self.keys("faulty-app"):
            self.aws.iam.delete_access_key(UserName="faulty-app", AccessKeyId=key)
        for stored in ("static-roles/s", "static-creds/s"):
            self.engine.storage.delete(stored)
        self.aws.iam.create_access_key(UserName="faulty-app")
        self.known = self.keys("faulty-app")

    def act(self) -> None:
        self.engine.write("static-roles/s", username="faulty-app", rotation_period="1d")

    def look(self) -> None:
        held = self.engine.read("static-creds/s")
        if held is not None and held.data is not None:
            assert held.data["access_key"] in self.keys("faulty-app")
            assert self.aws.outcome(held.data, "sts", "get_caller_identity") == "allowed"
            self.known.add(held.data["access_key"])
        assert self.keys("faulty-app") <= self.known

    def end(self) -> None:
        self.remove("faulty-app")


@dataclass
class RotateStaticRole(CreateStaticRole):
    """The next key of a static role."""

    actions: tuple[str, ...] = (
        *("GetUser", "ListAccessKeys", "DeleteAccessKey", "CreateAccessKey"),
    )

    def begin(self) -> None:
        super().begin()
        super().again()
        super().act()

    def again(self) -> None:
        super().look()
        self.engine.clock.now += DAY

    def act(self) -> None:
        self.engine.roll_back()

    def look(self) -> None:
        super().look()
        assert len(self.keys("faulty-app")) == 2


@dataclass
class DeleteStaticRole(CreateStaticRole):
    """The end of a static role; whoever is told of a failure deletes it again."""

    actions: tuple[str, ...] = ("DeleteAccessKey",)

    def again(self) -> None:
        super().again()
        super().act()

    def act(self) -> None:
        self.engine.delete("static-roles/s")

    def tidy(self) -> None:
        self.act()


SCENARIOS = (Issue, Revoke, RotateRoot, CreateStaticRole, RotateStaticRole, DeleteStaticRole)
