"""Remove the folders of killed labs.

A lab's process holds a lock in its folder. The lock ends with the process, however it ends, so a
folder whose lock is free belongs to a lab that is dead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from labkit.errors import StartError
from labkit.machine import locks
from labkit.runtimes import private_folder

LOCK = "owner.lock"


def hold(folder: Path) -> IO[str]:
    """Lock a folder for this process; closing the file, or the process's end, releases it.

    The file gets its name after it is locked, so nobody ever finds it unlocked while we live.
    """
    unnamed = folder / f".{LOCK}"
    file = unnamed.open("w")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.rename(folder / LOCK)
    return file


def sweep(parent: Path | None = None) -> int:
    """Remove the folders of this user's dead labs and return their number.

    Args:
        parent: where to look; None is the system's folder for temporary files.
    """
    found = Path(parent or tempfile.gettempdir()).glob("labkit-*")
    return sum(_remove_if_dead(folder) for folder in found)


def _remove_if_dead(folder: Path) -> bool:
    """Remove a folder if it is a private folder of this user with a lock that nobody holds."""
    try:
        with private_folder.opened(folder) as descriptor:
            if not _is_free(descriptor):
                return False
    except (OSError, StartError):  # not ours, or another process was quicker
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def _is_free(descriptor: int) -> bool:
    lock = os.open(LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
    try:
        return locks.take(lock, shared=True)
    finally:
        os.close(lock)
