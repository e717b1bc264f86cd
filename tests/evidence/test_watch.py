import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from labkit.display.tables import Grid
from labkit.errors import LabError
from labkit.evidence.collect.watch import MOST_CALLS, Watch
from labkit.evidence.model.samples import Sample
from labkit.vault.leases import Lease
from tests.evidence.pieces import lease, sample


def alive(of: Lease) -> Sample:
    return replace(sample(), lease_id=of.lease_id)


def watch(look: Callable[[Lease], Sample], *names: str, seconds: float = 0.05) -> Watch:
    return Watch([lease(name) for name in names], look, seconds=seconds, every=0.01)


def test_each_lease_is_looked_at_in_each_round() -> None:
    samples = watch(alive, "a", "b").start().wait()

    assert [one.lease_id[-1] for one in samples] == ["a", "b"] * 6


def test_a_lease_that_ended_is_not_looked_at_again() -> None:
    def only_b_lives(of: Lease) -> Sample:
        return replace(sample(alive=of.lease_id.endswith("b")), lease_id=of.lease_id)

    samples = watch(only_b_lives, "a", "b").start().wait()

    assert sum(one.lease_id.endswith("a") for one in samples) == 1
    assert sum(one.lease_id.endswith("b") for one in samples) == 6


def test_watching_ends_when_every_lease_has() -> None:
    samples = watch(lambda _: sample(alive=False), "a", seconds=60).start().wait()

    assert len(samples) == 1


def test_a_silent_server_ends_nothing() -> None:
    away = replace(sample(alive=False), silent=("Vault", "AWS"), user_present=None)

    assert len(watch(lambda _: away, "a").start().wait()) == 6


def test_starting_does_not_wait_for_a_look() -> None:
    answer = threading.Event()

    def slow(of: Lease) -> Sample:
        answer.wait(10)
        return alive(of)

    running = watch(slow, "a").start()
    seen, still_running = len(running.samples), running.running
    answer.set()
    running.wait()

    assert (seen, still_running) == (0, True)


def test_a_stopped_watch_takes_no_further_look() -> None:
    running = watch(alive, "a", seconds=60).start()
    running.stop()
    running.stop()
    taken = len(running.samples)

    assert running.wait() == running.samples
    assert len(running.samples) == taken < 60


def test_the_cost_is_bounded_and_told() -> None:
    many = Watch([lease("a")] * 100, alive, seconds=3600, every=0.1)

    assert many.rounds * 100 * 5 <= MOST_CALLS
    assert many.every > 300
    assert many.cost == (
        "watching 100 leases, a look every 400 s: at most 1,000 calls to Vault and 4,000 to AWS"
    )


@pytest.mark.parametrize("count", [0, 501])
def test_nothing_and_too_much_are_refused(count: int) -> None:
    with pytest.raises(LabError, match=f"watch {count} leases; it must be 1 to 500"):
        Watch([lease("a")] * count, alive, seconds=1)


def test_an_error_in_the_thread_is_raised_where_somebody_waits() -> None:
    def broken(_: Lease) -> Sample:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        watch(broken, "a").start().wait()


def test_the_table_shows_the_latest_look_in_place() -> None:
    shown: list[Grid] = []

    Watch(
        [lease("a"), lease("b")], alive, seconds=0.02, every=0.01, show=shown.append
    ).start().wait()

    assert shown[0].rows[0] == ("…le/a", "", "", "", "", "", "0")
    assert shown[-1].rows[0][1:] == ("5 s", "", "present", "1", "allowed", "3")
    assert len({grid.title for grid in shown}) == 1
