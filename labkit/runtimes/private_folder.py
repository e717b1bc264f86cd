"""A folder that only this user can use: where the standing lab's socket, lock and log are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from labkit.errors import StartError
from labkit.machine.folders import state_home

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OTHERS = 0o077  # permission bits of the group and of all others


def default_path(env: Mapping[str, str]) -> Path:
    """Return the path of the user's folder for a standing lab; nothing is created.

    It is `labkit` below XDG_RUNTIME_DIR if that is a private folder of this user, else below
    XDG_STATE_HOME or `~/.local/state`. `su` keeps XDG_RUNTIME_DIR of the other user.
    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    runtime = Path(env.get("XDG_RUNTIME_DIR") or "")
    if runtime.is_absolute() and _is_private(runtime):
        return runtime / "labkit"
    return state_home(env) / "labkit"


def _is_private(folder: Path) -> bool:
    with suppress(OSError):
        return _complaint(folder.lstat()) == ""
    return False


def _complaint(found: os.stat_result) -> str:
    if not stat.S_ISDIR(found.st_mode):
        return "is not a folder"
    if found.st_uid != os.getuid():
        return "belongs to another user"
    if found.st_mode & OTHERS:
        return f"is open to other users (mode {stat.S_IMODE(found.st_mode):o})"
    return ""


def create(path: Path) -> None:
    """Create the folder with mode 0700 if it is missing; raise StartError if that fails.

    Whatever is there already is examined by `opened`.
    """
    if path.exists() or path.is_symlink():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"Tried to create {path} for the lab's state: {error.strerror}. "
            "Set XDG_RUNTIME_DIR to a folder of yours with mode 0700."
        ) from error


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open the folder and give its file descriptor, to be used as `dir_fd`.

    Symbolic links are not followed. The check is made on the open folder, so nobody can exchange
    the folder between the check and its use.

    Raises:
        FileNotFoundError: there is no such folder.
        StartError: the path is not a folder of this user with mode 0700.
    """
    try:
        descriptor = os.open(path, DIRECTORY)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refusal(path, f"cannot be opened ({error.strerror})") from error
    try:
        if complaint := _complaint(os.fstat(descriptor)):
            raise _refusal(path, complaint)
        yield descriptor
    finally:
        os.close(descriptor)


def _refusal(path: Path, complaint: str) -> StartError:
    return StartError(
        f"{path} {complaint}, so the lab does not use it. "
        "Remove it, or set XDG_RUNTIME_DIR to a folder of yours with mode 0700."
    )
