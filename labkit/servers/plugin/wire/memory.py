"""Keep what this process holds in memory from core dumps and debuggers."""

from __future__ import annotations

import ctypes
import resource
import sys

PR_SET_DUMPABLE = 4


def protect_memory() -> None:
    """Forbid core dumps and, on Linux, debuggers of other processes of the same user.

    An engine holds the root keys. `exec` resets the second part, so the program that holds the
    keys calls this itself. Source: prctl(2), core(5).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
