"""What `labkit credentials` keeps between two runs: JSON files that only the user can read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from labkit.errors import LabError, WaitError
from labkit.machine import locks
from labkit.machine.polling import happens_within
from labkit.runtimes import private_folder

LOCK_SECONDS = 60.0
FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC
T = TypeVar("T")


def file_name(kind: str, *parts: str) -> str:
    """Return a file name for each kind and each combination of parts."""
    return f"{kind}-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class PrivateFiles:
    """The JSON files in the user's private folder.

    Args:
        path: the folder.
        descriptor: the folder, opened.
    """

    path: Path
    descriptor: int

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lock of a file; raise WaitError if another process holds it for a minute."""
        flags = os.O_RDWR | os.O_CREAT | FLAGS
        lock = os.open(f"{name}.lock", flags, 0o600, dir_fd=self.descriptor)
        try:
            if not happens_within(LOCK_SECONDS, lambda: locks.take(lock)):
                raise WaitError(
                    f"Timed out after {LOCK_SECONDS:.0f} s: another `labkit credentials` holds the "
                    "lock of this role's cache. End that process, or try again."
                )
            yield
        finally:
            os.close(lock)

    def load(self, name: str, read: Callable[[Any], T]) -> T | None:
        """Return what `read` makes of a file's content, None if there is no such file.

        Raises:
            LabError: `read` could not use the content.
        """
        file = f"{name}.json"
        try:
            descriptor = os.open(file, os.O_RDONLY | FLAGS, dir_fd=self.descriptor)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as opened:
            content = opened.read()
        try:
            return read(json.loads(content))
        except (ValueError, TypeError, OverflowError) as error:
            raise LabError(
                f"Tried to read the cached key in {self.path / file}: it is broken. Remove that "
                "file, and the next command reads a new key from Vault."
            ) from error

    def store(self, name: str, content: Mapping[str, Any]) -> None:
        """Replace a file in one step, so that an interrupted command leaves the old one."""
        new, flags = f"{name}.json.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | FLAGS
        descriptor = os.open(new, flags, 0o600, dir_fd=self.descriptor)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
        inside = self.descriptor
        os.replace(new, f"{name}.json", src_dir_fd=inside, dst_dir_fd=inside)


@contextmanager
def private_files(env: Mapping[str, str]) -> Iterator[PrivateFiles]:
    """Open the user's private folder, which is created if it is missing."""
    folder = private_folder.default_path(env)
    private_folder.create(folder)
    with private_folder.opened(folder) as descriptor:
        yield PrivateFiles(folder, descriptor)
