"""The faults in force."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from labkit.servers.aws.api.fault import Fault


def spent(fault: Fault) -> list[Fault]:
    """Return what is left of a fault after one more call has met it."""
    if fault.times is None:
        return [fault]
    return [replace(fault, times=fault.times - 1)] if fault.times > 1 else []


class Faults:
    """The faults in force; safe to use from many threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def set(self, faults: Sequence[Fault]) -> None:
        """Put these faults in force, in place of all others."""
        with self._lock:
            self._faults = list(faults)

    def current_faults(self) -> list[Fault]:
        """Return the faults in force with the times they have left."""
        with self._lock:
            return list(self._faults)

    def take(self, action: str) -> Fault | None:
        """Return the first fault that a call of this action meets, and count the call."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.matches(action):
                    self._faults[place : place + 1] = spent(fault)
                    return fault
        return None
