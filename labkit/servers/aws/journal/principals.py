"""Whose an access key is or was, and the secret that proves it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from moto.iam.models import iam_backends

CAPACITY = 100_000


class Owner(NamedTuple):
    """Who a key belongs to."""

    arn: str
    secret: str

    def __repr__(self) -> str:
        """Return a representation without the secret."""
        return f"Owner({self.arn!r})"


class Principals:
    """Looks keys up in moto and remembers the answers; thread-safe.

    Args:
        capacity: how many keys are remembered; beyond it the oldest are forgotten.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._known: OrderedDict[str, Owner] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def of(self, access_key_id: str | None) -> Owner | None:
        """Return the key's owner, or None if AWS never knew the key; deleted keys have one."""
        if access_key_id is None:
            return None
        if owner := _owner(access_key_id):
            self._remember(access_key_id, owner)
        with self._lock:
            return self._known.get(access_key_id)

    def _remember(self, access_key_id: str, owner: Owner) -> None:
        with self._lock:
            self._known[access_key_id] = owner
            if len(self._known) > self._capacity:
                self._known.popitem(last=False)


def _owner(access_key_id: str) -> Owner | None:
    """Return the user or role that moto holds the key for."""
    for account in list(iam_backends.values()):
        iam = account["aws"]
        if key := iam.access_keys.get(access_key_id):
            user = iam.users.get(key.user_name or "")
            arn = str(user.arn) if user else key.role_arn
            return Owner(arn, key.secret_access_key) if arn else None
    return None
