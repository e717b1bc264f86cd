"""When a plugin process ends: told to, or left alone.

A server that fails to talk to a plugin it started gives up without ending it, and one that is
killed cannot; so the process watches for itself.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

_GRACE_SECONDS = 1.0
_POLL_SECONDS = 1.0


class Lifetime:
    """The life of this process as the server's calls shape it; made on the event loop.

    Args:
        parent: process id of the server that started this process.
        patience: seconds to wait for the server's first call.
    """

    def __init__(self, parent: int, patience: float) -> None:
        self._parent = parent
        self._patience = patience
        self._connected = False
        self._over = asyncio.Event()

    def connected(self) -> None:
        """Note that the server found its way here."""
        self._connected = True

    def left(self) -> None:
        """Note that the server closed its broker stream: it shuts down properly, or it is dead."""
        # A proper end calls Shutdown right after, and that call must still find someone here.
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self.end)

    def end(self) -> None:
        """End the process."""
        self._over.set()

    async def until_over(self) -> None:
        """Wait for the end, or for a reason to end alone."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience
        while not self._over.is_set() and os.getppid() == self._parent:
            if not self._connected and clock() >= deadline:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), min(_POLL_SECONDS, self._patience))
