"""Run a lab in the background: `labkit up` starts it, `labkit down` ends it.

A keeper process holds the lab and a lock. The lock and the keeper's socket end with the keeper,
however it ends, so a killed keeper is never taken for a lab.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from labkit.commands import environment
from labkit.errors import LabError, StartError, WaitError
from labkit.flow import steps
from labkit.machine import locks
from labkit.machine.polling import happens_within
from labkit.redact import redact_text
from labkit.runtimes import choice, private_folder, standing
from labkit.runtimes.standing import Standing

START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOCK, LOG = "keeper.lock", "keeper.log"
_keepers: dict[int, subprocess.Popen[bytes]] = {}  # those that this process started


def default_folder() -> Path:
    """Return the folder of this user's standing lab."""
    return private_folder.default_path(os.environ)


def up(through: str | None = None, folder: Path | None = None) -> Standing:
    """Start a lab in a process of its own and return its state.

    Args:
        through: name of the last step to replay, None for an empty lab.
        folder: where the keeper's socket, lock and log are; None is the user's own folder.

    Raises:
        LabError: there is no such step, a lab stands already, or this lab did not start.
        KeyboardInterrupt: Ctrl-C was pressed; the lab was ended before.
    """
    folder = folder or default_folder()
    if through is not None:
        steps.through(through)
    env = environment.without_standing_lab(os.environ)
    private_folder.create(folder)
    with private_folder.opened(folder) as descriptor, _locked(descriptor) as lock:
        choice.choose_runtime(env)  # here, because a pull may take minutes and shows its progress
        keeper = _start_keeper(folder, descriptor, lock, through, env)
    try:
        _wait_for_start(keeper, folder)
    except BaseException:
        _end_child(keeper)
        raise
    return standing.read(folder)


@contextmanager
def _locked(descriptor: int) -> Iterator[int]:
    """Lock the folder and give the lock's file descriptor; a child that has it keeps the lock.

    Only `up` takes this lock, so no other command can be in its way.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    lock = os.open(LOCK, flags, 0o600, dir_fd=descriptor)
    try:
        if not locks.take(lock):
            raise StartError(
                "A lab stands already, or is being started or ended: `labkit status` shows it, "
                "`labkit down` ends it."
            )
        yield lock
    finally:
        os.close(lock)


def _start_keeper(
    folder: Path, descriptor: int, lock: int, through: str | None, env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    log = os.open(LOG, flags, 0o600, dir_fd=descriptor)
    command = [sys.executable, "-P", "-m", "labkit", "keep", str(folder), str(lock)]
    try:
        keeper = subprocess.Popen(
            [*command, *([through] if through else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(env),
            start_new_session=True,
            pass_fds=[lock],
        )
    finally:
        os.close(log)
    _keepers[keeper.pid] = keeper
    return keeper


def _wait_for_start(keeper: subprocess.Popen[bytes], folder: Path) -> None:
    def has_started() -> bool:
        if not (up := is_up(folder)) and keeper.poll() is not None:
            raise StartError(f"The lab did not start:\n{_log_tail(folder)}")
        return up

    if not happens_within(START_SECONDS, has_started):
        raise WaitError(
            f"Timed out after {START_SECONDS:.0f} s: the lab did not start, and was ended. "
            f"Its log ends:\n{_log_tail(folder)}"
        )


def _log_tail(folder: Path) -> str:
    return redact_text((folder / LOG).read_text(errors="replace")[-2000:])


def _end_child(keeper: subprocess.Popen[bytes]) -> None:
    """End a keeper that this process started and that does not stand yet."""
    keeper.terminate()
    try:
        keeper.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()
    _keepers.pop(keeper.pid, None)


def down(folder: Path | None = None) -> None:
    """End the standing lab and return when it is gone.

    The keeper is asked on its socket. A keeper that does not obey in time is killed, and its
    servers end with it.

    Raises:
        LabError: no lab stands, or its servers still ran after the keeper was killed.
    """
    folder = folder or default_folder()
    with standing.connected(folder) as keeper:
        running = _with_offspring(standing.peer(keeper))
        keeper.settimeout(STOP_SECONDS)
        try:
            standing.ask(keeper, standing.STOP)
        except WaitError:
            _kill(running)  # the connection still stands, so the process id is the keeper's
    if left := _still_running(running):
        raise LabError(
            f"The lab's keeper ended, but {len(left)} of its processes still run: "
            f"{', '.join(str(process.pid) for process in left)}. Look at them with `ps`."
        )
    _remove_log(folder)


def _with_offspring(peer: tuple[int, int] | None) -> list[psutil.Process]:
    if peer is None:
        return []
    try:
        keeper = psutil.Process(peer[0])
        return [keeper, *keeper.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(running: list[psutil.Process]) -> None:
    """Kill the keeper, the first of its processes; the supervisors then end its servers."""
    for keeper in running[:1]:
        with suppress(psutil.NoSuchProcess):
            keeper.kill()


def _still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that have not ended within the time for a stop."""
    happens_within(STOP_SECONDS, lambda: not any(map(_runs, processes)))
    return [process for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    """Whether a process runs; in a container without an init, an ended one stays a zombie."""
    if keeper := _keepers.get(process.pid):
        keeper.poll()
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _remove_log(folder: Path) -> None:
    with private_folder.opened(folder) as descriptor, suppress(FileNotFoundError):
        os.unlink(LOG, dir_fd=descriptor)


def is_up(folder: Path | None = None) -> bool:
    """Whether a lab stands and has started."""
    for keeper in _keepers.values():
        keeper.poll()  # a killed keeper does not stay a zombie
    try:
        standing.read(folder or default_folder())
    except LabError:
        return False
    return True


def state(folder: Path | None = None) -> Standing:
    """Return what the keeper tells about its lab; raise LabError if no lab stands."""
    return standing.read(folder or default_folder())
