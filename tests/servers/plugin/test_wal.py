import json

import pytest

from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError
from tests.servers.memory import MemoryStorage


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


def fail(_data: object) -> None:
    raise EngineError("not today")


def test_an_entry_has_the_form_of_vaults_framework(storage: MemoryStorage) -> None:
    entry_id = wal.put(storage, "user", {"UserName": "u"}, clock=lambda: 1234.5)

    stored = json.loads(storage.entries[f"wal/{entry_id}"])
    assert stored == {"type": "user", "data": {"UserName": "u"}, "created_at": 1234}


def test_a_struck_out_entry_is_gone(storage: MemoryStorage) -> None:
    wal.delete(storage, wal.put(storage, "user", None))

    assert storage.entries == {}


def test_an_old_entry_is_undone_once_and_forgotten(storage: MemoryStorage) -> None:
    wal.put(storage, "user", "u", clock=lambda: 100)
    undone: list[object] = []

    errors = wal.roll_back(storage, {"user": undone.append}, created_before=101)
    wal.roll_back(storage, {"user": undone.append}, created_before=101)

    assert errors == []
    assert undone == ["u"]
    assert storage.entries == {}


def test_a_young_entry_is_left_alone(storage: MemoryStorage) -> None:
    wal.put(storage, "user", "u", clock=lambda: 100)

    errors = wal.roll_back(storage, {"user": fail}, created_before=100)

    assert errors == []
    assert len(storage.entries) == 1


def test_an_entry_that_cannot_be_undone_is_kept_and_the_others_are_undone(
    storage: MemoryStorage,
) -> None:
    wal.put(storage, "user", "u", clock=lambda: 0)
    wal.put(storage, "group", "g", clock=lambda: 0)
    undone: list[object] = []

    errors = wal.roll_back(storage, {"user": fail, "group": undone.append}, created_before=1)

    assert errors == ['error rolling back "user" entry: not today']
    assert undone == ["g"]
    assert [json.loads(entry)["type"] for entry in storage.entries.values()] == ["user"]


def test_an_entry_of_unknown_kind_is_reported_and_kept(storage: MemoryStorage) -> None:
    wal.put(storage, "ghost", None, clock=lambda: 0)

    errors = wal.roll_back(storage, {}, created_before=1)

    assert errors == ['error rolling back "ghost" entry: unknown type to rollback']
    assert len(storage.entries) == 1


def test_a_damaged_entry_does_not_keep_the_others(storage: MemoryStorage) -> None:
    storage.put("wal/0", b"no json, but hunter2")
    wal.put(storage, "user", "u", clock=lambda: 0)
    undone: list[object] = []

    errors = wal.roll_back(storage, {"user": undone.append}, created_before=1)

    assert undone == ["u"]
    assert len(errors) == 1
    assert "JSONDecodeError" in errors[0]
    assert "hunter2" not in errors[0]
