"""Whose an access key is, also after it was deleted."""

from __future__ import annotations

import threading
from collections import OrderedDict

from moto.iam.models import iam_backends

CAPACITY = 100_000


class Principals:
    """Looks keys up in moto and remembers the answers; safe to use from many threads.

    Args:
        capacity: how many keys are remembered; beyond it the oldest are forgotten.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def of(self, access_key_id: str | None) -> str | None:
        """Return the ARN of the key's owner, or None if AWS never knew the key."""
        if access_key_id is None:
            return None
        if arn := _owner(access_key_id):
            self._remember(access_key_id, arn)
        with self._lock:
            return self._known.get(access_key_id)

    def _remember(self, access_key_id: str, arn: str) -> None:
        with self._lock:
            self._known[access_key_id] = arn
            if len(self._known) > self._capacity:
                self._known.popitem(last=False)


def _owner(access_key_id: str) -> str | None:
    """Return the ARN of the user or role that moto holds the key for."""
    for account in list(iam_backends.values()):
        iam = account["aws"]
        if key := iam.access_keys.get(access_key_id):
            user = iam.users.get(key.user_name or "")
            return str(user.arn) if user else key.role_arn
    return None
