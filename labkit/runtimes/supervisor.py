"""Run a command that must not outlive its parent: `python supervisor.py FOLDER COMMAND...`.

The parent holds the other end of our standard input. A kernel restart kills it by SIGKILL, so no
`finally` of its own runs; but the pipe closes, and we stop the command and remove its folder.
A parent that stops the command itself sends SIGTERM, and the folder stays.

Started as a bare file, without the lab's imports: it has to be small and quick.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial

GRACE_SECONDS = 3.0
PR_SET_PDEATHSIG = 1
STDIN = 0


def main(folder: str, *command: str) -> int:
    """Run the command until it ends, SIGTERM comes, or the parent is gone; return its status."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # a parent that blocks SIGTERM passes that on
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509 - no thread runs yet
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    parent_gone = threading.Event()
    threading.Thread(target=_watch_parent, args=(child, parent_gone), daemon=True).start()
    status = child.wait()
    _kill_group(child.pid)
    if parent_gone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _die_with(supervisor: int) -> None:
    """Let Linux kill the command should the supervisor itself be killed, now or already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)


def _watch_parent(child: "subprocess.Popen[bytes]", parent_gone: threading.Event) -> None:
    while os.read(STDIN, 1):
        pass
    parent_gone.set()
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    child.kill()


def _kill_group(group: int) -> None:
    """End what the command left behind: a server's plugin is in the server's group."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
