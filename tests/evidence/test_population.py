from labkit.evidence.analyse.latency import latencies
from labkit.evidence.analyse.population import count
from labkit.evidence.analyse.timeline import lifetimes
from labkit.evidence.model.lease_events import Event
from tests.evidence.pieces import call, issue, lease, request, sample

A, B = Event(0, "issue", lease("a")), Event(1, "issue", lease("b", issued=1))


def test_users_and_leases_come_and_go_together() -> None:
    calls = [call("CreateUser", "a"), call("CreateUser", "b", time=1)]
    calls += [call("DeleteUser", "a", time=6)]

    found = count(lifetimes([A, B], [], calls), calls)

    assert list(zip(found.times, found.leases, found.users, strict=True))[-1] == (6, 1, 1)
    assert max(found.leases) == max(found.users) == 2
    assert found.orphans == 0


def test_a_user_that_outlives_its_lease_is_a_gap() -> None:
    calls = [call("CreateUser", "a"), call("DeleteUser", "a", time=6, error="DeleteConflict")]

    found = count(lifetimes([A], [sample("a", time=6.5, alive=False)], calls), calls)

    assert (found.leases[-1], found.users[-1], found.orphans) == (0, 1, 1)


def test_a_user_of_an_issue_that_broke_off_counts() -> None:
    calls = [call("CreateUser", "a"), call("CreateUser", "broken", time=2)]

    assert count(lifetimes([A], [], calls), calls).orphans == 1


def test_users_that_others_make_do_not_count() -> None:
    calls = [call("CreateUser", "a"), call("CreateUser", by="operator", about="somebody")]

    assert max(count(lifetimes([A], [], calls), calls).users) == 1


def test_nothing_is_counted_where_nothing_was() -> None:
    assert count([], []).times == ()


def test_latency_lies_between_the_last_use_and_the_first_refusal() -> None:
    uses = [call("GetCallerIdentity", time=time, by="user-a") for time in (1.0, 2.25)]
    refused = call("GetCallerIdentity", time=2.5, by="user-a", error="InvalidClientTokenId")
    revoked = request("sys/leases/revoke", time=2, lease_id=lease().lease_id)

    [one] = latencies(lifetimes([A], [], [*uses, refused], [issue(), revoked]))

    assert (one.at_least, one.at_most) == (0.25, 0.5)


def test_a_denied_use_is_no_refusal_of_the_key() -> None:
    denied = call("ListBuckets", time=2.5, by="user-a", error="AccessDenied")
    revoked = request("sys/leases/revoke", time=2, lease_id=lease().lease_id)

    assert latencies(lifetimes([A], [], [denied], [issue(), revoked])) == []


def test_a_lease_that_expired_has_no_latency() -> None:
    refused = call("GetCallerIdentity", time=6.5, by="user-a", error="InvalidClientTokenId")

    assert latencies(lifetimes([A], [], [refused], [issue()])) == []


def test_a_key_that_was_never_used_before_has_no_lower_bound() -> None:
    refused = call("GetCallerIdentity", time=2.5, by="user-a", error="InvalidClientTokenId")
    revoked = request("sys/leases/revoke", time=2, lease_id=lease().lease_id)

    [one] = latencies(lifetimes([A], [], [refused], [issue(), revoked]))

    assert (one.at_least, one.at_most) == (0, 0.5)


UNKNOWN = "InvalidClientTokenId"


def test_that_a_new_key_was_unknown_at_first_is_no_latency() -> None:
    outcomes = {0.5: UNKNOWN, 1.0: None, 2.25: None, 2.5: UNKNOWN}
    uses = [call("Ask", time=time, by="user-a", error=error) for time, error in outcomes.items()]
    revoked = request("sys/leases/revoke", time=2, lease_id=lease().lease_id)

    [one] = latencies(lifetimes([A], [], uses, [issue(), revoked]))

    assert (one.at_least, one.at_most) == (0.25, 0.5)


def test_a_key_refused_only_before_it_was_revoked_has_no_latency() -> None:
    refused = call("GetCallerIdentity", time=1, by="user-a", error=UNKNOWN)
    revoked = request("sys/leases/revoke", time=2, lease_id=lease().lease_id)

    assert latencies(lifetimes([A], [], [refused], [issue(), revoked])) == []
