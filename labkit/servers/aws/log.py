"""The server's log, which strange requests cannot fill."""

from __future__ import annotations

import logging
import threading
import time

PER_MINUTE = 10  # tracebacks
MINUTE = 60  # seconds

log = logging.getLogger("labkit.servers.aws")


class Limit:
    """Lets a few things happen each minute; thread-safe.

    Args:
        most: how many each minute.
    """

    def __init__(self, most: int = PER_MINUTE) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._since, self._count, self._left_out = 0.0, 0, 0

    def take(self, now: float) -> int | None:
        """Return how many were left out before this one, None if this one is to be left out.

        Args:
            now: seconds, from any start.
        """
        with self._lock:
            if now - self._since >= MINUTE:
                self._since, self._count = now, 0
            if self._count >= self._most:
                self._left_out += 1
                return None
            self._count += 1
            left_out, self._left_out = self._left_out, 0
            return left_out


_failures = Limit()


def log_failure(call: str, error: BaseException) -> None:
    """Write a traceback to the log, at most ten each minute."""
    left_out = _failures.take(time.monotonic())
    if left_out is None:
        return
    more = f" ({left_out} tracebacks were left out before)" if left_out else ""
    log.error("moto failed at %.200s%s", call, more, exc_info=error)
