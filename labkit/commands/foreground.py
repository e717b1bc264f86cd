"""Run a program in the terminal's foreground, in our place."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence

PRIVATE = 0o077  # umask: no file or socket of the program is open to other users


def run(command: Sequence[str], env: Mapping[str, str], *, umask: int = -1) -> int:
    """Run a program until it ends and return its exit status.

    The terminal sends Ctrl-C to the program too, which decides what it means. SIGTERM is passed on.
    """
    process = subprocess.Popen(command, env=dict(env), umask=umask)
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
    }
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
