"""A stored value that is read once and kept until it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class CachedValue(Generic[Value]):
    """Keeps what it has read; each look into storage costs an issue a millisecond.

    A writer drops after it has stored, so that nobody keeps what was read before; also if storing
    failed, for the server may have stored the value nevertheless.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: Value | None = None

    def get(self, read: Callable[[], Value]) -> Value:
        """Return the kept value, read now if there is none."""
        with self._lock:
            if self._value is None:
                self._value = read()
            return self._value

    def drop(self) -> None:
        """Forget the value; the next use reads it afresh."""
        with self._lock:
            self._value = None
