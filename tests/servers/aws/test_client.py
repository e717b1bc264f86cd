"""The lab's own endpoints, asked by the lab's client and by strangers."""

from __future__ import annotations

import socket
import time
from threading import Thread
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request

from labkit.aws.admin import AwsAdmin
from labkit.errors import AwsSideError, LabError
from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws.api.propagation import Propagation
from labkit.servers.aws.control import Control
from labkit.servers.aws.door.caller.callers import Caller, Callers
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Sessions
from labkit.servers.aws.faults import Faults
from labkit.servers.aws.journal.journal import Journal
from labkit.servers.aws.listening import make_server
from tests.servers.aws.running import free_port, session_of
from tests.servers.aws.test_journal import seen

pytestmark = pytest.mark.integration
DOWN = Fault("*", "ServiceUnavailable", 503, "AWS is down")


def test_the_identities_come_with_keys_that_no_repr_shows(cloud: AwsAdmin) -> None:
    identities = cloud.identities()

    assert set(identities) == {"operator", "vault-root"}
    assert all(name == identity.user_name for name, identity in identities.items())
    assert all(identity.access_key_id.startswith("AKIA") for identity in identities.values())
    shown = repr((cloud, identities))
    assert cloud.token not in shown
    assert not [one for one in identities.values() if one.secret_access_key in shown]


@pytest.mark.parametrize("name", ["identities", "journal", "faults", "propagation", "anything"])
@pytest.mark.parametrize("token", [None, "", "wrong", "Ü"])
def test_without_the_token_nothing_is_told(cloud: AwsAdmin, name: str, token: str | None) -> None:
    headers = {} if token is None else {"X-Labkit-Token": token.encode()}

    answer = requests.get(f"{cloud.url}/_lab/{name}", headers=headers, timeout=10)

    assert answer.status_code == 403
    assert "X-Labkit-Token" in answer.json()["error"]


def test_health_is_told_to_everybody(cloud: AwsAdmin) -> None:
    answer = requests.get(f"{cloud.url}/_lab/health", timeout=10)

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert cloud.is_ready()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("PUT", "faults", "{", 400, "no JSON"),
        ("PUT", "faults", "{}", 400, "must be a JSON list"),
        ("PUT", "faults", "[7]", 400, "fault 0 must be a JSON object"),
        ("PUT", "faults", '[{"action": "*"}]', 400, "error"),
        ("PUT", "faults", '[{"action": "*", "error": "X", "colour": 1}]', 400, "colour"),
        ("PUT", "faults", '[{"action": "*", "error": "X", "status": 7}]', 400, "400 to 599"),
        ("PUT", "propagation", "{", 400, "no JSON"),
        ("PUT", "propagation", "[]", 400, "must be a JSON object"),
        ("PUT", "propagation", '{"new_keys": -1}', 400, "new_keys must be from 0 to 60 seconds"),
        ("PUT", "propagation", '{"new_keys": NaN}', 400, "new_keys must be from 0 to 60 seconds"),
        (
            "PUT",
            "propagation",
            '{"new_keys": 1, "deleted_keys": "2"}',
            400,
            "int or float, not str",
        ),
        ("PUT", "propagation", '{"colour": 1}', 400, "colour"),
        ("POST", "propagation", "{}", 405, "GET, PUT"),
        ("GET", "journal?after=x", None, 400, "after must be"),
        ("POST", "faults", "[]", 405, "GET, PUT"),
        ("GET", "nothing", None, 404, "does not exist"),
    ],
)
def test_a_bad_question_gets_a_clear_answer(
    cloud: AwsAdmin, method: str, path: str, body: str | None, status: int, reason: str
) -> None:
    answer = requests.request(
        method,
        f"{cloud.url}/_lab/{path}",
        data=body,
        headers={"X-Labkit-Token": cloud.token},
        timeout=10,
    )

    assert answer.status_code == status
    assert reason in answer.json()["error"]
    assert cloud.current_faults() == []
    assert cloud.current_propagation() == Propagation()


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("iam", "list_users"),
        ("sts", "get_caller_identity"),
        ("ec2", "describe_instances"),
        ("s3", "list_buckets"),
        ("dynamodb", "list_tables"),
        ("lambda", "list_functions"),
    ],
)
def test_an_aws_that_is_down_says_so_in_the_words_of_each_api(
    cloud: AwsAdmin, service: str, method: str
) -> None:
    call: Any = getattr(session_of(cloud).client(service), method)
    with cloud.faults(DOWN), pytest.raises(ClientError) as refused:
        call()

    response = refused.value.response
    assert response["Error"]["Code"] == "ServiceUnavailable"
    assert response["Error"]["Message"] == "AWS is down"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 503
    last = cloud.journal()[-1]
    assert (last.service, last.status, last.error) == (service, 503, "ServiceUnavailable")


def test_a_throttled_call_succeeds_when_it_is_tried_again(cloud: AwsAdmin) -> None:
    known = len(cloud.journal())
    iam = session_of(cloud, attempts=3).client("iam")
    with cloud.faults(Fault("ListUsers", "Throttling", 400, times=1)):
        assert iam.list_users()["Users"]
        assert cloud.current_faults() == []

    noted = [(entry.action, entry.error) for entry in cloud.journal()[known:]]
    assert noted == [("ListUsers", "Throttling"), ("ListUsers", None)]


def test_faults_that_end_leave_the_earlier_ones_in_force(cloud: AwsAdmin) -> None:
    earlier = Fault("ListUsers", "Throttling", 400, times=5)
    with cloud.faults(earlier):
        with pytest.raises(ClientError), cloud.faults(DOWN):
            session_of(cloud).client("sts").get_caller_identity()
        assert cloud.current_faults() == [earlier]

    assert cloud.current_faults() == []


def test_a_fault_answers_after_its_delay(cloud: AwsAdmin) -> None:
    sts = session_of(cloud).client("sts")
    with cloud.faults(Fault("*", "RequestTimeout", 503, delay=0.2)), pytest.raises(ClientError):
        sts.get_caller_identity()

    assert 0.2 <= cloud.journal()[-1].duration < 2


def test_a_server_that_is_not_there_is_named_without_the_token() -> None:
    nobody = AwsAdmin(f"http://127.0.0.1:{free_port()}", "token-of-nobody")
    with pytest.raises(AwsSideError, match=r"no answer .* Is the AWS server running") as failed:
        nobody.journal()

    assert isinstance(failed.value, LabError)
    assert nobody.url in str(failed.value)
    assert "token-of-nobody" not in str(failed.value)
    assert not nobody.is_ready()


def test_a_wrong_token_is_an_error_that_says_so(cloud: AwsAdmin) -> None:
    with pytest.raises(AwsSideError, match=r"403 .*needs the admin token"):
        AwsAdmin(cloud.url, "wrong").journal()


def test_the_client_tells_how_many_entries_the_journal_has_dropped(cloud: AwsAdmin) -> None:
    assert cloud.journal_dropped() == 0
    journal = Journal(capacity=2)
    pending: PendingKeyChanges[Caller] = PendingKeyChanges()
    callers = Callers(Sessions(), pending, time.time)
    control = Control([], journal, Faults(), pending, callers, "token")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = make_server(listener, Request.application(control.answer))
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            client = AwsAdmin(f"http://127.0.0.1:{listener.getsockname()[1]}", "token")
            for _ in range(5):
                journal.add(seen())
            assert (client.journal_dropped(), len(client.journal())) == (3, 2)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
