"""A static role and the key it holds, as they are stored and shown; nothing here does AWS calls.

The stored forms are those of Vault's own engine, so that another build of the engine can read them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from labkit.servers.plugin.request import Storage

ROLES = "static-roles/"
KEYS = "static-creds/"
NANOSECONDS = 10**9
ENTERPRISE = {"assume_role_arn": "", "assume_role_session_name": "", "external_id": ""}
"""Fields of Vault Enterprise: the community edition shows them empty and ignores what is given."""


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
            **ENTERPRISE,
        }


@dataclass(frozen=True)
class StaticKey:
    """The access key that a static role holds now.

    Args:
        access_key: its id.
        secret_key: its secret.
        expiration: when it is to be rotated, in seconds since 1970 (UTC); None if that is not
            known, as in what OpenBao's engine has stored.
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    expiration: float | None

    @classmethod
    def load(cls, storage: Storage, role_name: str) -> StaticKey | None:
        """Return the key of a static role, None if it holds none."""
        stored = storage.get(KEYS + role_name)
        if stored is None:
            return None
        entry = json.loads(stored)
        return cls(entry["access_key"], entry["secret_key"], _seconds(entry.get("expiration")))

    def store(self, storage: Storage, role_name: str) -> None:
        """Store the key, wrapped by the server's seal."""
        storage.put(KEYS + role_name, json.dumps(self.shown()).encode(), seal_wrap=True)

    def shown(self) -> dict[str, Any]:
        """Return what a client may read; the expiration is null if it is not known."""
        return {
            "access_key": self.access_key,
            "expiration": None if self.expiration is None else _rfc3339(self.expiration),
            "secret_key": self.secret_key,
        }


def _rfc3339(seconds: float) -> str:
    """Write a moment as Go does: UTC, with nanoseconds but no trailing zeros."""
    whole, nanoseconds = divmod(round(Fraction(seconds) * NANOSECONDS), NANOSECONDS)
    moment = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f".{nanoseconds:09d}".rstrip("0").rstrip(".")
    return f"{moment}{digits}Z"


def _seconds(moment: str | None) -> float | None:
    """Read a moment as Go writes it; Python reads no more than six digits of a fraction."""
    if moment is None:
        return None
    fraction = re.search(r"\.[0-9]+", moment)
    whole = datetime.fromisoformat(re.sub(r"\.[0-9]+", "", moment)).timestamp()
    return whole + (float(fraction.group()) if fraction else 0)
