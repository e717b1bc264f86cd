"""IAM's quotas through the real API: the largest accepted value, and the first refused value.

Source: AWS, "IAM and AWS STS quotas".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.roles import ACCOUNT, ALLOWED, ROLE_ARN, UNCHECKED, outcome, role
from tests.servers.aws.running import session_of

pytestmark = pytest.mark.integration
QUOTA = "LimitExceeded"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}],
}


def policy_of(size: int, spaces: int = 0) -> str:
    """Return a valid policy of a size in characters, and further white space."""

    def text(padding: int) -> str:
        resource = f"arn:aws:s3:::{'x' * padding}"
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return json.dumps(document, separators=(",", ":"))

    return text(size - len(text(0))) + " " * spaces


def trust_of(size: int) -> str:
    """Return a valid trust policy of a size in characters."""
    text = json.dumps(TRUST, separators=(",", ":"))
    sid = '"Sid":"",'
    return text.replace('"Effect"', f'"Sid":"{"x" * (size - len(text) - len(sid))}","Effect"')


@dataclass(frozen=True)
class Owners:
    """A user, a group, a role and a managed policy, made for a test."""

    iam: Any
    policy: str

    def put(self, kind: str, document: str, name: str = "p") -> str:
        """Put an inline policy, and return the outcome."""
        call = getattr(self.iam, f"put_{kind.lower()}_policy")
        given = {f"{kind}Name": "quota", "PolicyName": name, "PolicyDocument": document}
        return outcome(call, **given)


@pytest.fixture
def owners(cloud: AwsAdmin) -> Iterator[Owners]:
    iam = session_of(cloud).client("iam", config=UNCHECKED)
    with ExitStack() as undo:
        iam.create_user(UserName="quota")
        undo.callback(iam.delete_user, UserName="quota")
        iam.create_group(GroupName="quota")
        undo.callback(iam.delete_group, GroupName="quota")
        iam.create_role(RoleName="quota", AssumeRolePolicyDocument=json.dumps(TRUST))
        undo.callback(iam.delete_role, RoleName="quota")
        created = iam.create_policy(PolicyName="quota", PolicyDocument=policy_of(200))
        arn = created["Policy"]["Arn"]
        undo.callback(iam.delete_policy, PolicyArn=arn)
        undo.callback(_empty, iam)
        yield Owners(iam, arn)


def _empty(iam: Any) -> None:
    """Delete and detach the policies of the owners."""
    for kind in ("User", "Group", "Role"):
        name = {f"{kind}Name": "quota"}
        word = kind.lower()
        for policy in getattr(iam, f"list_{word}_policies")(**name)["PolicyNames"]:
            getattr(iam, f"delete_{word}_policy")(**name, PolicyName=policy)
        attached = getattr(iam, f"list_attached_{word}_policies")(**name)["AttachedPolicies"]
        for policy in attached:
            getattr(iam, f"detach_{word}_policy")(**name, PolicyArn=policy["PolicyArn"])


INLINE = [("User", 2048), ("Group", 5120), ("Role", 10_240)]


@pytest.mark.parametrize(("kind", "most"), INLINE)
def test_inline_policies_have_a_size_without_white_space(
    owners: Owners, kind: str, most: int
) -> None:
    assert owners.put(kind, policy_of(most, spaces=500)) == ALLOWED
    assert owners.put(kind, policy_of(most + 1)) == QUOTA


@pytest.mark.parametrize(("kind", "most"), INLINE)
def test_all_inline_policies_of_an_owner_share_the_size(
    owners: Owners, kind: str, most: int
) -> None:
    assert owners.put(kind, policy_of(most - 1000), "first") == ALLOWED
    assert owners.put(kind, policy_of(1001), "second") == QUOTA
    assert owners.put(kind, policy_of(1000), "second") == ALLOWED
    assert owners.put(kind, policy_of(most - 1000), "first") == ALLOWED  # replaces itself


def test_a_managed_policy_has_6144_characters(owners: Owners) -> None:
    def create(document: str) -> str:
        result = outcome(owners.iam.create_policy, PolicyName="large", PolicyDocument=document)
        if result == ALLOWED:
            owners.iam.delete_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/large")
        return result

    assert create(policy_of(6144, spaces=500)) == ALLOWED
    assert create(policy_of(6145)) == QUOTA
    version = outcome(
        owners.iam.create_policy_version, PolicyArn=owners.policy, PolicyDocument=policy_of(6145)
    )
    assert version == QUOTA


def test_a_managed_policy_has_five_versions(owners: Owners) -> None:
    document = policy_of(200)
    given = {"PolicyArn": owners.policy, "PolicyDocument": document}
    seen = [outcome(owners.iam.create_policy_version, **given) for _ in range(5)]
    for version in owners.iam.list_policy_versions(PolicyArn=owners.policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            owners.iam.delete_policy_version(
                PolicyArn=owners.policy, VersionId=version["VersionId"]
            )

    assert seen == [ALLOWED] * 4 + [QUOTA]


def test_a_trust_policy_has_2048_characters(owners: Owners) -> None:
    update = owners.iam.update_assume_role_policy
    assert outcome(update, RoleName="quota", PolicyDocument=trust_of(2048)) == ALLOWED
    assert outcome(update, RoleName="quota", PolicyDocument=trust_of(2049)) == QUOTA


@pytest.mark.parametrize("kind", ["User", "Group", "Role"])
def test_ten_managed_policies_are_attached_at_most(owners: Owners, kind: str) -> None:
    attach = getattr(owners.iam, f"attach_{kind.lower()}_policy")
    names = [f"quota-{number}" for number in range(11)]
    arns = []
    for name in names:
        created = owners.iam.create_policy(PolicyName=name, PolicyDocument=policy_of(200))
        arns.append(created["Policy"]["Arn"])
    seen = [outcome(attach, **{f"{kind}Name": "quota"}, PolicyArn=arn) for arn in arns]
    again = outcome(attach, **{f"{kind}Name": "quota"}, PolicyArn=arns[0])
    _empty(owners.iam)
    for arn in arns:
        owners.iam.delete_policy(PolicyArn=arn)

    assert seen == [ALLOWED] * 10 + [QUOTA]
    assert again == ALLOWED


def test_a_user_is_in_ten_groups_at_most(owners: Owners) -> None:
    iam, names = owners.iam, [f"quota-{number}" for number in range(11)]
    for name in names:
        iam.create_group(GroupName=name)
    seen = [outcome(iam.add_user_to_group, UserName="quota", GroupName=name) for name in names]
    again = outcome(iam.add_user_to_group, UserName="quota", GroupName=names[0])
    for name in names[:10]:
        iam.remove_user_from_group(UserName="quota", GroupName=name)
    for name in names:
        iam.delete_group(GroupName=name)

    assert seen == [ALLOWED] * 10 + [QUOTA]
    assert again == ALLOWED


def test_a_user_has_two_access_keys_at_most(owners: Owners) -> None:
    seen = [outcome(owners.iam.create_access_key, UserName="quota") for _ in range(3)]
    for key in owners.iam.list_access_keys(UserName="quota")["AccessKeyMetadata"]:
        owners.iam.delete_access_key(UserName="quota", AccessKeyId=key["AccessKeyId"])

    assert seen == [ALLOWED, ALLOWED, QUOTA]


SESSIONS: dict[str, Callable[[Any, str], str]] = {
    "AssumeRole": lambda sts, policy: outcome(
        sts.assume_role, RoleArn=ROLE_ARN, RoleSessionName="session", Policy=policy
    ),
    "GetFederationToken": lambda sts, policy: outcome(
        sts.get_federation_token, Name="fred", Policy=policy
    ),
}


@pytest.mark.parametrize("operation", SESSIONS)
def test_a_session_policy_has_2048_characters(cloud: AwsAdmin, operation: str) -> None:
    sts = session_of(cloud).client("sts", config=UNCHECKED)
    with role(cloud):
        assert SESSIONS[operation](sts, policy_of(2048)) == ALLOWED
        assert SESSIONS[operation](sts, policy_of(2049)) == "ValidationError"
        assert SESSIONS[operation](sts, policy_of(2048, spaces=1)) == "ValidationError"


def test_a_session_has_ten_managed_policies_at_most(cloud: AwsAdmin) -> None:
    sts = session_of(cloud).client("sts", config=UNCHECKED)
    read_only = {"arn": "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"}
    given = {"RoleArn": ROLE_ARN, "RoleSessionName": "session"}
    with role(cloud):
        assert outcome(sts.assume_role, **given, PolicyArns=[read_only]) == ALLOWED
        assert outcome(sts.assume_role, **given, PolicyArns=[read_only] * 11) == "ValidationError"
