"""The Vault roles in a mount's storage."""

from __future__ import annotations

import json

from labkit.servers.aws_engine.stored.legacy_role import role_from_text
from labkit.servers.aws_engine.stored.role_entry import Role
from labkit.servers.plugin.request import Storage

PREFIX = "role/"
LEGACY_PREFIX = "policy/"


def load(storage: Storage, name: str) -> Role | None:
    """Return a stored Vault role, None if there is none of that name.

    A role that is stored only under the old prefix is converted and moved.
    """
    stored = storage.get(PREFIX + name)
    if stored is not None:
        return Role.from_stored(json.loads(stored))
    legacy = storage.get(LEGACY_PREFIX + name)
    if legacy is None:
        return None
    role = role_from_text(legacy.decode(errors="replace"))
    store(storage, name, role)
    storage.delete(LEGACY_PREFIX + name)
    return role


def name_of(key: str) -> str | None:
    """Return the name of the Vault role under a storage key, None if the key holds no role."""
    for prefix in (PREFIX, LEGACY_PREFIX):
        if key.startswith(prefix):
            return key.removeprefix(prefix)
    return None


def store(storage: Storage, name: str, role: Role) -> None:
    """Store a Vault role."""
    storage.put(PREFIX + name, json.dumps(role.stored()).encode())


def delete(storage: Storage, name: str) -> None:
    """Delete a Vault role; a role that does not exist is ignored."""
    for prefix in (LEGACY_PREFIX, PREFIX):
        storage.delete(prefix + name)


def names(storage: Storage) -> list[str]:
    """Return the names of all Vault roles, those under the old prefix last."""
    return [*storage.list(PREFIX), *storage.list(LEGACY_PREFIX)]
