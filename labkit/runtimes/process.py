"""A server process of the lab: started under the supervisor, watched by its log."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from labkit.errors import StartError
from labkit.machine.package import SERVERS
from labkit.machine.polling import happens_within
from labkit.redact import redact_text

STOP_SECONDS = 5.0
POLL_SECONDS = 0.02
SUPERVISOR = (sys.executable, "-I", "-S", str(SERVERS / "supervisor.py"))


class ServerProcess:
    """A running server that ends with this process, however this process ends.

    Args:
        name: what errors call it.
        command: its command line.
        folder: the lab's own folder; the log is `<name>.log` in it.
        env: its whole environment.
        cwd: its working directory; None is that of this process.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self._owner = os.getpid()
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*SUPERVISOR, str(os.getpid()), str(folder), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process that was started: the supervisor, whose child is the server."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, timeout: float = 30.0) -> None:
        """Poll `ready` until it holds; raise StartError if the server ends first or time is up."""

        def is_ready() -> bool:
            if not (done := ready()) and not self.running:
                raise StartError(f"{self.name} ended at start.{self.log_tail()}")
            return done

        if not happens_within(timeout, is_ready, every=POLL_SECONDS):
            raise StartError(f"{self.name} was not ready in {timeout:.0f} s.{self.log_tail()}")

    def wait(self, seconds: float) -> int | None:
        """Wait for the server's own end; return its exit status, or None if it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the server and wait until it is gone; idempotent, a no-op in a forked process.

        SIGTERM comes first, then the end of the pipe, then SIGKILL. A supervisor or a server that
        was stopped by SIGSTOP ends too.
        """
        if os.getpid() != self._owner:
            return
        for end in (self._terminate, self._close_pipe, self._kill):
            end()
            if self.wait(STOP_SECONDS) is not None:
                break
        self._close_pipe()

    def _terminate(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)  # a stopped process acts on no SIGTERM

    def _kill(self) -> None:
        """Kill the supervisor and all processes below it."""
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self._process.pid)
            for process in (*top.children(recursive=True), top):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _close_pipe(self) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def log_tail(self, lines: int = 15) -> str:
        """Return a sentence that ends in the last lines of the log, without secrets."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        tail = "\n".join(text.splitlines()[-lines:])
        return f" Its log ends:\n{redact_text(tail)}" if tail else " Its log is empty."
