"""Whatever breaks off, an undo deletes no user that somebody else made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.servers.plugin.errors import EngineError
from tests.servers.aws_engine.breaking import KINDS, Killed
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY

pytestmark = pytest.mark.integration


@pytest.fixture
def named(mounted: EngineUnderTest, aws: Operator) -> Iterator[EngineUnderTest]:
    """Return an engine that names its users `app`, with a role that gives them all there is."""
    arn = aws.iam.create_policy(PolicyName="shared", PolicyDocument=EC2_ONLY)["Policy"]["Arn"]
    aws.iam.create_group(GroupName="shared")
    mounted.write("config/root", username_template="app")
    mounted.write(
        "roles/full",
        credential_type="iam_user",
        policy_arns=arn,
        policy_document=EC2_ONLY,
        iam_groups="shared",
    )
    yield mounted
    aws.cloud.set_faults([])
    remove(aws, "app", arn)
    aws.iam.delete_group(GroupName="shared")
    aws.iam.delete_policy(PolicyArn=arn)


def give_all(aws: Operator, username: str) -> None:
    """Create a stranger's user with a key, both kinds of policy, and a group."""
    [arn] = [
        each["Arn"]
        for each in aws.iam.list_policies(Scope="Local")["Policies"]
        if each["PolicyName"] == "shared"
    ]
    aws.iam.create_user(UserName=username)
    aws.iam.create_access_key(UserName=username)
    aws.iam.attach_user_policy(UserName=username, PolicyArn=arn)
    aws.iam.put_user_policy(UserName=username, PolicyName="own", PolicyDocument=EC2_ONLY)
    aws.iam.add_user_to_group(UserName=username, GroupName="shared")


def has_all(aws: Operator, username: str) -> bool:
    of_user = {"UserName": username}
    return bool(
        aws.iam.list_access_keys(**of_user)["AccessKeyMetadata"]
        and aws.iam.list_attached_user_policies(**of_user)["AttachedPolicies"]
        and aws.iam.list_user_policies(**of_user)["PolicyNames"]
        and aws.iam.list_groups_for_user(**of_user)["Groups"]
    )


def remove(aws: Operator, username: str, arn: str) -> None:
    if username not in aws.new_users():
        return
    for key in aws.iam.list_access_keys(UserName=username)["AccessKeyMetadata"]:
        aws.iam.delete_access_key(UserName=username, AccessKeyId=key["AccessKeyId"])
    aws.iam.detach_user_policy(UserName=username, PolicyArn=arn)
    for name in aws.iam.list_user_policies(UserName=username)["PolicyNames"]:
        aws.iam.delete_user_policy(UserName=username, PolicyName=name)
    aws.iam.remove_user_from_group(UserName=username, GroupName="shared")
    aws.iam.delete_user(UserName=username)


@pytest.mark.parametrize("kind", KINDS)
def test_an_issue_leaves_a_user_of_the_same_name_from_before(
    named: EngineUnderTest, aws: Operator, kind: str
) -> None:
    give_all(aws, "app")
    with KINDS[kind](named, aws, "CreateUser"), pytest.raises((EngineError, Killed)):
        named.issue("full")

    named.roll_back(immediate=True)

    assert has_all(aws, "app")
    assert named.write_ahead_log == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["CreateUser", "CreateAccessKey"])
def test_an_issue_that_broke_off_leaves_no_user_of_a_fixed_name(
    named: EngineUnderTest, aws: Operator, action: str, kind: str
) -> None:
    with KINDS[kind](named, aws, action), pytest.raises((EngineError, Killed)):
        named.issue("full")

    named.roll_back(immediate=True)

    assert aws.new_users() == set()


def test_an_issue_leaves_a_user_of_the_same_name_that_replaced_its_own(
    named: EngineUnderTest, aws: Operator
) -> None:
    with KINDS["error"](named, aws, "AttachUserPolicy"), pytest.raises(EngineError):
        named.issue("full")
    aws.iam.delete_user(UserName="app")
    give_all(aws, "app")

    named.roll_back(immediate=True)

    assert has_all(aws, "app")


def test_rollback_and_revocation_leave_other_users_of_the_group_and_the_policies(
    named: EngineUnderTest, aws: Operator
) -> None:
    give_all(aws, "stranger")
    [arn] = aws.iam.list_policies(Scope="Local")["Policies"]
    with KINDS["killed after"](named, aws, "CreateAccessKey"), pytest.raises(Killed):
        named.issue("full")
    named.roll_back(immediate=True)
    rolled_back = has_all(aws, "stranger"), aws.new_users()
    named.revoke(named.issue("full").secret)
    revoked = has_all(aws, "stranger"), aws.new_users()
    remove(aws, "stranger", arn["Arn"])

    assert rolled_back == revoked == (True, {"stranger"})
