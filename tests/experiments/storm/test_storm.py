"""Small storms on real servers; AWS itself says which users there are."""

import itertools
import signal
import threading
from collections.abc import Callable, Iterator

import hvac
import pytest

from labkit import Lab, LabError
from labkit.aws.probes import user_names
from labkit.experiments.storm import issuing, rate_limit, restart, revoke_prefix
from labkit.experiments.storm.issuing import Read
from labkit.flow import steps
from labkit.machine.polling import happens_within
from labkit.runtimes.external import External

pytestmark = pytest.mark.integration
PREFIX = "aws/creds"


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    """Start a lab whose Vault can be restarted."""
    with Lab.start(through="role", runtime="embedded", persistent=True, alongside=True) as lab:
        yield lab


def users(lab: Lab) -> set[str]:
    names = {name for name in user_names(lab.aws()) if name.startswith("vault-")}
    return names - {"vault-root"}


def test_a_storm_issues_leases_with_users_and_a_prefix_ends_them_all(own: Lab) -> None:
    storm = own.storm(40, clients=4)

    assert len({read.lease_id for read in storm.issued}) == 40
    assert storm.refused == ()
    assert len(users(own)) == 40
    assert (storm.population.leases[-1], storm.population.users[-1]) == (40, 40)

    found = revoke_prefix(own.root, PREFIX)
    assert (found.leases, found.left) == (40, 0)
    assert found.ended is not None
    assert users(own) == set()
    assert own.orphans() == []


def test_every_lease_of_a_storm_is_evidence_with_its_user(own: Lab) -> None:
    storm = own.storm(10, clients=2)
    made = users(own)
    revoke_prefix(own.root, PREFIX)

    lives = {one.lease_id: one for one in own.lifetimes()}
    mine = [lives[read.lease_id] for read in storm.issued]
    assert {one.user_name for one in mine} == made
    assert all(one.ended_by == "revoked by prefix" for one in mine)
    population = own.population()
    assert (population.leases[-1], population.users[-1]) == (0, 0)


def test_with_sync_vault_answers_when_all_users_are_gone(own: Lab) -> None:
    own.storm(10, clients=2)

    found = revoke_prefix(own.root, PREFIX, sync=True, at_most=0)

    assert users(own) == set()
    assert found.ended is not None
    assert found.answered == pytest.approx(found.ended, abs=1.0)


def test_without_sync_vault_answers_before_the_leases_are_gone(own: Lab) -> None:
    own.storm(60, clients=4)

    begun = revoke_prefix(own.root, PREFIX, at_most=0)

    assert begun.left > 0
    assert begun.ended is None
    ended = begun.wait()
    assert ended.left == 0
    assert users(own) == set()


def test_an_interrupted_storm_revokes_what_it_issued(
    own: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before = own.issue()
    numbers, read_once = itertools.count(1), issuing.read_once

    def read_and_interrupt(vault: hvac.Client, path: str) -> Read:
        if next(numbers) == 20:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return read_once(vault, path)

    monkeypatch.setattr(issuing, "read_once", read_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        own.storm(10_000, clients=4)

    assert next(numbers) < 100
    assert users(own) == {before.user_name}
    own.revoke(before)
    assert own.orphans() == []


def test_a_restart_keeps_the_leases_and_vault_ends_them_afterwards(own: Lab) -> None:
    own.storm(20, clients=4)

    found = restart(own.runtime, own.root, PREFIX)

    assert found.leases == 20
    assert 0 < found.started <= found.restored
    assert len(users(own)) == 20
    revoke_prefix(own.root, PREFIX)
    assert users(own) == set()


def test_a_rate_limit_refuses_reads_and_is_gone_afterwards(own: Lab) -> None:
    with rate_limit(own.root, "aws/creds/my-ec2-role", 5):
        limited = own.storm(50, clients=4)
    free = own.storm(20, clients=4)

    assert limited.refused
    assert all(read.error.startswith("RateLimitExceeded") for read in limited.refused)
    assert len(users(own)) == len(limited.issued) + len(free.issued)
    assert free.refused == ()
    revoke_prefix(own.root, PREFIX)


def test_an_interrupt_removes_the_rate_limit(own: Lab) -> None:
    with pytest.raises(KeyboardInterrupt), rate_limit(own.root, PREFIX, 1):
        raise KeyboardInterrupt

    assert own.root.list("sys/quotas/rate-limit") is None


def test_a_short_ttl_ends_the_leases_of_a_storm_by_itself(own: Lab) -> None:
    steps.configure_lease(own.setting, "2s", "4s")
    try:
        own.storm(20, clients=4)
        assert happens_within(30, lambda: users(own) == set())
    finally:
        steps.configure_lease(own.setting, "1h", "2h")


@pytest.mark.parametrize(
    "ask",
    [
        lambda lab: lab.storm(0),
        lambda lab: lab.storm(20_001),
        lambda lab: lab.storm(1, clients=65),
        lambda lab: lab.storm("many"),
        lambda lab: revoke_prefix(lab.root, PREFIX),
        lambda lab: restart(External({}), lab.root, PREFIX),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    own: Lab, ask: Callable[[Lab], object]
) -> None:
    with pytest.raises(LabError):
        ask(own)
    assert users(own) == set()
