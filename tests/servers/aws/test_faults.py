"""Faults, without a server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws.faults import Faults

THROTTLING = Fault("CreateUser", "Throttling", status=400, times=2)
DOWN = Fault("*", "ServiceUnavailable")


def test_without_faults_no_call_meets_one() -> None:
    assert Faults().take("CreateUser") is None


def test_a_fault_meets_its_action_only() -> None:
    faults = Faults()
    faults.set([THROTTLING])

    assert faults.take("DeleteUser") is None
    assert faults.take("CreateUser") == THROTTLING


def test_a_star_meets_every_action_without_end() -> None:
    faults = Faults()
    faults.set([DOWN])

    assert [faults.take(action) for action in ("A", "B", "B")] == [DOWN, DOWN, DOWN]
    assert faults.current_faults() == [DOWN]


def test_a_counted_fault_is_gone_when_it_is_used_up() -> None:
    faults = Faults()
    faults.set([THROTTLING, DOWN])

    taken = [faults.take("CreateUser") for _ in range(3)]

    assert [fault.error for fault in taken if fault] == [
        "Throttling",
        "Throttling",
        "ServiceUnavailable",
    ]
    assert faults.current_faults() == [DOWN]


def test_threads_use_a_counted_fault_exactly_as_often_as_it_says() -> None:
    faults = Faults()
    faults.set([Fault("*", "Throttling", times=1000)])
    with ThreadPoolExecutor(16) as threads:
        taken = list(threads.map(faults.take, ["CreateUser"] * 3000))

    assert sum(fault is not None for fault in taken) == 1000


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"action": ""}, "action must name"),
        ({"action": 7}, "action must be str, not int"),
        ({"error": ""}, "error must be an AWS error code"),
        ({"status": 200}, "status must be from 400 to 599"),
        ({"status": True}, "status must be int, not bool"),
        ({"times": 0}, "times must be at least 1"),
        ({"delay": -1}, "delay must be from 0"),
    ],
)
def test_a_fault_that_could_not_be_answered_with_is_refused(
    fields: dict[str, Any], reason: str
) -> None:
    good = {"action": "*", "error": "Throttling"}
    with pytest.raises((TypeError, ValueError), match=reason):
        Fault(**(good | fields))
