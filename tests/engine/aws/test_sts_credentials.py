"""The credential types of STS, issued by an AWS that keeps their sessions."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from labkit.cloud.faults import Fault
from labkit.engine.plugin.request import EngineError, RateLimitedError, UserError
from tests.engine.aws.engine_under_test import EngineUnderTest
from tests.engine.aws.operator import Operator
from tests.engine.aws.policies import EC2_ONLY, allowing
from tests.engine.aws.wire import LosesAnswers

pytestmark = pytest.mark.integration

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/vault-test"
STS_TYPES = ["assumed_role", "federation_token", "session_token"]


@pytest.fixture
def sts(mounted: EngineUnderTest, aws: Operator) -> Iterator[EngineUnderTest]:
    """Return an engine whose clock is AWS's, with a Vault role of each type of STS.

    There is an AWS role that may use EC2 and S3, and so may the mount's own user.
    """
    mounted.clock.now = time.time()
    both = allowing("ec2:*", "s3:*")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    statement = {**trust, "Action": "sts:AssumeRole"}
    trusted = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.iam.create_role(RoleName="vault-test", AssumeRolePolicyDocument=trusted)
    aws.iam.put_role_policy(RoleName="vault-test", PolicyName="p", PolicyDocument=both)
    aws.iam.put_user_policy(UserName="vault-root", PolicyName="hand-on", PolicyDocument=both)
    mounted.write("roles/assumed_role", credential_type="assumed_role", role_arns=ROLE_ARN)
    document = {"policy_document": EC2_ONLY}
    mounted.write("roles/federation_token", credential_type="federation_token", **document)
    mounted.write("roles/session_token", credential_type="session_token")
    yield mounted
    aws.iam.delete_user_policy(UserName="vault-root", PolicyName="hand-on")
    aws.iam.delete_role_policy(RoleName="vault-test", PolicyName="p")
    aws.iam.delete_role(RoleName="vault-test")


@pytest.fixture
def policy_arn(aws: Operator) -> Iterator[str]:
    policy = aws.iam.create_policy(PolicyName="ec2-only", PolicyDocument=EC2_ONLY)["Policy"]
    yield policy["Arn"]
    aws.iam.delete_policy(PolicyArn=policy["Arn"])


@pytest.fixture
def groups(aws: Operator, policy_arn: str) -> Iterator[list[str]]:
    """Create a group with an inline policy, and one with an attached one."""
    for name in ("inline", "attached"):
        aws.iam.create_group(GroupName=name)
    aws.iam.put_group_policy(GroupName="inline", PolicyName="ec2", PolicyDocument=EC2_ONLY)
    aws.iam.attach_group_policy(GroupName="attached", PolicyArn=policy_arn)
    yield ["inline", "attached"]
    aws.iam.detach_group_policy(GroupName="attached", PolicyArn=policy_arn)
    aws.iam.delete_group_policy(GroupName="inline", PolicyName="ec2")
    for name in ("inline", "attached"):
        aws.iam.delete_group(GroupName=name)


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


def test_one_of_several_roles_can_be_asked_for(sts: EngineUnderTest) -> None:
    sts.write("roles/assumed_role", role_arns=["arn:other", ROLE_ARN])

    issued = sts.issue("assumed_role", role_arn=ROLE_ARN)
    assert issued.secret is not None

    assert issued.secret.internal["policy"] == ROLE_ARN


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


def about(seconds: int) -> object:
    """Return what equals some seconds, while AWS's clock goes on and the engine's stands."""
    return pytest.approx(seconds, abs=10)


def asked_of_aws(
    sts: EngineUnderTest, aws: Operator, credential_type: str, **data: object
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
