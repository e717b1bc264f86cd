"""Probes and sessions on the real AWS side."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import Probe, probe, user_exists, user_of_key
from labkit.aws.sessions import session
from labkit.errors import AwsSideError
from labkit.servers.aws.api.fault import Fault
from tests.servers.aws.people import person
from tests.servers.aws.running import REGION, Keys, free_port, session_of, session_with

pytestmark = pytest.mark.integration


def test_a_probe_says_what_a_living_key_may_do(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        answer = probe(someone.session)

    assert answer == Probe(ec2="allowed", s3="AccessDenied", sts="allowed")
    assert answer.key_accepted


def test_a_probe_says_how_a_dead_key_is_refused(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        pass
    answer = probe(someone.session)

    assert answer == Probe(ec2="AuthFailure", s3="InvalidAccessKeyId", sts="InvalidClientTokenId")
    assert not answer.key_accepted


def test_a_wrong_secret_is_refused_and_not_taken_for_a_permission_missing(cloud: AwsAdmin) -> None:
    key_id = cloud.identities()["operator"].access_key_id

    assert not probe(session_with(cloud, Keys(key_id, "wrong" * 8))).key_accepted


@pytest.mark.parametrize(
    "fault",
    [Fault("*", "ServiceUnavailable", 503), Fault("ListBuckets", "SlowDown", 503)],
)
def test_an_aws_that_is_down_is_never_taken_for_a_refusal(cloud: AwsAdmin, fault: Fault) -> None:
    operator = session_of(cloud)
    with cloud.faults(fault), pytest.raises(AwsSideError, match=fault.error):
        probe(operator)


def test_an_aws_that_cannot_be_reached_is_never_taken_for_a_refusal() -> None:
    keys = Keys("AKIAX", "a-secret-of-nobody")
    nowhere = session(f"http://127.0.0.1:{free_port()}", REGION, keys)
    for question in (
        lambda: probe(nowhere),
        lambda: user_exists(nowhere, "vault-a"),
        lambda: user_of_key(nowhere, "AKIA0123456789ABCDEF"),
    ):
        with pytest.raises(AwsSideError, match="Could not connect") as failed:
            question()
        assert keys.secret_key not in str(failed.value)


def test_a_user_exists_until_it_is_deleted(cloud: AwsAdmin) -> None:
    operator = session_of(cloud)
    with person(cloud) as someone:
        assert user_exists(operator, someone.name)
        assert user_of_key(operator, someone.keys.access_key) == someone.name

    assert not user_exists(operator, someone.name)
    assert user_of_key(operator, someone.keys.access_key) is None


def test_a_question_that_is_denied_is_not_taken_for_a_no(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        with pytest.raises(AwsSideError, match="AccessDenied"):
            user_exists(someone.session, someone.name)
        with pytest.raises(AwsSideError, match="AccessDenied"):
            user_of_key(someone.session, someone.keys.access_key)


def test_a_session_ignores_the_aws_settings_of_the_shell(
    cloud: AwsAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings = {
        "AWS_PROFILE": "a-profile-that-is-not-there",
        "AWS_ENDPOINT_URL": nowhere,
        "AWS_ACCESS_KEY_ID": "AKIAOTHER",
        "AWS_SESSION_TOKEN": "other",
        "AWS_DEFAULT_REGION": "us-west-2",
        "HTTP_PROXY": nowhere,
        "http_proxy": nowhere,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    operator = session_of(cloud)

    assert operator.client("sts").get_caller_identity()["Arn"].endswith(":user/operator")
    assert operator.region_name == REGION


def test_clients_and_resources_use_the_labs_endpoint_and_few_attempts(cloud: AwsAdmin) -> None:
    operator = session_of(cloud, attempts=2)
    known = len(cloud.journal())
    with cloud.faults(Fault("ListBuckets", "SlowDown", 503)):
        with pytest.raises(Exception, match="SlowDown"):
            list(operator.resource("s3").buckets.all())
        with pytest.raises(Exception, match="SlowDown"):
            operator.client_without_retries("s3").list_buckets()

    assert [entry.action for entry in cloud.journal()[known:]] == ["ListBuckets"] * 3
    assert operator.client_without_retries("s3") is operator.client_without_retries("s3")


def test_a_session_shows_no_secret(cloud: AwsAdmin) -> None:
    secret = cloud.identities()["operator"].secret_access_key
    operator = session_of(cloud)

    assert secret not in repr(operator)
    assert secret not in repr(operator.client("iam"))
    assert secret not in repr(vars(operator))


@pytest.mark.parametrize("module", ["admin", "probes"])
def test_the_lab_loads_no_aws_library_before_it_needs_one(module: str) -> None:
    heavy = ["boto3", "botocore", "moto", "werkzeug"]
    check = f"import sys, labkit.aws.{module}; sys.exit(any(m in sys.modules for m in {heavy}))"

    assert subprocess.run([sys.executable, "-c", check], check=False, timeout=30).returncode == 0
