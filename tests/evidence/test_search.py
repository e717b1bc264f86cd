"""A story is found by whatever an investigation begins with; what is not found is not shown."""

from dataclasses import replace
from typing import Any

import pytest

from labkit import Lab
from labkit.errors import LabError
from labkit.evidence.evidence import Evidence
from labkit.evidence.model.lease_events import Event
from labkit.vault.leases import Lease
from tests.evidence.pieces import call, issue, lease

KEYS = {"a": "AKIAIOSFODNN7EXAMPLE", "b": "AKIAI44QH8DHBEXAMPLE"}
HASHES = {name: f"hmac-sha256:{name * 64}" for name in "abc"}
ACCESSOR = "8609694a1b2c3d4e5f6a7b8c"
SHORT = {"a": "AKIAIO…LE", "b": "AKIAI4…LE"}


def of(name: str) -> Lease:
    return replace(lease(name), access_key=KEYS[name])


@pytest.fixture
def evidence() -> Evidence:
    """Return two leases: Vault's log and AWS's journal show both, the lab itself issued one."""
    calls = [call("CreateUser", name) for name in "ab"]
    calls += [call("CreateAccessKey", name, key=KEYS[name]) for name in "ab"]
    requests = [
        issue(name, user_name=f"user-{name}", access_key=KEYS[name], accessor=HASHES[name])
        for name in "ab"
    ]
    found = Evidence([Event(0, "issue", of("a"))], calls=calls, requests=requests)
    found.hashed = {ACCESSOR: HASHES["b"], "f" * 24: HASHES["c"]}.get
    return found


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (of("a"), "a"),
        (of("b"), "b"),
        ("aws/creds/my-ec2-role/b", "b"),
        ("…role/b", "b"),
        (KEYS["a"], "a"),
        (KEYS["b"], "b"),
        (SHORT["a"], "a"),
        (SHORT["b"], "b"),
        (f"  {KEYS['b']}\n", "b"),
        ("user-a", "a"),
        ("user-b", "b"),
        (ACCESSOR, "b"),
        (HASHES["a"], "a"),
        (HASHES["a"][:28], "a"),
    ],
)
def test_a_story_is_found_by(evidence: Evidence, wanted: Lease | str, name: str) -> None:
    assert evidence.story(wanted).lease_ids == (f"aws/creds/my-ec2-role/{name}",)


@pytest.mark.parametrize(
    "wanted",
    [
        "AKIAUNKNOWN7EXAMPLE1",
        "aws/creds/my-ec2-role/unknown-and-long",
        "somebody-that-nobody-knows",
        "f" * 24,
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "hvs.CAESIJlongtokengivenbymistake1234567890",
        "user",
        "",
    ],
)
def test_what_is_unknown_says_what_was_searched_and_is_not_shown_in_full(
    evidence: Evidence, wanted: str
) -> None:
    with pytest.raises(LabError) as caught:
        evidence.story(wanted)

    message = str(caught.value)
    assert "2 leases, 2 IAM users, 4 AWS calls and 2 Vault requests" in message
    assert "lab.lifetimes()" in message
    assert len(wanted) <= 6 or wanted not in message


@pytest.mark.parametrize("wanted", [3, b"AKIA", ["aws/creds/x/y"]])
def test_another_type_is_refused_with_what_can_be_asked(evidence: Evidence, wanted: Any) -> None:
    with pytest.raises(LabError, match="Give a lease, or a string"):
        evidence.story(wanted)


def test_a_short_form_that_fits_two_leases_is_not_guessed(evidence: Evidence) -> None:
    evidence.requests[1] = replace(evidence.requests[1], lease_id="aws/creds/other/a")

    with pytest.raises(LabError, match="2 leases fit '…/a'"):
        evidence.story("…/a")


def test_the_accessor_of_a_token_tells_of_all_its_leases(evidence: Evidence) -> None:
    evidence.requests = [replace(one, accessor=HASHES["b"]) for one in evidence.requests]

    story = evidence.story(ACCESSOR)

    assert {one[-1] for one in story.lease_ids} == {"a", "b"}
    assert [step.what for step in story.steps].count("CreateUser") == 2


@pytest.mark.integration
def test_a_real_credential_is_found_by_each_of_its_names(lab: Lab) -> None:
    application = lab.application()
    answer = application.read("aws/creds/my-ec2-role")
    accessor = application.lookup_token()["data"]["accessor"]
    key = answer["data"]["access_key"]
    user = lab.aws().client("iam").get_access_key_last_used(AccessKeyId=key)["UserName"]
    evidence = lab.gather()

    for wanted in (answer["lease_id"], key, f"{key[:6]}…{key[-2:]}", user, accessor):
        assert evidence.story(wanted).lease_ids == (answer["lease_id"],)
    lab.vault.sys.revoke_lease(answer["lease_id"])
