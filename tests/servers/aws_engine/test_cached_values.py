"""Stored values in memory: each issue uses what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from labkit.servers.aws_engine.stored.cached_by_name import CachedByName
from labkit.servers.aws_engine.stored.lease_entry import LeaseConfig
from labkit.servers.plugin.errors import EngineError, UserError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.memory import MemoryStorage


def store(engine: EngineUnderTest, credential_type: str, key: str = "role/test") -> None:
    """Store a role as another instance of the engine does, without this one."""
    engine.storage.put(key, json.dumps({"credential_types": [credential_type]}).encode())


def type_issued(engine: EngineUnderTest, name: str = "test") -> str:
    """Return the credential type that an issue finds in the role: an unknown type is named."""
    with pytest.raises(UserError) as refused:
        engine.read(f"creds/{name}")
    return str(refused.value)


def test_a_write_of_another_instance_is_seen_once_the_server_tells(engine: EngineUnderTest) -> None:
    assert engine.backend.invalidate is not None
    store(engine, "first")
    assert type_issued(engine) == 'unknown credential_type: "first"'
    store(engine, "second")
    assert type_issued(engine) == 'unknown credential_type: "first"', "the role is not kept"

    for key in ("role/other", "config/root", "test"):
        engine.backend.invalidate(key)
    assert type_issued(engine) == 'unknown credential_type: "first"'
    engine.backend.invalidate("role/test")

    assert type_issued(engine) == 'unknown credential_type: "second"'


def test_own_writes_and_deletions_are_seen_at_once(engine: EngineUnderTest) -> None:
    store(engine, "first")
    type_issued(engine)
    engine.write("roles/test", credential_type="federation_token")
    assert "unknown credential_type" not in type_issued(engine)

    engine.delete("roles/test")

    assert type_issued(engine) == 'Role "test" not found'


def test_an_absent_role_is_not_kept(engine: EngineUnderTest) -> None:
    assert type_issued(engine) == 'Role "test" not found'
    store(engine, "first")

    assert type_issued(engine) == 'unknown credential_type: "first"'


def test_a_key_under_the_old_prefix_is_a_role_too(engine: EngineUnderTest) -> None:
    assert engine.backend.invalidate is not None
    store(engine, "first")
    type_issued(engine)
    store(engine, "second")

    engine.backend.invalidate("policy/test")

    assert type_issued(engine) == 'unknown credential_type: "second"'


def test_a_value_that_changes_while_it_is_read_is_not_kept() -> None:
    values = CachedByName[str]()

    def read_the_old_value() -> str:
        values.drop("name")  # the value changes after it was read
        return "old"

    assert values.get("name", read_the_old_value) == "old"
    assert values.get("name", lambda: "new") == "new"
    assert values.get("name", lambda: "newer") == "new"


@dataclass
class LostAnswers(MemoryStorage):
    """A storage that stores, but whose answers are lost for a while."""

    lost: bool = False

    def put(self, key: str, value: bytes, *, seal_wrap: bool = False) -> None:
        super().put(key, value, seal_wrap=seal_wrap)
        self._may_answer()

    def delete(self, key: str) -> None:
        was_there = key in self.entries
        super().delete(key)
        if was_there:
            self._may_answer()

    def _may_answer(self) -> None:
        if self.lost:
            raise EngineError("the server did not answer")


def region(engine: EngineUnderTest) -> str:
    return engine.mount.clients.config(engine.storage).region


def lease(engine: EngineUnderTest) -> float:
    return engine.mount.lease.get(lambda: LeaseConfig.load(engine.storage)).lease


CHANGES: dict[str, tuple[Callable[[EngineUnderTest], object], Callable[[EngineUnderTest], object]]]
CHANGES = {
    "roles, write": (
        type_issued,
        lambda engine: engine.write("roles/test", credential_type="federation_token"),
    ),
    "roles, delete": (type_issued, lambda engine: engine.delete("roles/test")),
    "config/lease": (
        lease,
        lambda engine: engine.write("config/lease", lease="7s", lease_max="8s"),
    ),
    "config/root": (region, lambda engine: engine.write("config/root", region="eu-west-1")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_value_that_was_stored_though_the_answer_was_lost_is_used(change: str) -> None:
    use, write = CHANGES[change]
    engine = EngineUnderTest(storage=(storage := LostAnswers()))
    engine.write("config/root", region="eu-north-1")
    engine.write("config/lease", lease="5s", lease_max="6s")
    store(engine, "first")
    before = use(engine)

    storage.lost = True
    with pytest.raises(EngineError, match="did not answer"):
        write(engine)
    storage.lost = False

    assert use(engine) != before
    assert use(engine) == use(EngineUnderTest(storage=storage))
