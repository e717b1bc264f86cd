"""When a plugin process ends: told to, or left alone.

A server that fails to talk to a plugin it started gives up without ending it, and one that is
killed cannot; so the process watches for itself.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

_GRACE_SECONDS = 0.5
_POLL_SECONDS = 1.0


class Lifetime:
    """The life of this process as the server's calls shape it; made on the event loop.

    Args:
        parent: process id of the server that started this process.
        patience: seconds to wait until the server has set the engine up.
    """

    def __init__(self, parent: int, patience: float) -> None:
        self._parent = parent
        self._patience = patience
        self._set_up = False
        self._over = asyncio.Event()

    def set_up(self) -> None:
        """Note that the server found its way here and uses the engine."""
        self._set_up = True

    def end_soon(self) -> None:
        """End the process, but let the server hear the last words first."""
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self.end)

    def end(self) -> None:
        """End the process."""
        self._over.set()

    async def until_over(self) -> None:
        """Wait for the end, or for a reason to end alone."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience
        while not self._over.is_set() and os.getppid() == self._parent:
            if not self._set_up and clock() >= deadline:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), min(_POLL_SECONDS, self._patience))
