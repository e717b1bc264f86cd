"""When a plugin process ends: told to, or left alone.

A server that fails to talk to a plugin it started gives up without ending it, and one that is
killed cannot; so the process watches for itself.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

_GRACE_SECONDS = 0.5
_POLL_SECONDS = 1.0


class ProcessLifetime:
    """The life of this process as the server's calls shape it. Thread-safe.

    Args:
        parent: process id of the server that started this process.
        patience: seconds to wait until the server has set the engine up.
        clock: returns seconds.
    """

    def __init__(
        self, parent: int, patience: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._parent = parent
        self._patience = patience
        self._clock = clock
        self._set_up = False
        self._ends: SimpleQueue[None] = SimpleQueue()  # unlike an Event, safe in a signal handler

    def set_up(self) -> None:
        """Note that the server found its way here and uses the engine."""
        self._set_up = True

    def end_soon(self) -> None:
        """End the process, but let the server hear the last words first."""
        timer = threading.Timer(_GRACE_SECONDS, self.end)
        timer.daemon = True
        timer.start()

    def end(self) -> None:
        """End the process."""
        self._ends.put(None)

    def wait(self) -> None:
        """Wait for the end, or for a reason to end alone."""
        deadline = self._clock() + self._patience
        while os.getppid() == self._parent:
            if not self._set_up and self._clock() >= deadline:
                return
            with suppress(Empty):
                self._ends.get(timeout=min(_POLL_SECONDS, self._patience))
                return
