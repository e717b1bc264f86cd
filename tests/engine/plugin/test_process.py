"""The plugin process on its own: no server talks to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.engine.plugin.handshake import COOKIE
from labkit.engine.plugin.tls import new_identity
from tests.engine.plugin.conftest import ENGINE, ROOT, is_running, wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PLUGIN_CLIENT_CERT": new_identity(datetime.now(UTC)).certificate.decode(),
        "PLUGIN_UNIX_SOCKET_DIR": str(tmp_path),
        COOKIE[0]: COOKIE[1],
    }


@contextmanager
def started(environ: dict[str, str], patience: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-m", ENGINE, str(patience)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def engine(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start an engine that waits a minute for its server; its line is still to be read."""
    with started(environ, patience=60) as process:
        yield process


def announced(process: subprocess.Popen[str]) -> Path:
    """Return the socket that a process announces in its line."""
    assert process.stdout is not None
    return Path(process.stdout.readline().split("|")[3])


def test_it_announces_a_socket_that_only_its_user_reaches(
    engine: subprocess.Popen[str], tmp_path: Path
) -> None:
    socket = announced(engine)

    assert socket.is_socket()
    assert tmp_path == socket.parent.parent
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert list(socket.parent.iterdir()) == [socket], "the key must not stay on disk"


def test_it_ends_by_itself_when_nobody_comes(environ: dict[str, str], tmp_path: Path) -> None:
    with started(environ, patience=0.2) as process:
        assert announced(process).is_absolute()

        assert process.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_it_ends_and_cleans_up_when_told_to(engine: subprocess.Popen[str], tmp_path: Path) -> None:
    announced(engine)

    engine.terminate()

    assert engine.wait(5) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_ctrl_c_meant_for_the_server_does_not_end_it(engine: subprocess.Popen[str]) -> None:
    announced(engine)

    engine.send_signal(signal.SIGINT)

    with pytest.raises(subprocess.TimeoutExpired):
        engine.wait(0.3)


def test_it_ends_when_its_parent_does(environ: dict[str, str]) -> None:
    script = f"{sys.executable} -P -m {ENGINE} 60 & echo $!; read line"
    with subprocess.Popen(
        ["/bin/sh", "-c", script],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        try:
            announced(parent)
            parent.kill()
            wait_until(lambda: not is_running(pid), "the engine has ended", seconds=5)
        finally:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
