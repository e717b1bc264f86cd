"""The record of what a lab makes on servers that others use.

One file a lab, in a private folder of the user's own. Each line is written and flushed to disk
before the thing it names is created. It holds names and accessors, but no secrets.
The living lab holds a lock on its file, so that a sweep leaves that lab alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labkit.errors import LabError
from labkit.machine import locks
from labkit.machine.folders import state_home
from labkit.runtimes import private_folder

FILE_NAME = re.compile(r"[0-9a-f]{8}\.jsonl")
OPEN = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Thing:
    """Something that a lab creates on Vault or in AWS.

    Args:
        kind: a kind that `labkit.ownership.kinds` removes, such as "policy".
        name: its path, name, or accessor.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        """Return kind and name, as a message shows them."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Place:
    """The servers and the namespace in which a lab creates things.

    Args:
        lab_id: eight hexadecimal digits that no other lab has.
        vault_url: where Vault answers.
        namespace: the namespace that the user named; empty is the root namespace.
        aws_url: the AWS API; None is real AWS.
        is_alone: whether the user said that nobody else uses this Vault.
    """

    lab_id: str
    vault_url: str
    namespace: str
    aws_url: str | None
    is_alone: bool = False

    @property
    def mark(self) -> str:
        """The text by which the lab recognises its things on the servers."""
        return f"labkit {self.lab_id}"


@dataclass
class OwnershipRecord:
    """A lab's open record; holding it open keeps it locked.

    Args:
        place: where the things are.
        things: what is created there, in the order of creation.
    """

    place: Place
    things: list[Thing]
    _folder: Path = field(repr=False)
    _file: int = field(repr=False)

    def add(self, things: Iterable[Thing]) -> None:
        """Write down what is about to be created; on return it is on disk."""
        new = [*things]
        os.write(self._file, b"".join(_line(asdict(thing)) for thing in new))
        os.fsync(self._file)
        self.things += new

    def close(self) -> None:
        """Release the lock and keep the file. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """Delete the file, when nothing of the lab is left on the servers. Idempotent."""
        with private_folder.opened(self._folder) as folder, suppress(FileNotFoundError):
            os.unlink(_file_name(self.place), dir_fd=folder)
        self.close()


def default_folder(env: Mapping[str, str]) -> Path:
    """Return the folder of the records, which outlives a reboot, as a Vault does."""
    return state_home(env) / "labkit-records"


def create(place: Place, folder: Path) -> OwnershipRecord:
    """Create a lab's record and lock it; raise LabError if the folder is not private."""
    private_folder.create(folder)
    with private_folder.opened(folder) as descriptor:
        flags = OPEN | os.O_CREAT | os.O_EXCL
        file = os.open(_file_name(place), flags, 0o600, dir_fd=descriptor)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(file, _line(asdict(place)))
        os.fsync(file)
        os.fsync(descriptor)
    return OwnershipRecord(place, [], folder, file)


def abandoned(folder: Path) -> Iterator[OwnershipRecord]:
    """Yield the records whose lab no longer runs, each of them locked.

    Raises:
        LabError: the folder is not private, or a record cannot be read.
    """
    try:
        with private_folder.opened(folder) as descriptor:
            names = sorted(os.listdir(descriptor))  # noqa: PTH208 - the open folder, not a path
            for name in filter(FILE_NAME.fullmatch, names):
                if (file := _locked(name, descriptor)) is not None:
                    yield _read(file, folder / name)
    except FileNotFoundError:
        return


def _locked(name: str, descriptor: int) -> int | None:
    """Open and lock a record; return None if its lab holds the lock or has just removed it."""
    try:
        file = os.open(name, OPEN, dir_fd=descriptor)
    except FileNotFoundError:
        return None
    if locks.take(file):
        return file
    os.close(file)
    return None


def _read(file: int, path: Path) -> OwnershipRecord:
    """Read a record; a last line that was cut off named nothing that exists yet."""
    lines = os.pread(file, os.fstat(file).st_size, 0).split(b"\n")[:-1]
    try:
        place, *things = [json.loads(line) for line in lines]
        return OwnershipRecord(
            Place(**place), [Thing(**thing) for thing in things], path.parent, file
        )
    except (ValueError, TypeError) as error:
        os.close(file)
        raise LabError(
            f"Tried to read {path}: it is not a lab's record ({error}). Look at it and delete it."
        ) from error


def _file_name(place: Place) -> str:
    return f"{place.lab_id}.jsonl"


def _line(content: Mapping[str, str | bool | None]) -> bytes:
    return json.dumps(content).encode() + b"\n"
