"""Stored values by name, each read once and kept until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class CachedByName(Generic[Value]):
    """Keeps the values that it has read. Thread-safe.

    A writer drops after it has stored, also if storing failed: the server may have stored the value
    nevertheless. A value that was read before a drop and arrives after it is not kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Value] = {}
        self._drops = 0

    def get(self, name: str, read: Callable[[], Value | None]) -> Value | None:
        """Return the kept value of a name, read now if there is none; an absent one is not kept."""
        with self._lock:
            if name in self._values:
                return self._values[name]
            drops = self._drops
        value = read()
        with self._lock:
            if value is not None and drops == self._drops:
                self._values[name] = value
        return value

    def drop(self, name: str) -> None:
        """Forget the value of a name; the next use reads it afresh."""
        with self._lock:
            self._values.pop(name, None)
            self._drops += 1
