"""The folder of a lab: the user's own, on a disk with space, where programs may be started."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from labkit.errors import StartError

ENOUGH_BYTES = 1024 * 1024


def own_folder(env: Mapping[str, str], prefix: str = "labkit-") -> Path:
    """Make a folder in the first place that can start programs, and return its path.

    The places are the temporary directory, XDG_RUNTIME_DIR, and the user's cache directory.

    Raises:
        StartError: no place will do; the message says why for each.
    """
    reasons = []
    for place in _places(env):
        try:
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place)).resolve()
        except OSError as error:
            reasons.append(f"{place}: {error.strerror}")
            continue
        if reason := _unfit(folder):
            shutil.rmtree(folder, ignore_errors=True)
            reasons.append(f"{place}: {reason}")
            continue
        return folder
    raise StartError(
        f"The lab needs a folder for its files, but found none ({'; '.join(reasons)}). "
        "Set TMPDIR to a folder of yours that has space and may hold programs."
    )


def state_home(env: Mapping[str, str]) -> Path:
    """Return the user's folder for what outlives a reboot: XDG_STATE_HOME, `~/.local/state`.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    named = Path(env.get("XDG_STATE_HOME") or "")
    return named if named.is_absolute() else Path.home() / ".local/state"


def full_disk(folder: Path) -> str:
    """Return a sentence if the disk of a folder is full, else ""."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""
    if free >= ENOUGH_BYTES:
        return ""
    return f"The disk is full: {folder} has {free // 1024} KiB left. Free some space and try again"


def _places(env: Mapping[str, str]) -> Iterator[str]:
    named = [_temporary(), env.get("XDG_RUNTIME_DIR")]
    yield from dict.fromkeys(place for place in named if place)
    cache = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if cache.is_dir():
        yield str(cache)


def _temporary() -> str | None:
    try:
        return tempfile.gettempdir()
    except OSError:  # no place is writable, or every disk is full
        return None


def _unfit(folder: Path) -> str:
    """Return why a folder cannot hold the lab's files, or ""."""
    if full_disk(folder):
        return "the disk is full"
    program = folder / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    startable = os.access(program, os.X_OK)  # false on a file system mounted with noexec
    program.unlink()
    return "" if startable else "programs may not be started there (noexec)"
