"""A static role and the key it holds, as they are stored and shown; nothing here does AWS calls.

The stored forms are those of Vault's own engine, so that another build of the engine can read them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labkit.servers.plugin.request import Storage

ROLES = "static-roles/"
KEYS = "static-creds/"
NANOSECONDS = 10**9


@dataclass(frozen=True)
class StaticRole:
    """An IAM user whose access key the engine holds and rotates.

    Args:
        name: the static role's.
        id: IAM's own id of the user, which a user of the same name created later does not have.
        username: the IAM user's.
        rotation_period: seconds from one key to the next.
    """

    name: str
    id: str
    username: str
    rotation_period: int

    @classmethod
    def load(cls, storage: Storage, name: str) -> StaticRole | None:
        """Return a stored static role, None if there is none of that name."""
        stored = storage.get(ROLES + name)
        if stored is None:
            return None
        entry = json.loads(stored)
        period = entry["rotation_period"] // NANOSECONDS
        return cls(entry["name"], entry["id"], entry["username"], period)

    def store(self, storage: Storage) -> None:
        """Store the static role."""
        entry = {**self.shown(), "rotation_period": self.rotation_period * NANOSECONDS}
        storage.put(ROLES + self.name, json.dumps(entry).encode())

    def shown(self) -> dict[str, Any]:
        """Return what a client may read."""
        return {
            "name": self.name,
            "id": self.id,
            "username": self.username,
            "rotation_period": self.rotation_period,
        }


@dataclass(frozen=True)
class StaticKey:
    """The access key that a static role holds now.

    Args:
        access_key: its id.
        secret_key: its secret.
        expiration: when it is to be rotated, in whole seconds since 1970 (UTC); None if that is
            not known, as in what OpenBao's engine has stored.
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    expiration: int | None

    @classmethod
    def load(cls, storage: Storage, role_name: str) -> StaticKey | None:
        """Return the key of a static role, None if it holds none."""
        stored = storage.get(KEYS + role_name)
        if stored is None:
            return None
        entry = json.loads(stored)
        expiration = entry.get("expiration")
        due = None if expiration is None else int(datetime.fromisoformat(expiration).timestamp())
        return cls(entry["access_key"], entry["secret_key"], due)

    def store(self, storage: Storage, role_name: str) -> None:
        """Store the key, wrapped by the server's seal."""
        storage.put(KEYS + role_name, json.dumps(self.shown()).encode(), seal_wrap=True)

    def shown(self) -> dict[str, Any]:
        """Return what a client may read, with the expiration as RFC 3339 writes it."""
        shown = {"access_key": self.access_key, "secret_key": self.secret_key}
        if self.expiration is None:
            return shown
        moment = datetime.fromtimestamp(self.expiration, UTC)
        return {**shown, "expiration": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
