"""What IAM groups permit, read from AWS itself."""

import json
from collections.abc import Iterator

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws_engine.credentials.group_policies import read_group_policies
from labkit.servers.plugin.errors import UserError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY

pytestmark = pytest.mark.integration

LISTS = ["ListAttachedGroupPolicies", "ListGroupPolicies"]


@pytest.fixture
def empty(aws: Operator) -> Iterator[str]:
    aws.iam.create_group(GroupName="empty")
    yield "empty"
    aws.iam.delete_group(GroupName="empty")


@pytest.mark.parametrize(
    ("names", "inline", "attached", "calls"),
    [
        (["inline", "attached"], 1, 1, [*LISTS, "GetGroupPolicy", *LISTS]),
        (["inline", "inline"], 2, 0, [*LISTS, "GetGroupPolicy"] * 2),
        (["attached"], 0, 1, LISTS),
        (["empty"], 0, 0, LISTS),
        ([], 0, 0, []),
    ],
)
@pytest.mark.usefixtures("groups", "empty")
def test_get_group_policies(
    mounted: EngineUnderTest,
    aws: Operator,
    policy_arn: str,
    names: list[str],
    inline: int,
    attached: int,
    calls: list[str],
) -> None:
    iam = mounted.mount.clients.iam(mounted.storage)

    documents, arns = read_group_policies(iam, names)

    assert [json.loads(each) for each in documents] == [json.loads(EC2_ONLY)] * inline
    assert arns == [policy_arn] * attached
    assert aws.calls_of() == calls


@pytest.mark.parametrize("code", ["Throttling", "AccessDenied"])
def test_a_group_that_aws_does_not_show_is_the_users_error_as_in_vault(
    sts: EngineUnderTest, aws: Operator, code: str
) -> None:
    sts.write("roles/federation_token", iam_groups="any")
    fault = Fault("ListAttachedGroupPolicies", code, status=400, message="no")
    with aws.cloud.faults(fault), pytest.raises(UserError) as refused:
        sts.issue("federation_token")

    assert type(refused.value) is UserError
    assert str(refused.value) == f"Error reading policies of IAM groups: {code}: no"
