"""The credential types of STS, issued by an AWS that keeps their sessions."""

from __future__ import annotations

import json
import re

import pytest

from tests.servers.aws_engine.aws_role import ACCOUNT, ROLE_ARN
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY, allowing

pytestmark = pytest.mark.integration

STS_TYPES = ["assumed_role", "federation_token", "session_token"]


@pytest.mark.parametrize("through", ["creds", "sts"])
@pytest.mark.parametrize("credential_type", STS_TYPES)
def test_acceptance_backend_basic_sts(
    sts: EngineUnderTest, aws: Operator, credential_type: str, through: str
) -> None:
    issued = sts.issue(credential_type, through=through, ttl="15m")
    assert issued.data is not None
    assert issued.secret is not None

    arn = {"arn"} if credential_type == "assumed_role" else set()
    assert issued.data.keys() == {"access_key", "secret_key", "security_token", "ttl"} | arn
    assert issued.data["ttl"] == about(900)
    assert issued.secret.ttl == issued.data["ttl"]
    assert issued.secret.renewable is False
    assert issued.secret.internal["is_sts"] is True
    assert issued.data["secret_key"] not in repr(issued)
    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"
    assert aws.outcome(issued.data, "iam", "list_users") == "AccessDenied"
    assert aws.new_users() == set()
    assert sts.write_ahead_log == []


@pytest.mark.parametrize("credential_type", STS_TYPES)
def test_revoking_leaves_the_session_alone(
    sts: EngineUnderTest, aws: Operator, credential_type: str
) -> None:
    issued = sts.issue(credential_type)
    assert issued.secret is not None
    called = aws.calls_of()

    sts.revoke(issued.secret)

    assert aws.calls_of() == called
    assert aws.outcome(issued.data, "sts", "get_caller_identity") == "allowed"


def test_the_session_of_a_role_is_named_as_users_are(sts: EngineUnderTest, aws: Operator) -> None:
    issued = sts.issue("assumed_role")
    assert issued.data is not None
    assert issued.secret is not None

    name = issued.secret.internal["username"]
    assert re.fullmatch(r"vault-token-web_app-assumed_role-\d{10}-\w{20}", name)
    assert issued.data["arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/vault-test/{name}"
    assert issued.secret.internal["policy"] == ROLE_ARN
    assert aws.calls_of() == ["GetCallerIdentity", "AssumeRole"]


def test_the_session_of_a_role_can_be_named(sts: EngineUnderTest) -> None:
    issued = sts.issue("assumed_role", role_session_name="in the shell")
    assert issued.data is not None

    assert issued.data["arn"].endswith("/vault-test/in_the_shell")


def test_a_federated_session_is_named_by_time(sts: EngineUnderTest, aws: Operator) -> None:
    issued = sts.issue("federation_token")
    assert issued.secret is not None

    name = issued.secret.internal["username"]
    assert re.fullmatch(r"vault-\d{10}-\w{15}", name)
    assert issued.secret.internal["policy"] == EC2_ONLY.replace(" ", "")
    assert aws.outcome(issued.data, "s3", "list_buckets") == "AccessDenied"
    assert aws.calls_of()[:2] == ["GetCallerIdentity", "GetFederationToken"]


@pytest.mark.parametrize("credential_type", ["assumed_role", "federation_token"])
def test_acceptance_backend_sts_with_policy_arn(
    sts: EngineUnderTest, aws: Operator, policy_arn: str, credential_type: str
) -> None:
    sts.write(f"roles/{credential_type}", policy_arns=policy_arn, policy_document="")

    issued = sts.issue(credential_type)

    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"
    assert aws.outcome(issued.data, "s3", "list_buckets") == "AccessDenied"


def test_acceptance_backend_assumed_role_with_policy_doc(
    sts: EngineUnderTest, aws: Operator
) -> None:
    sts.write("roles/assumed_role", policy_document=EC2_ONLY)

    issued = sts.issue("assumed_role")

    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"
    assert aws.outcome(issued.data, "s3", "list_buckets") == "AccessDenied"


@pytest.mark.parametrize("credential_type", ["assumed_role", "federation_token"])
@pytest.mark.parametrize("group", ["inline", "attached"])
def test_acceptance_backend_sts_with_groups(
    sts: EngineUnderTest, aws: Operator, groups: list[str], credential_type: str, group: str
) -> None:
    assert group in groups
    sts.write(f"roles/{credential_type}", iam_groups=group, policy_document="")

    issued = sts.issue(credential_type)

    assert aws.outcome(issued.data, "ec2", "describe_instances") == "allowed"
    assert aws.outcome(issued.data, "s3", "list_buckets") == "AccessDenied"


def test_group_policies_come_before_the_roles_own(
    sts: EngineUnderTest, aws: Operator, groups: list[str]
) -> None:
    sts.write("roles/federation_token", iam_groups=groups, policy_document=allowing("s3:*"))

    issued = sts.issue("federation_token")
    assert issued.secret is not None

    first, second = json.loads(issued.secret.internal["policy"])["Statement"]
    assert (first["Action"], second["Action"]) == ("ec2:*", ["s3:*"])
    assert aws.outcome(issued.data, "s3", "list_buckets") == "allowed"
    assert aws.calls_of()[:3] == [
        *["ListAttachedGroupPolicies", "ListGroupPolicies", "GetGroupPolicy"],
    ]


def test_acceptance_backend_role_default_sts_ttl(sts: EngineUnderTest) -> None:
    sts.write("roles/assumed_role", default_sts_ttl=900, max_sts_ttl=900)

    issued = sts.issue("assumed_role")
    assert issued.secret is not None

    assert issued.secret.ttl == about(900)


@pytest.mark.parametrize(
    ("asked", "role", "seconds"),
    [
        ({}, {}, 3600),
        ({}, {"default_sts_ttl": "20m"}, 1200),
        ({"ttl": "30m"}, {"default_sts_ttl": "20m"}, 1800),
        ({"ttl": "3h"}, {"max_sts_ttl": "2h"}, 7200),
        ({"ttl": "1000h"}, {}, 768 * 3600),
        ({"ttl": 60}, {}, 60),
    ],
)
def test_ttl_is_the_one_asked_for_else_the_roles_within_its_limit(
    sts: EngineUnderTest, asked: dict[str, str], role: dict[str, str], seconds: int
) -> None:
    sts.write("roles/session_token", **role)

    issued = sts.issue("session_token", **asked)
    assert issued.secret is not None

    assert issued.secret.ttl == about(seconds)


def test_a_session_that_is_over_at_once_has_not_the_mounts_ttl(sts: EngineUnderTest) -> None:
    sts.clock.now += 10_000

    issued = sts.issue("session_token", ttl=900)
    assert issued.secret is not None

    assert issued.secret.ttl == 1


def test_one_of_several_roles_can_be_asked_for(sts: EngineUnderTest) -> None:
    sts.write("roles/assumed_role", role_arns=["arn:other", ROLE_ARN])

    issued = sts.issue("assumed_role", role_arn=ROLE_ARN)
    assert issued.secret is not None

    assert issued.secret.internal["policy"] == ROLE_ARN


def about(seconds: int) -> object:
    """Return what equals some seconds, while AWS's clock goes on and the engine's stands."""
    return pytest.approx(seconds, abs=10)


def test_a_session_of_the_mounts_user_takes_no_name_from_the_template(sts: EngineUnderTest) -> None:
    sts.write("config/root", username_template="{{ no template")

    assert sts.issue("session_token").secret is not None
