"""What has not propagated yet, without a server and on a clock of the test's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from labkit.servers.aws.api.propagation import Propagation
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from tests.clock import Clock

SLOW = Propagation(new_keys=2, deleted_keys=3)


def slow() -> tuple[PendingKeyChanges[str], Clock]:
    clock = Clock()
    pending: PendingKeyChanges[str] = PendingKeyChanges(clock)
    pending.set(SLOW)
    return pending, clock


def test_by_default_nothing_takes_time() -> None:
    pending: PendingKeyChanges[str] = PendingKeyChanges(Clock())
    pending.created("new")
    pending.deleted("old", "as it was")

    assert pending.current_faults() == Propagation(0, 0)
    assert not pending.is_unknown("new")
    assert pending.remembered("old") is None


def test_a_new_key_is_unknown_until_its_time_is_over() -> None:
    pending, clock = slow()
    pending.created("new")

    clock.now += 1.9
    assert pending.is_unknown("new")
    clock.now += 0.1
    assert not pending.is_unknown("new")


def test_a_deleted_key_is_remembered_until_its_time_is_over() -> None:
    pending, clock = slow()
    pending.deleted("old", "as it was")

    clock.now += 2.9
    assert pending.remembered("old") == "as it was"
    clock.now += 0.1
    assert pending.remembered("old") is None


def test_a_key_from_before_is_neither_held_back_nor_revived() -> None:
    pending: PendingKeyChanges[str] = PendingKeyChanges(Clock())
    pending.created("new")
    pending.deleted("old", "as it was")
    pending.set(SLOW)

    assert not pending.is_unknown("new")
    assert pending.remembered("old") is None


@pytest.mark.parametrize("later", [Propagation(), SLOW, Propagation(60, 60)])
def test_what_is_set_anew_ends_what_was_underway(later: Propagation) -> None:
    pending, _ = slow()
    pending.created("new")
    pending.deleted("old", "as it was")
    pending.set(later)

    assert pending.current_faults() == later
    assert not pending.is_unknown("new")
    assert pending.remembered("old") is None


def test_nothing_is_kept_of_keys_whose_time_is_over() -> None:
    pending, clock = slow()
    for number in range(1000):
        pending.created(f"new-{number}")
        pending.deleted(f"old-{number}", "as it was")
    clock.now += 3
    pending.is_unknown("another")

    assert (pending._new, pending._deleted) == ({}, {})  # noqa: SLF001 - memory shows nowhere else


def test_threads_lose_no_key() -> None:
    pending, _ = slow()
    names = [f"key-{number}" for number in range(500)]
    with ThreadPoolExecutor(16) as threads:
        for name in names:
            threads.submit(pending.created, name)
            threads.submit(pending.deleted, name, name)

    assert all(pending.is_unknown(name) for name in names)
    assert [pending.remembered(name) for name in names] == names


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
    value: Any,
    kind: type[Exception],
    reason: str,
) -> None:
    with pytest.raises(kind, match=f"{field} {reason}"):
        Propagation(**{field: value})
