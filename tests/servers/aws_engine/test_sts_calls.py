"""How STS is called: at which endpoint, with which parameters, and what comes of a refusal."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin.errors import EngineError, RateLimitedError, UserError
from tests.servers.aws_engine.aws_role import ACCOUNT
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.wire import LosesAnswers

pytestmark = pytest.mark.integration

STS_TYPES = ["assumed_role", "federation_token", "session_token"]


@pytest.mark.parametrize(
    ("role", "asked", "text"),
    [
        (
            {"credential_type": "assumed_role"},
            {},
            "did not supply a role_arn parameter and unable to determine one",
        ),
        (
            {"credential_type": "assumed_role", "role_arns": "arn:a,arn:b"},
            {},
            "did not supply a role_arn parameter and unable to determine one",
        ),
        (
            {"credential_type": "assumed_role", "role_arns": "arn:a,arn:b"},
            {"role_arn": "arn:c"},
            'role_arn "arn:c" not in allowed role arns for Vault role "test"',
        ),
        (
            {"credential_type": "federation_token"},
            {},
            "must specify at least one of policy_arns or policy_document "
            "with federation_token credential_type",
        ),
        (
            {"credential_type": "federation_token", "iam_groups": "nobody"},
            {},
            "Error reading policies of IAM groups: NoSuchEntity: Group nobody not found",
        ),
    ],
)
def test_what_cannot_be_issued_is_said_in_vaults_words(
    sts: EngineUnderTest, role: dict[str, str], asked: dict[str, str], text: str
) -> None:
    sts.write("roles/test", **role)

    with pytest.raises(UserError) as refused:
        sts.issue("test", **asked)

    assert str(refused.value) == text


def test_external_id_and_session_tags_go_to_aws(sts: EngineUnderTest, aws: Operator) -> None:
    sts.write("roles/assumed_role", external_id="me", session_tags={"team": "blue"})

    asked = asked_of_aws(sts, aws, "assumed_role", role_session_name="named")

    assert asked["Action"] == ["AssumeRole"]
    assert asked["ExternalId"] == ["me"]
    assert (asked["Tags.member.1.Key"], asked["Tags.member.1.Value"]) == (["team"], ["blue"])
    assert asked["DurationSeconds"] == ["3600"]
    assert asked["RoleSessionName"] == ["named"]
    assert not asked.keys() & {"Policy", "PolicyArns.member.1.arn"}


def test_mfa_device_and_code_go_to_aws(sts: EngineUnderTest, aws: Operator) -> None:
    device = f"arn:aws:iam::{ACCOUNT}:mfa/me"
    sts.write("roles/session_token", mfa_serial_number=device)

    asked = asked_of_aws(sts, aws, "session_token", mfa_code="123456")

    assert asked["SerialNumber"] == [device]
    assert asked["TokenCode"] == ["123456"]


@pytest.mark.parametrize(
    ("credential_type", "action", "doing"),
    [
        ("assumed_role", "AssumeRole", "Error assuming role"),
        ("federation_token", "GetFederationToken", "Error generating STS keys"),
        ("session_token", "GetSessionToken", "Error generating STS keys"),
    ],
)
def test_a_refusal_of_aws_is_told(
    sts: EngineUnderTest, aws: Operator, credential_type: str, action: str, doing: str
) -> None:
    aws.cloud.set_faults([Fault(action, "AccessDenied", status=403, message="no")])
    with pytest.raises(UserError) as refused:
        sts.issue(credential_type)
    aws.cloud.set_faults([Fault(action, "Throttling", status=400)])
    with pytest.raises(RateLimitedError) as throttled:
        sts.issue(credential_type)

    assert str(refused.value) == f"{doing}: AccessDenied: no"
    assert str(throttled.value) == f"{doing}: Throttling: "
    assert sts.write_ahead_log == []


def test_half_a_key_pair_is_refused(engine: EngineUnderTest) -> None:
    engine.write("config/root", access_key="AKIAEXAMPLE")
    engine.write("roles/test", credential_type="session_token")

    with pytest.raises(UserError, match=r"^static AWS client credentials haven't been properly"):
        engine.read("creds/test")


def test_an_sts_that_does_not_answer_is_named(sts: EngineUnderTest) -> None:
    sts.write("config/root", sts_endpoint="http://127.0.0.1:9")

    with pytest.raises(UserError, match=r"^could not obtain sts client: http://127.0.0.1:9: Endp"):
        sts.issue("session_token")


def test_sts_fallback(sts: EngineUnderTest, aws: Operator) -> None:
    sts.write(
        "config/root",
        sts_endpoint="http://127.0.0.1:9",
        sts_region="eu-west-1",
        sts_fallback_endpoints=["http://127.0.0.1:10", aws.cloud.url],
        sts_fallback_regions=["eu-west-2", "eu-west-3"],
    )

    issued = [sts.issue("session_token") for _ in range(2)]

    assert all(each.data for each in issued)
    regions = {e.region for e in aws.cloud.journal(after=aws.seen) if e.action == "GetSessionToken"}
    assert regions == {"eu-west-3"}
    assert aws.calls_of() == ["GetCallerIdentity", "GetSessionToken", "GetSessionToken"]


def test_sts_client_is_kept_until_the_root_config_changes(sts: EngineUnderTest) -> None:
    first = sts.mount.clients.sts(sts.storage)
    assert sts.mount.clients.sts(sts.storage) is first

    sts.write("config/root", region="eu-west-1")

    second = sts.mount.clients.sts(sts.storage)
    assert second is not first
    assert second.meta.region_name == "eu-west-1"


@pytest.mark.parametrize(
    "wrong", [{"sts_endpoint": "no url"}, {"region": "no region"}, {"sts_region": "!"}]
)
def test_a_config_that_makes_no_client_is_told(sts: EngineUnderTest, wrong: dict[str, str]) -> None:
    sts.write("config/root", **wrong)

    with pytest.raises(EngineError, match=r"^cannot make the sts client for region .*config/root"):
        sts.issue("session_token")


def asked_of_aws(
    sts: EngineUnderTest, aws: Operator, credential_type: str, **data: Any
) -> dict[str, list[str]]:
    """Return the parameters with which an issue calls STS; moto does not keep all of them."""
    client = sts.mount.clients.sts(sts.storage)
    with closing(LosesAnswers(aws.cloud.url)) as wire:
        client.meta.events.register(
            "before-send.sts.*", lambda request, **_: setattr(request, "url", wire.url)
        )
        with pytest.raises(UserError, match="ConnectionClosedError"):
            sts.issue(credential_type, **data)
    return wire.carried
