"""What the server starts once a minute: the periodic function, and the walk of the log."""

from typing import Any

import pytest

from labkit.servers.plugin import wal
from labkit.servers.plugin.backend import Backend
from labkit.servers.plugin.errors import (
    EngineError,
    UserError,
)
from tests.servers.memory import MemoryStorage
from tests.servers.plugin.asking import ask, raising


@pytest.mark.parametrize(
    ("data", "now", "undone"), [({}, 159, 0), ({}, 161, 1), ({"immediate": True}, 100, 1)]
)
def test_the_log_is_walked_past_the_minimum_age_or_at_once_when_asked(
    data: dict[str, Any], now: float, undone: int
) -> None:
    storage = MemoryStorage()
    seen: list[object] = []
    wal.put(storage, "user", "u", clock=lambda: 100)
    backend = Backend([], rollback={"user": lambda _, data: seen.append(data)}, rollback_min_age=60)

    response = ask(backend, "rollback", data=data, storage=storage, now=now)

    assert response is None
    assert ["u"] * undone == seen


def test_a_failed_rollback_is_an_error_response() -> None:
    storage = MemoryStorage()
    wal.put(storage, "user", "u", clock=lambda: 0)
    backend = Backend([], rollback={"user": raising(EngineError("not today"))})

    with pytest.raises(UserError) as caught:
        ask(backend, "rollback", storage=storage, now=1e9)

    text = '1 error occurred:\n\t* error rolling back "user" entry: not today\n\n'
    assert text == str(caught.value)


def test_a_failing_periodic_function_does_not_keep_the_log_from_being_walked() -> None:
    storage = MemoryStorage()
    seen: list[object] = []
    wal.put(storage, "user", "u", clock=lambda: 0)
    backend = Backend(
        [],
        rollback={"user": lambda _, data: seen.append(data)},
        periodic=raising(EngineError("late")),
    )

    with pytest.raises(EngineError, match="late"):
        ask(backend, "rollback", storage=storage, now=1e9)

    assert seen == ["u"]


def test_the_periodic_function_sees_the_mounts_storage() -> None:
    storage = MemoryStorage()
    backend = Backend([], periodic=lambda request: request.storage.put("ran", b""))

    ask(backend, "rollback", storage=storage)

    assert "ran" in storage.entries


def test_all_that_went_wrong_in_a_rollback_is_told_together() -> None:
    storage = MemoryStorage()
    wal.put(storage, "ghost", None, clock=lambda: 0)
    late = raising(EngineError("late"))
    backend = Backend([], rollback={"user": late}, periodic=late)

    with pytest.raises(EngineError) as caught:
        ask(backend, "rollback", storage=storage, now=1e9)

    assert str(caught.value) == (
        "2 errors occurred:\n\t* late\n"
        '\t* error rolling back "ghost" entry: unknown type to rollback\n\n'
    )
