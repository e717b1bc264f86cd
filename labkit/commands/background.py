"""A lab that stands without a kernel: `labkit up` leaves it, `labkit down` ends it.

A keeper process holds the lab. While it lives it holds a lock on its state file, so that a state
file that a killed keeper left is never taken for a lab.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labkit.commands.environment import exports
from labkit.errors import LabError, StartError, WaitError
from labkit.lab import Lab
from labkit.redact import redact_text
from labkit.runtimes import choice

START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.1
_keepers: dict[int, subprocess.Popen[bytes]] = {}  # those that this process started
FOLDER = Path(tempfile.gettempdir()) / f"labkit-standing-{os.getuid()}"


@dataclass(frozen=True)
class State:
    """What a keeper writes for others.

    Args:
        pid: the keeper's process.
        lab: the lab in one line.
        exports: the variables that lead to it.
    """

    pid: int
    lab: str
    exports: dict[str, str] = field(repr=False)


def up(through: str | None = None, folder: Path = FOLDER) -> Mapping[str, str]:
    """Start a lab in a process of its own and return its exports.

    Args:
        through: name of the last step to replay, None for an empty lab.
        folder: where the keeper's state and log are.

    Raises:
        StartError: a lab stands already, or this one did not start.
    """
    if is_up(folder):
        raise StartError("A lab stands already: `labkit status` shows it, `labkit down` ends it.")
    choice.choose_runtime(os.environ)  # here, for a pull may take minutes and shows its progress
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise StartError(f"{folder} belongs to somebody else, so no lab's keys are put there.")
    log = folder / "keeper.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "labkit", "keep", str(folder), *([through] if through else [])],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _keepers[keeper.pid] = keeper
    _wait(lambda: is_up(folder) or keeper.poll() is not None, START_SECONDS, "the lab to stand")
    if keeper.poll() is not None:
        raise StartError(f"The lab did not start:\n{redact_text(log.read_text()[-2000:])}")
    return state(folder).exports


def keep(folder: Path, through: str | None = None) -> None:
    """Hold a lab until SIGTERM; this is what `up` runs in the background."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with Lab.start(through=through) as lab, _state_file(folder).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        json.dump(asdict(State(os.getpid(), repr(lab), exports(lab))), file)
        file.flush()
        signal.pause()


def down(folder: Path = FOLDER) -> None:
    """End the standing lab and wait until it is gone; raise LabError if none stands."""
    pid = state(folder).pid
    os.kill(pid, signal.SIGTERM)
    _wait(lambda: not is_up(folder), STOP_SECONDS, "the lab to end")
    if keeper := _keepers.pop(pid, None):
        keeper.wait(STOP_SECONDS)


def is_up(folder: Path = FOLDER) -> bool:
    """Whether a keeper holds the lock on its state file."""
    for keeper in _keepers.values():
        keeper.poll()  # one that was killed is not left a zombie
    try:
        with _state_file(folder).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return bool(_state_file(folder).read_text())
    return False


def state(folder: Path = FOLDER) -> State:
    """Return what the keeper wrote; raise LabError if no lab stands."""
    if not is_up(folder):
        raise LabError("No lab stands. `labkit up` starts one.")
    return State(**json.loads(_state_file(folder).read_text()))


def _state_file(folder: Path) -> Path:
    return folder / "lab.json"


def _wait(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise WaitError(f"Waited {seconds:.0f} s for {what}, in vain.")
        time.sleep(POLL_SECONDS)
