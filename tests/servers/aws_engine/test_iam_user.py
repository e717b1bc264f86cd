import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin.errors import EngineError, RateLimitedError, UserError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY
from tests.servers.aws_engine.wire import LosesAnswers

pytestmark = pytest.mark.integration

LISTS = ["ListGroupsForUser", "ListUserPolicies", "ListAttachedUserPolicies", "ListAccessKeys"]


@pytest.fixture
def groups(aws: Operator) -> Iterator[list[str]]:
    names = ["group1", "group2"]
    for name in names:
        aws.iam.create_group(GroupName=name)
        aws.iam.put_group_policy(GroupName=name, PolicyName="ec2", PolicyDocument=EC2_ONLY)
    yield names
    for name in names:
        aws.iam.delete_group_policy(GroupName=name, PolicyName="ec2")
        aws.iam.delete_group(GroupName=name)


def test_acceptance_backend_basic(mounted: EngineUnderTest, aws: Operator) -> None:
    mounted.write("roles/test", credential_type="iam_user", policy_document=EC2_ONLY)
    issued = mounted.issue("test")
    user = aws.new_user()
    policies = aws.iam.list_user_policies(UserName=user["UserName"])["PolicyNames"]

    assert re.fullmatch(r"vault-token-web_app-test-1700000000-\w{20}", user["UserName"])
    assert user["Path"] == "/"
    assert policies == ["test"]
    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"
    assert aws.outcome(issued.data, "s3", "list_buckets") == "AccessDenied"

    mounted.revoke(issued.secret)

    assert aws.new_users() == set()
    assert aws.outcome(issued.data, "ec2", "describe_instances") == "AuthFailure"
    assert aws.outcome(issued.data, "sts", "get_caller_identity") == "InvalidClientTokenId"
    assert aws.calls_of() == [
        *["CreateUser", "PutUserPolicy", "CreateAccessKey"],
        *[*LISTS, "DeleteAccessKey", "DeleteUserPolicy", "DeleteUser"],
    ]


def test_acceptance_backend_iam_user_with_permissions_boundary(
    mounted: EngineUnderTest, aws: Operator, policy_arn: str
) -> None:
    mounted.write(
        "roles/test",
        credential_type="iam_user",
        policy_document=EC2_ONLY,
        permissions_boundary_arn=policy_arn,
    )
    issued = mounted.issue("test")
    mounted.revoke(issued.secret)
    assert aws.new_users() == set()

    # moto forgets the boundary of a user, so the test looks at what AWS was asked
    with closing(LosesAnswers(aws.cloud.url)) as wire:
        mounted.write("config/root", iam_endpoint=wire.url)
        with pytest.raises(UserError):
            mounted.issue("test")
    mounted.write("config/root", iam_endpoint=aws.cloud.url)
    mounted.roll_back(immediate=True)
    assert wire.carried["Action"] == ["CreateUser"]
    assert wire.carried["Path"] == ["/"]
    assert wire.carried["PermissionsBoundary"] == [policy_arn]


def test_acceptance_backend_basic_policy_arn_ref(
    mounted: EngineUnderTest, aws: Operator, policy_arn: str
) -> None:
    mounted.write("roles/test", credential_type="iam_user", policy_arns=policy_arn)
    issued = mounted.issue("test")

    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"
    assert aws.outcome(issued.data, "s3", "list_buckets") == "AccessDenied"

    mounted.revoke(issued.secret)

    assert aws.new_users() == set()
    assert aws.calls_of() == [
        *["CreateUser", "AttachUserPolicy", "CreateAccessKey"],
        *[*LISTS, "DeleteAccessKey", "DetachUserPolicy", "DeleteUser"],
    ]


@pytest.mark.parametrize("through", ["creds", "sts"])
def test_acceptance_backend_iam_user_groups(
    mounted: EngineUnderTest, aws: Operator, groups: list[str], through: str
) -> None:
    mounted.write("roles/test", credential_type="iam_user", iam_groups=groups, user_path="/path/")
    issued = mounted.issue("test", through=through)
    user = aws.new_user()

    assert user["Path"] == "/path/"
    assert groups_of(aws, user["UserName"]) == groups
    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"

    mounted.revoke(issued.secret)

    assert aws.new_users() == set()


