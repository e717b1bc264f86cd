from dataclasses import replace

import pytest

from labkit.evidence.analyse.timeline import lifetimes
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.requests import AuditedRequest
from tests.evidence.pieces import call, issue, lease, request, sample


def ended_by(*requests: AuditedRequest, gone: float | None = 3.1) -> str:
    """Return how a lease ended that was issued at 0 for 6 seconds, to the token `acc`."""
    calls = [] if gone is None else [call("DeleteUser", time=gone)]
    [one] = lifetimes([Event(0, "issue", lease())], [], calls, [issue(), *requests])
    return one.ended_by


def test_a_lease_that_vault_ended_at_its_time_expired() -> None:
    assert ended_by(gone=6.1) == "expired"


def test_a_lease_that_nobody_saw_end_is_alive() -> None:
    assert ended_by(gone=None) == "alive"


def test_a_lease_that_ended_long_before_its_time_without_a_cause_is_told_so() -> None:
    assert ended_by(gone=2) == "ended early"


@pytest.mark.parametrize(
    ("asked", "how"),
    [
        (request("sys/leases/revoke", lease_id=lease().lease_id), "revoked"),
        (request("sys/leases/revoke-prefix/aws/creds"), "revoked by prefix"),
        (request("sys/leases/revoke-force/aws/creds/my-ec2-role"), "revoked by force"),
        (request("auth/token/revoke-self", ended_accessor="acc"), "ended: its token died"),
        (request("sys/mounts/aws", operation="delete"), "ended: its engine was disabled"),
    ],
)
def test_the_request_that_ended_it_is_found(asked: AuditedRequest, how: str) -> None:
    assert ended_by(replace(asked, time=3)) == how
    assert ended_by(replace(asked, time=3, error="permission denied")) == "ended early"
    assert ended_by(replace(asked, time=4)) == "ended early"


@pytest.mark.parametrize(
    "asked",
    [
        request("sys/leases/revoke", lease_id="aws/creds/my-ec2-role/b"),
        request("sys/leases/revoke-prefix/database"),
        request("auth/token/revoke-self", ended_accessor="other"),
        request("sys/mounts/aws2", operation="delete"),
    ],
)
def test_what_ends_other_leases_did_not_end_this_one(asked: AuditedRequest) -> None:
    assert ended_by(replace(asked, time=3)) == "ended early"


def test_with_a_token_the_leases_of_those_that_it_made_end_too() -> None:
    made = request("auth/token/create", time=-2, accessor="parent", made_accessor="acc")

    assert ended_by(
        made, request("auth/token/revoke-accessor", time=3, ended_accessor="parent")
    ) == ("ended: its token died")


def test_a_lease_that_ended_as_its_token_expired_died_with_it() -> None:
    calls = [call("DeleteUser", time=3.2)]
    asked = issue(token_expires=3.0)

    [one] = lifetimes([Event(0, "issue", lease())], [], calls, [asked])

    assert one.ended_by == "ended: its token died"


def test_a_look_at_the_end_of_the_token_does_not_move_the_planned_end() -> None:
    issued = Event(0, "issue", lease(expires=60))
    looked = replace(sample(time=3.1), expire_time=3.2)

    [one] = lifetimes([issued], [looked], [call("DeleteUser", time=3.4)], [issue(token_expires=3)])

    assert (one.ended_by, one.planned_end) == ("ended: its token died", 60)


def test_a_look_after_a_shorter_renewal_moves_the_planned_end() -> None:
    issued = Event(0, "issue", lease(expires=60))
    renewed = request("sys/leases/renew", time=2, lease_id=lease().lease_id)
    looked = replace(sample(time=3), expire_time=10.0)

    [one] = lifetimes([issued], [looked], [call("DeleteUser", time=10.1)], [issue(), renewed])

    assert (one.ended_by, one.planned_end) == ("expired", 10.0)


def test_a_look_as_a_revoked_token_takes_its_lease_along_does_not_move_the_planned_end() -> None:
    issued = Event(0, "issue", lease(expires=60))
    revoked = request("auth/token/revoke-accessor", time=3, ended_accessor="acc")
    looked = replace(sample(time=3.1), expire_time=3.0)

    [one] = lifetimes([issued], [looked], [call("DeleteUser", time=3.2)], [issue(), revoked])

    assert (one.ended_by, one.planned_end) == ("ended: its token died", 60)


def test_the_first_of_two_causes_ended_it() -> None:
    first = request("sys/leases/revoke-prefix/aws", time=2)
    second = request("sys/leases/revoke", time=3, lease_id=lease().lease_id)

    assert ended_by(second, first) == "revoked by prefix"


def test_a_lease_that_the_lab_did_not_issue_is_known_from_vault_and_aws() -> None:
    looked = request("sys/leases/lookup", time=1, lease_id=lease().lease_id, expire_time=6.0)

    [one] = lifetimes([], [], [call("DeleteUser", time=6.1)], [issue(user_name="user-a"), looked])

    assert (one.ended_by, one.planned_end, one.user_deleted) == ("expired", 6.0, 6.1)


def test_an_issue_whose_end_was_never_told_ended_somehow() -> None:
    [one] = lifetimes([], [], [call("DeleteUser", time=6.1)], [issue(user_name="user-a")])

    assert (one.ended_by, one.planned_end, one.delay) == ("ended", None, None)


def test_a_silent_vault_is_not_taken_for_the_end() -> None:
    silent = replace(sample(time=2, alive=False), silent=("Vault", "AWS"))

    [one] = lifetimes([Event(0, "issue", lease())], [silent], [])

    assert (one.ended_by, one.vault_gone, one.key_refused) == ("alive", None, None)
