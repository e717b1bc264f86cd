import json
from pathlib import Path
from typing import Any

import pytest

from labkit.evidence.collect.audit import AuditLog
from labkit.evidence.model.requests import AuditedRequest

ASKED = {
    "time": "2026-11-23T19:11:18.735546653Z",
    "type": "request",
    "auth": {
        "client_token": "hmac-sha256:token",
        "accessor": "hmac-sha256:accessor",
        "display_name": "approle",
        "token_ttl": 3600,
        "token_issue_time": "2026-11-23T19:11:18Z",
    },
    "request": {"id": "1", "operation": "read", "path": "aws/creds/my-ec2-role"},
}
ANSWERED = ASKED | {
    "time": "2026-11-23T19:11:18.849640869Z",
    "type": "response",
    "response": {
        "secret": {"lease_id": "aws/creds/my-ec2-role/abcd"},
        "data": {"access_key": "hmac-sha256:key", "secret_key": "hmac-sha256:secret"},
    },
}


def read(*entries: dict[str, Any]) -> list[AuditedRequest]:
    log = AuditLog(Path())
    log.add(json.dumps(entry) for entry in entries)
    return log.requests


def asking(path: str, **data: object) -> dict[str, Any]:
    return ASKED | {"request": {"id": path, "operation": "update", "path": path, "data": data}}


def test_a_request_and_its_answer_are_read_as_one() -> None:
    [one] = read(ASKED, ANSWERED)

    assert (one.operation, one.path, one.display_name) == (
        "read",
        "aws/creds/my-ec2-role",
        "approle",
    )
    assert round(one.duration or 0, 4) == 0.1141
    assert one.lease_id == "aws/creds/my-ec2-role/abcd"
    assert one.access_key == "hmac-sha256:key"
    assert one.is_issue
    assert one.token_expires == 1795464678


def test_a_request_without_an_answer_has_no_duration() -> None:
    [one] = read(ASKED)

    assert one.duration is None
    assert not one.is_issue


def test_an_answer_whose_request_is_missing_still_counts() -> None:
    [one] = read(ANSWERED)

    assert one.is_issue
    assert one.duration == 0


def test_neither_tokens_nor_secret_keys_are_kept() -> None:
    shown = repr(read(ASKED, ANSWERED))

    assert "token" not in shown.replace("token_expires", "")
    assert "secret" not in shown


def test_a_refusal_is_told_in_vaults_last_words() -> None:
    [one] = read(ASKED | {"error": "1 error occurred:\n\t* permission denied\n\n"})

    assert one.error == "permission denied"


@pytest.mark.parametrize(
    ("path", "data", "ended"),
    [
        ("auth/token/revoke-self", {}, "hmac-sha256:accessor"),
        ("auth/token/revoke", {"token": "hmac-sha256:token"}, "hmac-sha256:accessor"),
        ("auth/token/revoke", {"token": "hmac-sha256:unheard-of"}, None),
        ("auth/token/revoke-accessor", {"accessor": "hmac-sha256:other"}, "hmac-sha256:other"),
        ("auth/token/lookup", {"accessor": "hmac-sha256:other"}, None),
    ],
)
def test_the_token_that_a_request_ends_is_found(
    path: str, data: dict[str, Any], ended: str | None
) -> None:
    assert read(ASKED, asking(path, **data))[-1].ended_accessor == ended


def test_the_lease_may_stand_in_the_path() -> None:
    [one] = read(asking("sys/leases/revoke/aws/creds/my-ec2-role/abcd"))

    assert one.lease_id == "aws/creds/my-ec2-role/abcd"


def test_what_is_no_entry_is_counted_and_passed_over() -> None:
    log = AuditLog(Path())

    log.add(["{", "[]", '{"type": "request"}', json.dumps(ASKED)])

    assert log.unreadable == 3
    assert len(log.requests) == 1


def test_a_log_is_read_on_from_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    log = AuditLog(path)
    log.read()
    half = json.dumps(ANSWERED)[:40]

    path.write_text(f"{json.dumps(ASKED)}\n{half}")
    log.read()
    before = log.requests
    path.write_text(f"{json.dumps(ASKED)}\n{json.dumps(ANSWERED)}\n")
    log.read()

    assert [one.duration for one in before] == [None]
    assert [one.is_issue for one in log.requests] == [True]
    assert log.unreadable == 0


def test_writes_that_change_how_long_leases_live_are_counted() -> None:
    log = AuditLog(Path())

    log.add(map(json.dumps, (asking("aws/config/lease"), asking("sys/mounts/aws/tune"), ASKED)))

    assert log.lease_settings == 2


def test_hashes_that_are_known_are_undone_and_others_stay() -> None:
    requests = read(ASKED, ANSWERED, asking("sys/leases/renew", lease_id="hmac-sha256:lease"))
    known = {"hmac-sha256:key": "AKIAX", "hmac-sha256:nowhere": "unused"}

    issue, renewal = (one.named(known, {"AKIAX": "user-a"}) for one in requests)

    assert (issue.access_key, issue.user_name) == ("AKIAX", "user-a")
    assert renewal.lease_id == "hmac-sha256:lease"
