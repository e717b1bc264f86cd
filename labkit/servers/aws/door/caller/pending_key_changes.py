"""The creations and deletions of access keys that have not propagated yet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from labkit.servers.aws.api.propagation import Propagation

Key = TypeVar("Key")  # what a key was, as it was noted


class PendingKeyChanges(Generic[Key]):
    """Which keys AWS does not know yet, and which it still knows; safe to use from many threads.

    What was created or deleted before a propagation was in force is not touched by it.

    Args:
        clock: seconds, from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._propagation = Propagation()
        self._new: dict[str, float] = {}  # until when it is refused
        self._deleted: dict[str, tuple[float, Key]] = {}  # until when it works, and as what
        self._lock = threading.Lock()

    def set(self, propagation: Propagation) -> None:
        """Put a propagation in force, in place of the earlier; what was pending is over."""
        with self._lock:
            self._propagation = propagation
            self._new, self._deleted = {}, {}

    def current_faults(self) -> Propagation:
        """Return the propagation in force."""
        with self._lock:
            return self._propagation

    def created(self, key_id: str) -> None:
        """Note that a key was created just now."""
        with self._lock:
            self._new[key_id] = self._clock() + self._propagation.new_keys
            self._forget()

    def deleted(self, key_id: str, key: Key) -> None:
        """Note that a key is being deleted just now, and what it is until AWS knows that."""
        with self._lock:
            self._deleted[key_id] = (self._clock() + self._propagation.deleted_keys, key)
            self._forget()

    def is_unknown(self, key_id: str) -> bool:
        """Say whether a key is too new to be known."""
        with self._lock:
            self._forget()
            return key_id in self._new

    def remembered(self, key_id: str) -> Key | None:
        """Return what a deleted key was, while AWS has not forgotten it; else None."""
        with self._lock:
            self._forget()
            return self._deleted[key_id][1] if key_id in self._deleted else None

    def _forget(self) -> None:
        """Forget the keys whose time is over."""
        now = self._clock()
        self._new = {key: until for key, until in self._new.items() if until > now}
        self._deleted = {key: one for key, one in self._deleted.items() if one[0] > now}
