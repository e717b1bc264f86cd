"""The processes of a lab, seen from outside it."""

import signal
import time
from typing import IO, AnyStr

import psutil

from labkit.machine.polling import happens_within

GONE_WITHIN = 5.0  # seconds; what the lab promises after a SIGKILL


def offspring(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def pipe(stream: IO[AnyStr] | None) -> IO[AnyStr]:
    """Return a stream of a process that was started with `PIPE`; Popen types it as optional."""
    assert stream is not None
    return stream


def stop(process: psutil.Process) -> None:
    """Stop a process by SIGSTOP and return once it stands still: the signal takes a moment."""
    process.send_signal(signal.SIGSTOP)
    assert happens_within(GONE_WITHIN, lambda: process.status() == psutil.STATUS_STOPPED)


def still_running(processes: list[psutil.Process], within: float = GONE_WITHIN) -> list[str]:
    """Give the processes some seconds to end; return the command lines of those that did not."""
    deadline = time.monotonic() + within
    while any(_runs(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [" ".join(process.cmdline()) for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
