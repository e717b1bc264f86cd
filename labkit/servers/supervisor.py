"""Run a command that must not outlive its parent: `supervisor.py PARENT FOLDER COMMAND...`.

PARENT is the parent's process id, and the parent holds the other end of our standard input. A
kernel restart kills the parent by SIGKILL, so no `finally` of its own runs. But the pipe closes,
and we stop the command and remove its folder. A forked child of the parent may keep the pipe open,
so we also watch for a change of our parent process. A parent that stops the command itself sends
SIGTERM, and the folder stays.

Started as a bare file, without the lab's imports: it has to be small and quick.
"""

import ctypes
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial

GRACE_SECONDS = 3.0
POLL_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
STDIN = 0


def main(parent: str, folder: str, *command: str) -> int:
    """Run the command until it ends, SIGTERM comes, or the parent is gone; return its status."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGTERM])  # until there is a command to end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the lab's secrets
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=partial(_prepare, os.getpid()),  # noqa: PLW1509 - no thread runs yet
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    _unblock_signals()
    parent_gone = threading.Event()
    watched = (int(parent), child, parent_gone)
    threading.Thread(target=_watch_parent, args=watched, daemon=True).start()
    status = child.wait()
    _kill_group(child.pid)
    if parent_gone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _prepare(supervisor: int) -> None:
    """Prepare the process that becomes the command: it dies with the supervisor."""
    _unblock_signals()
    _die_with(supervisor)


def _unblock_signals() -> None:
    """Unblock all signals; the mask of a parent that blocks SIGTERM is inherited."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _die_with(supervisor: int) -> None:
    """Let Linux kill the command should the supervisor itself be killed, now or already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)


def _watch_parent(
    parent: int, child: "subprocess.Popen[bytes]", parent_gone: threading.Event
) -> None:
    while os.getppid() == parent and not _pipe_closes_within(POLL_SECONDS):
        pass
    parent_gone.set()
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    child.kill()


def _pipe_closes_within(seconds: float) -> bool:
    readable, _, _ = select.select([STDIN], [], [], seconds)
    return bool(readable) and not os.read(STDIN, 1)


def _kill_group(group: int) -> None:
    """End what the command left behind: a server's plugin is in the server's group."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
