"""What is computed from recorded evidence; the expectations come from the recorded lines."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labkit.errors import LabError
from labkit.evidence.evidence import Evidence
from labkit.redact import redact_text
from tests.evidence.pieces import call, issue
from tests.evidence.record import RECORDED

LINES = [json.loads(line) for line in RECORDED.read_text().splitlines()]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence.load(RECORDED)


def by_end(evidence: Evidence, how: str) -> str:
    return next(one.lease_id for one in evidence.lifetimes() if one.ended_by == how)


def calls(**wanted: object) -> list[dict[str, Any]]:
    return [
        line
        for line in LINES
        if line["record"] == "call" and all(line[name] == its for name, its in wanted.items())
    ]


def test_every_way_to_end_is_told_apart(evidence: Evidence) -> None:
    ends = Counter(one.ended_by for one in evidence.lifetimes())

    assert ends == {
        "expired": 2,
        "revoked": 5,
        "revoked by prefix": 1,
        "revoked by force": 1,
        "ended: its token died": 1,
        "alive": 1,
    }


def test_every_lease_that_vault_issued_is_joined_with_the_user_that_aws_made(
    evidence: Evidence,
) -> None:
    issued = {line["lease_id"] for line in LINES if line.get("access_key")} - {None}
    made = {line["target_user"] for line in calls(action="CreateAccessKey", error=None)}

    assert {one.lease_id for one in evidence.lifetimes()} == issued
    assert {one.user_name for one in evidence.lifetimes()} == made


def test_the_user_of_an_expired_lease_goes_within_a_second(evidence: Evidence) -> None:
    delays = [one.delay for one in evidence.lifetimes() if one.ended_by == "expired"]

    assert all(delay is not None and 0 <= delay < 1 for delay in delays)


def test_a_renewal_stands_in_the_lifetime_and_in_the_story(evidence: Evidence) -> None:
    [renewed] = [one for one in evidence.lifetimes() if one.renewals]

    asked = [step.what for step in evidence.story(renewed.lease_id).steps]

    assert "write sys/leases/renew" in asked


def test_the_story_goes_from_the_login_to_the_refusal(evidence: Evidence) -> None:
    steps = evidence.story(by_end(evidence, "revoked")).steps
    told = [(step.source, step.target, step.what, str(step.outcome)) for step in steps]
    order = [
        ("Application", "Vault", "write auth/approle/login", "a token"),
        ("Vault", "AWS IAM", "CreateUser", "ok"),
        ("Vault", "AWS IAM", "PutUserPolicy", "ok"),
        ("Vault", "AWS IAM", "CreateAccessKey", "ok"),
        ("Application", "Vault", "write sys/leases/revoke", "ok"),
        ("Vault", "AWS IAM", "DeleteUser", "ok"),
        ("Application", "AWS IAM", "GetCallerIdentity", "InvalidClientTokenId"),
    ]

    assert [place for place in told if place in order] == order
    assert next(step.who for step in steps if "revoke" in step.what) == "administrator"


def test_an_expired_lease_ends_by_itself_in_its_story(evidence: Evidence) -> None:
    steps = evidence.story(by_end(evidence, "expired")).steps

    alone = [(step.source, step.target) for step in steps if step.what == "the lease expires"]

    assert alone == [("Vault", "Vault")]


def test_the_revocation_of_a_prefix_stands_in_the_story_as_such(evidence: Evidence) -> None:
    steps = evidence.story(by_end(evidence, "revoked by prefix")).steps

    assert [step.joined_by for step in steps if "revoke-prefix" in step.what] == [
        "prefix of the lease_id"
    ]


def test_a_story_of_nothing_is_refused_by_name(evidence: Evidence) -> None:
    with pytest.raises(LabError, match="No evidence of aws/creds/x/…"):
        evidence.story("aws/creds/x/y")
    with pytest.raises(LabError, match="No evidence of any lease"):
        Evidence().story()


def test_a_broken_issue_is_shown_but_joined_to_no_lease(evidence: Evidence) -> None:
    broken = {line["target_user"] for line in calls(error="LimitExceeded")}

    lines = [one for one in evidence.timeline() if one.outcome == "LimitExceeded"]

    assert len(broken) == 1
    assert [(one.lease_id, one.joined_by) for one in lines] == [(None, "not joined")]


def test_each_recorded_line_stands_in_the_timeline_once_and_in_order(evidence: Evidence) -> None:
    recorded = Counter(line["record"] for line in LINES)

    timeline = evidence.timeline()

    assert len(timeline) == recorded["call"] + recorded["request"] + recorded["sample"]
    assert [one.time for one in timeline] == sorted(one.time for one in timeline)


def test_a_request_that_is_about_no_lease_is_joined_to_none(evidence: Evidence) -> None:
    [login, *_] = [one for one in evidence.timeline() if one.what == "write auth/approle/login"]

    assert (login.lease_id, login.joined_by) == (None, "not joined")


def test_without_the_audit_log_the_story_tells_what_the_lab_did(evidence: Evidence) -> None:
    lease_id = by_end(evidence, "revoked")

    steps = replace(evidence, requests=[]).story(lease_id).steps

    assert [step.what for step in steps if step.target == "Vault"] == [
        "issue (by the lab)",
        "revoke (by the lab)",
    ]


def test_keys_and_hashes_are_saved_shortened(tmp_path: Path) -> None:
    key, digest = "AKIAIOSFODNN7EXAMPLE", f"hmac-sha256:{'0123456789abcdef' * 4}"
    known = Evidence(
        calls=[call("CreateAccessKey", key=key)],
        requests=[issue(access_key=key, accessor=digest)],
    )

    known.save(tmp_path / "evidence.jsonl")
    text = (tmp_path / "evidence.jsonl").read_text()

    assert text.count("AKIAIO…LE") == 3
    assert '"accessor": "hmac-sha256:0123456789abcdef"' in text


def test_two_users_are_left_without_a_lease_in_the_end(evidence: Evidence) -> None:
    found = evidence.population()

    assert found.orphans == 2
    assert max(found.leases) == 5


def test_what_is_saved_again_is_the_same(evidence: Evidence, tmp_path: Path) -> None:
    evidence.save(tmp_path / "again.jsonl")

    assert (tmp_path / "again.jsonl").read_text() == RECORDED.read_text()


def test_nothing_in_the_record_looks_like_a_secret() -> None:
    text = RECORDED.read_text()

    assert not re.search(r"(AKIA|ASIA)[A-Z0-9]{8}", text)
    assert not re.search(r"hvs\.|\bs\.[A-Za-z0-9]{24}|client_token|secret_key", text)
    assert redact_text(text) == text


def test_without_one_entry_the_rest_still_holds(evidence: Evidence) -> None:
    whole = evidence.lifetimes()
    without_audit = replace(evidence, requests=[]).lifetimes()
    without_aws = replace(evidence, calls=[]).lifetimes()

    assert {one.lease_id for one in without_audit} < {one.lease_id for one in whole}
    assert {one.ended_by for one in without_audit} >= {"expired", "revoked"}
    assert len(without_aws) == len(whole)
    assert all(one.user_created is None for one in without_aws)


def test_an_aws_clock_that_is_three_seconds_ahead_changes_nothing(evidence: Evidence) -> None:
    ahead = [replace(call, time=call.time + 3) for call in evidence.calls]

    shifted = replace(evidence, calls=ahead).lifetimes()

    assert [one.ended_by for one in shifted] == [one.ended_by for one in evidence.lifetimes()]
    for one, other in zip(shifted, evidence.lifetimes(), strict=True):
        assert one.user_deleted == pytest.approx(other.user_deleted, abs=0.05)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"record": "evidence", "version": 2}', "Line 1 is no evidence of version 1"),
        ("nonsense", "Line 1 is no evidence"),
        ('{"record": "evidence", "version": 1}\n{"record": "secret"}', "Line 2 is no evidence"),
        ('{"record": "evidence", "version": 1}\n{"record": "call"}', "Line 2 is no evidence"),
    ],
)
def test_what_is_no_evidence_is_refused_by_its_line(
    text: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "wrong.jsonl").write_text(text)

    with pytest.raises(LabError, match=complaint):
        Evidence.load(tmp_path / "wrong.jsonl")
