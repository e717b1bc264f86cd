from dataclasses import replace
from datetime import UTC, datetime

from labkit.evidence.analyse.timeline import lifetimes
from labkit.evidence.model.lease_events import Event
from tests.evidence.pieces import call, lease, sample


def test_a_lease_that_expired_is_joined_with_its_user() -> None:
    events = [Event(0.0, "issue", lease())]
    samples = [sample(time=1), sample(time=5.9), sample(time=6.2, alive=False)]
    calls = [call("CreateUser", time=-0.1), call("DeleteUser", time=6.1)]

    [one] = lifetimes(events, samples, calls)

    assert one.ended_by == "expired"
    assert (one.vault_seen, one.vault_gone, one.key_refused) == (5.9, 6.2, 6.2)
    assert (one.user_created, one.user_deleted) == (-0.1, 6.1)
    assert round(one.delay or 0, 3) == 0.1


def test_a_renewal_moves_the_planned_end() -> None:
    renewed = replace(lease(), expire_time=datetime.fromtimestamp(9, UTC))

    [one] = lifetimes([Event(0, "issue", lease()), Event(3, "renew", renewed)], [], [])

    assert one.renewals == (3,)
    assert one.planned_end == 9


def test_a_revoked_lease_is_due_when_it_was_revoked() -> None:
    events = [Event(0, "issue", lease()), Event(2, "revoke", lease())]

    [one] = lifetimes(events, [], [call("DeleteUser", time=2.5)])

    assert one.ended_by == "revoked"
    assert one.delay == 0.5


def test_a_lease_without_an_end_is_alive() -> None:
    [one] = lifetimes([Event(0, "issue", lease())], [sample(time=1)], [])

    assert one.ended_by == "alive"
    assert one.delay is None
    assert one.vault_seen_until(7.0) == (7.0, 7.0)


def test_evidence_of_other_leases_is_not_mixed_in() -> None:
    events = [Event(0, "issue", lease("a")), Event(0, "issue", lease("b"))]
    calls = [call("DeleteUser", "b", time=3)]

    first, second = lifetimes(events, [sample("b", time=3, alive=False)], calls)

    assert first.ended_by == "alive"
    assert second.user_deleted == 3


def test_a_delete_that_aws_refused_ends_no_user() -> None:
    calls = [call("DeleteUser", time=3, error="DeleteConflict"), call("DeleteUser", time=8)]

    [one] = lifetimes([Event(0, "issue", lease())], [], calls)

    assert one.user_deleted == 8


def test_a_revocation_by_an_outdated_lease_leaves_the_planned_end_as_renewed() -> None:
    renewed = replace(lease(), expire_time=datetime.fromtimestamp(9, UTC))
    events = [Event(0, "issue", lease()), Event(3, "renew", renewed), Event(4, "revoke", lease())]

    [one] = lifetimes(events, [], [])

    assert (one.planned_end, one.revoked) == (9, 4)
