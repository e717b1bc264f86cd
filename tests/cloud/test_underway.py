"""What has not propagated yet, without a server and on a clock of the test's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from labkit.cloud.propagation import Propagation
from labkit.cloud.underway import Underway

SLOW = Propagation(new_keys=2, deleted_keys=3)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def slow() -> tuple[Underway, Clock]:
    clock = Clock()
    underway = Underway(clock)
    underway.set(SLOW)
    return underway, clock


def test_by_default_nothing_takes_time() -> None:
    underway = Underway(Clock())
    underway.created("new")
    underway.deleted("old", "as it was")

    assert underway.in_force() == Propagation(0, 0)
    assert not underway.is_unknown("new")
    assert underway.remembered("old") is None


def test_a_new_key_is_unknown_until_its_time_is_over() -> None:
    underway, clock = slow()
    underway.created("new")

    clock.now += 1.9
    assert underway.is_unknown("new")
    clock.now += 0.1
    assert not underway.is_unknown("new")


def test_a_deleted_key_is_remembered_until_its_time_is_over() -> None:
    underway, clock = slow()
    underway.deleted("old", "as it was")

    clock.now += 2.9
    assert underway.remembered("old") == "as it was"
    clock.now += 0.1
    assert underway.remembered("old") is None


def test_a_key_from_before_is_neither_held_back_nor_revived() -> None:
    underway = Underway(Clock())
    underway.created("new")
    underway.deleted("old", "as it was")
    underway.set(SLOW)

    assert not underway.is_unknown("new")
    assert underway.remembered("old") is None


@pytest.mark.parametrize("later", [Propagation(), SLOW, Propagation(60, 60)])
def test_what_is_set_anew_ends_what_was_underway(later: Propagation) -> None:
    underway, _ = slow()
    underway.created("new")
    underway.deleted("old", "as it was")
    underway.set(later)

    assert underway.in_force() == later
    assert not underway.is_unknown("new")
    assert underway.remembered("old") is None


def test_nothing_is_kept_of_keys_whose_time_is_over() -> None:
    underway, clock = slow()
    for number in range(1000):
        underway.created(f"new-{number}")
        underway.deleted(f"old-{number}", "as it was")
    clock.now += 3
    underway.is_unknown("another")

    assert (underway._new, underway._deleted) == ({}, {})  # noqa: SLF001 - memory shows nowhere else


def test_threads_lose_no_key() -> None:
    underway, _ = slow()
    names = [f"key-{number}" for number in range(500)]
    with ThreadPoolExecutor(16) as threads:
        for name in names:
            threads.submit(underway.created, name)
            threads.submit(underway.deleted, name, name)

    assert all(underway.is_unknown(name) for name in names)
    assert [underway.remembered(name) for name in names] == names


@pytest.mark.parametrize("field", ["new_keys", "deleted_keys"])
@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (-0.1, ValueError, "must be from 0 to 60 seconds"),
        (60.1, ValueError, "must be from 0 to 60 seconds"),
        (float("nan"), ValueError, "must be from 0 to 60 seconds"),
        (float("inf"), ValueError, "must be from 0 to 60 seconds"),
        ("2", TypeError, "must be int or float, not str"),
        (True, TypeError, "must be int or float, not bool"),
        (None, TypeError, "must be int or float, not NoneType"),
    ],
)
def test_what_is_no_time_to_wait_is_refused(
    field: str,
    value: Any,  # noqa: ANN401 - also what it must not be
    kind: type[Exception],
    reason: str,
) -> None:
    with pytest.raises(kind, match=f"{field} {reason}"):
        Propagation(**{field: value})
