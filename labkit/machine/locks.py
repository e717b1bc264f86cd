"""Locks on open files: a lock ends with the process that holds it, however the process ends."""

from __future__ import annotations

import fcntl
from typing import IO


def take(file: int | IO[str], *, shared: bool = False) -> bool:
    """Lock an open file without waiting; return False if another process holds a lock on it.

    Args:
        file: the open file, or its descriptor.
        shared: allow others a shared lock at the same time: enough to see whether it is free.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