def test_acceptance_backend_iam_user_managed_inline_policies_groups(
    mounted: EngineUnderTest, aws: Operator, policy_arn: str, groups: list[str]
) -> None:
    mounted.write(
        "roles/test",
        credential_type="iam_user",
        policy_arns=[policy_arn],
        policy_document=EC2_ONLY,
        iam_groups=groups,
        iam_tags={"team": "blue", "stage": "lab"},
    )
    issued = mounted.issue("test")
    tags = {tag["Key"]: tag["Value"] for tag in aws.new_user()["Tags"]}
    mounted.revoke(issued.secret)

    assert tags == {"team": "blue", "stage": "lab"}
    assert aws.new_users() == set()
    assert aws.calls_of() == [
        *["CreateUser", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup", "AddUserToGroup"],
        *["TagUser", "CreateAccessKey", *LISTS, "DeleteAccessKey", "DetachUserPolicy"],
        *["DeleteUserPolicy", "RemoveUserFromGroup", "RemoveUserFromGroup", "DeleteUser"],
    ]


def test_answer_holds_the_key_and_the_lease_what_revoking_needs(
    mounted: EngineUnderTest, aws: Operator
) -> None:
    mounted.write("roles/test", credential_type="iam_user", policy_document=EC2_ONLY)
    issued = mounted.issue("test")
    assert issued.data is not None
    assert issued.secret is not None

    internal = issued.secret.internal
    [username] = aws.new_users()
    assert issued.data.keys() == {"access_key", "secret_key", "security_token"}
    assert issued.data["security_token"] is None
    assert internal.keys() == {"username", "policy", "is_sts"}
    assert (internal["username"], internal["is_sts"]) == (username, False)
    assert internal["policy"]["policy_document"] == EC2_ONLY.replace(" ", "")
    assert json.loads(json.dumps(internal)) == internal
    assert issued.secret.renewable is True
    assert (issued.secret.ttl, issued.secret.max_ttl) == (0, 0)
    assert issued.data["secret_key"] not in repr(issued)
    assert mounted.write_ahead_log == []
    mounted.revoke(issued.secret)


def test_backend_throttled(mounted: EngineUnderTest, aws: Operator) -> None:
    mounted.write("roles/test", credential_type="iam_user")
    aws.cloud.set_faults([Fault("CreateUser", "Throttling", status=400)])

    with pytest.raises(RateLimitedError) as throttled:
        mounted.issue("test")

    assert str(throttled.value) == "Error creating IAM user: Throttling: "
    assert mounted.write_ahead_log == []


def test_users_are_named_as_a_custom_template_says(mounted: EngineUnderTest, aws: Operator) -> None:
    mounted.write("config/root", username_template="my-{{ .PolicyName }}-{{ unix_time }}")
    mounted.write("roles/test", credential_type="iam_user")

    issued = mounted.issue("test")

    assert aws.new_users() == {"my-test-1700000000"}
    assert issued.secret is not None
    mounted.revoke(issued.secret)


def test_a_wrong_username_template_fails_before_any_aws_call(
    mounted: EngineUnderTest, aws: Operator
) -> None:
    mounted.write("config/root", username_template="{{ mine }}")
    mounted.write("roles/test", credential_type="iam_user")

    with pytest.raises(EngineError, match=r"^unable to initialize username template: "):
        mounted.issue("test")

    assert aws.calls_of() == []
    assert mounted.write_ahead_log == []


@pytest.mark.parametrize("name", ["my user", "my/user", "my:user"])
def test_a_name_that_iam_refuses_fails_at_issue_with_the_answer_of_aws(
    name: str, mounted: EngineUnderTest, aws: Operator
) -> None:
    mounted.write("config/root", username_template=f"{name}-{{{{ unix_time }}}}")
    mounted.write("roles/test", credential_type="iam_user", policy_document=EC2_ONLY)

    with pytest.raises(EngineError, match=r"^Error creating IAM user: ValidationError: "):
        mounted.issue("test")

    assert aws.new_users() == set()
    assert mounted.write_ahead_log == []


def test_32_issues_at_once_give_32_users_and_32_revocations_take_them_back(
    mounted: EngineUnderTest, aws: Operator
) -> None:
    mounted.write("roles/test", credential_type="iam_user", policy_document=EC2_ONLY)
    with ThreadPoolExecutor(32) as threads:
        issued = list(threads.map(mounted.issue, ["test"] * 32))
        users = aws.new_users()
        list(threads.map(mounted.revoke, [response.secret for response in issued]))

    assert users == {each.secret.internal["username"] for each in issued if each.secret}
    assert len(users) == 32
    assert aws.new_users() == set()
    assert mounted.write_ahead_log == []


def groups_of(aws: Operator, username: str) -> list[str]:
    groups = aws.iam.list_groups_for_user(UserName=username)["Groups"]
    return sorted(group["GroupName"] for group in groups)
