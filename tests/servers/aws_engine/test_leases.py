"""Renewing and revoking the leases of IAM users."""

from typing import Any

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Secret
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY

pytestmark = pytest.mark.integration

LISTS = ["ListGroupsForUser", "ListUserPolicies", "ListAttachedUserPolicies", "ListAccessKeys"]


def test_leases_follow_config_lease_as_it_is_at_issue_and_at_renewal(
    mounted: EngineUnderTest, aws: Operator
) -> None:
    mounted.write("roles/test", credential_type="iam_user")
    mounted.write("config/lease", lease="1500ms", lease_max="1h")
    issued = mounted.issue("test").secret
    assert issued is not None
    mounted.write("config/lease", lease="10m", lease_max="2h")
    before = aws.calls_of()

    renewed = mounted.renew(issued)

    assert (issued.ttl, issued.max_ttl) == (2, 3600)
    assert (renewed.ttl, renewed.max_ttl) == (600, 7200)
    assert renewed.internal == issued.internal
    assert aws.calls_of() == before
    mounted.revoke(renewed)


def test_revoking_is_repeated_until_it_succeeds(mounted: EngineUnderTest, aws: Operator) -> None:
    mounted.write("roles/test", credential_type="iam_user", policy_document=EC2_ONLY)
    issued = mounted.issue("test")
    for action in [*LISTS, "DeleteAccessKey", "DeleteUserPolicy", "DeleteUser"]:
        aws.cloud.set_faults([Fault(action, "ServiceUnavailable", message="down")])
        with pytest.raises(EngineError) as refused:
            mounted.revoke(issued.secret)
        assert str(refused.value) == "Error deleting IAM user: ServiceUnavailable: down"
        aws.cloud.set_faults([])
        assert len(aws.new_users()) == 1

    mounted.revoke(issued.secret)

    assert aws.new_users() == set()


def test_a_user_that_is_gone_counts_as_revoked_after_five_minutes(
    mounted: EngineUnderTest,
) -> None:
    mounted.write("roles/test", credential_type="iam_user")
    issued = mounted.issue("test")
    mounted.revoke(issued.secret)

    mounted.clock.now += 300
    with pytest.raises(EngineError, match=r"^Error deleting IAM user: NoSuchEntity: "):
        mounted.revoke(issued.secret)
    mounted.clock.now += 1

    mounted.revoke(issued.secret)


@pytest.mark.parametrize(
    ("internal", "text"),
    [
        ({"is_sts": "no"}, "secret has is_sts but value could not be understood"),
        ({"is_sts": False}, "secret is missing username internal data"),
        ({"username": 1}, "secret is missing username internal data"),
    ],
)
def test_a_lease_without_the_data_of_issue_is_not_revoked(
    mounted: EngineUnderTest, aws: Operator, internal: dict[str, Any], text: str
) -> None:
    with pytest.raises(EngineError) as refused:
        mounted.revoke(Secret("access_keys", internal))

    assert str(refused.value) == text
    assert aws.calls_of() == []


def test_sts_leases_are_left_alone(mounted: EngineUnderTest, aws: Operator) -> None:
    secret = Secret("access_keys", {"is_sts": True, "username": "x"}, ttl=900)

    mounted.revoke(secret)

    assert mounted.renew(secret) == secret
    assert aws.calls_of() == []
