"""The write-ahead log: what an engine is about to make outside, noted before it makes it.

An entry that outlives its operation means the operation broke half-way; the walk then undoes it.
The entries have the form of Vault's framework: `wal/<uuid>` = `{"type", "data", "created_at"}`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from labkit.servers.plugin.errors import EngineError, described
from labkit.servers.plugin.request import Storage

PREFIX = "wal/"


def put(
    storage: Storage,
    kind: str,
    data: Any,  # noqa: ANN401 - whatever JSON holds
    clock: Callable[[], float] = time.time,
) -> str:
    """Note what is about to be made, and return the entry's id.

    Args:
        storage: the mount's storage.
        kind: which of the engine's rollback functions undoes it.
        data: JSON-able; all that the rollback needs to know.
        clock: returns UTC seconds since the epoch.
    """
    entry_id = str(uuid.uuid4())
    entry = {"type": kind, "data": data, "created_at": int(clock())}
    storage.put(PREFIX + entry_id, json.dumps(entry).encode())
    return entry_id


def amend(
    storage: Storage,
    entry_id: str,
    data: Any,  # noqa: ANN401 - whatever JSON holds
) -> None:
    """Replace the data of an entry; its kind and its age stay."""
    stored = storage.get(PREFIX + entry_id)
    if stored is not None:
        entry = {**json.loads(stored), "data": data}
        storage.put(PREFIX + entry_id, json.dumps(entry).encode())


def entries(storage: Storage, kind: str) -> list[tuple[str, Any]]:
    """Return ID and data of each entry of a kind, whatever its age."""
    stored = ((entry_id, storage.get(PREFIX + entry_id)) for entry_id in storage.list(PREFIX))
    parsed = ((entry_id, json.loads(entry)) for entry_id, entry in stored if entry is not None)
    return [(entry_id, entry["data"]) for entry_id, entry in parsed if entry["type"] == kind]


def delete(storage: Storage, entry_id: str) -> None:
    """Strike an entry out: what it announced is done, or undone."""
    storage.delete(PREFIX + entry_id)


def roll_back(
    storage: Storage,
    undo: Mapping[str, Callable[[Any], None]],
    created_before: float,
) -> list[str]:
    """Undo every abandoned entry; one that fails is kept for the next walk.

    Args:
        storage: the mount's storage.
        undo: for each kind of entry, what undoes it.
        created_before: only entries older than this are touched; UTC seconds since the epoch.

    Returns:
        The errors, one text for each entry that failed.
    """
    errors = []
    for entry_id in storage.list(PREFIX):
        try:
            _roll_back_one(storage, undo, entry_id, created_before)
        except Exception as error:  # one bad entry must not keep the others
            errors.append(described(error))
    return errors


def _roll_back_one(
    storage: Storage,
    undo: Mapping[str, Callable[[Any], None]],
    entry_id: str,
    created_before: float,
) -> None:
    stored = storage.get(PREFIX + entry_id)
    if stored is None:
        return
    entry = json.loads(stored)
    if entry["created_at"] >= created_before:
        return
    try:
        undo.get(entry["type"], _unknown_kind)(entry["data"])
    except Exception as error:
        text = f'error rolling back "{entry["type"]}" entry: {described(error)}'
        raise EngineError(text) from error
    delete(storage, entry_id)


def _unknown_kind(_data: object) -> None:
    raise EngineError("unknown type to rollback")
