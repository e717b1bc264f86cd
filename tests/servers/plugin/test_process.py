"""The plugin process without a server: alone, or with a test that talks to it in its place."""

import asyncio
import base64
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from grpclib.client import Channel, StreamStreamMethod, UnaryUnaryMethod
from grpclib.config import Configuration
from grpclib.exceptions import StreamTerminatedError

from labkit.servers.plugin.wire.handshake import COOKIE
from labkit.servers.plugin.wire.messages import Message, pb
from labkit.servers.plugin.wire.tls import TLSCertificate, dialing_context, new_identity
from tests.processes import pipe
from tests.servers.plugin.conftest import ENGINE, ROOT, is_running, wait_until

pytestmark = pytest.mark.integration

SOMEBODY = 65534
BECOME_SOMEBODY = f"""
import ctypes, os
from datetime import UTC, datetime
import labkit.servers.plugin.wire.process
from labkit.servers.plugin.serve import serve
from labkit.servers.plugin.wire import tls
tls.new_identity(datetime.now(UTC))  # imports what another user may be unable to read
if os.getuid() == 0:
    os.setuid({SOMEBODY})
    ctypes.CDLL(None).prctl(4, 1)  # setuid has made the process non-dumpable
"""


def python(script: str, environ: dict[str, str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    command = [sys.executable, "-P", "-c", script]
    return subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, text=True)


def owner(process: "subprocess.Popen[str]") -> int:
    return Path(f"/proc/{process.pid}/environ").stat().st_uid


@pytest.fixture
def host() -> TLSCertificate:
    return new_identity(datetime.now(UTC))


@pytest.fixture
def environ(tmp_path: Path, host: TLSCertificate) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PLUGIN_CLIENT_CERT": host.certificate.decode(),
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
    return Path(line_of(process)[3])


def line_of(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split("|")


def test_it_announces_a_socket_that_only_its_user_reaches(
    engine: subprocess.Popen[str], tmp_path: Path
) -> None:
    socket = announced(engine)

    assert socket.is_socket()
    assert tmp_path == socket.parent.parent
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert list(socket.parent.iterdir()) == [socket], "the key must not stay on disk"


@pytest.fixture
def somebodys() -> Iterator[Path]:
    """Return a folder that every user reaches; those of pytest are closed to others."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_no_other_process_of_its_user_reads_its_memory(
    environ: dict[str, str], somebodys: Path
) -> None:
    """Linux gives the files in /proc of a process to root if its memory is protected: proc(5)."""
    user = os.getuid() or SOMEBODY
    environ = environ | {"PLUGIN_UNIX_SOCKET_DIR": str(somebodys)}
    engine_of_somebody = f"{BECOME_SOMEBODY}\nserve(lambda: None, patience=60)"
    sleeper_of_somebody = f"{BECOME_SOMEBODY}\nprint(1, flush=True); input()"
    with python(sleeper_of_somebody, environ) as sleeper, python(engine_of_somebody, environ) as it:
        assert pipe(sleeper.stdout).readline()
        assert announced(it).is_absolute()
        owners = {"sleeper": owner(sleeper), "engine": owner(it)}
        it.kill()
        sleeper.kill()

    assert owners == {"sleeper": user, "engine": 0}


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


def talk(
    line: list[str],
    identity: TLSCertificate,
    folder: Path,
    say: Callable[[Channel], Awaitable[Message]],
) -> Message:
    """Connect to the engine as `identity`, say something and hang up; return what came back."""
    peer = ssl.DER_cert_to_PEM_cert(base64.b64decode(line[5].strip() + "=="))

    async def conversation() -> Message:
        channel = Channel(
            path=line[3],
            ssl=dialing_context(identity, peer, folder),
            config=Configuration(ssl_target_name_override="localhost"),
        )
        async with asyncio.timeout(10):
            protocol = await channel.__connect__()
            socket = protocol.connection._transport.get_extra_info("socket")  # noqa: SLF001 - below
            try:
                return await say(channel)
            finally:
                channel.close()
                while socket.fileno() != -1:  # grpclib itself does not wait for its connection
                    await asyncio.sleep(0.01)

    return asyncio.run(conversation())


async def health(channel: Channel) -> Message:
    check = "/grpc.health.v1.Health/Check"
    method = UnaryUnaryMethod(channel, check, pb.HealthCheckRequest, pb.HealthCheckResponse)
    return await method(pb.HealthCheckRequest(service="plugin"))


async def shut_down(channel: Channel) -> Message:
    method = UnaryUnaryMethod(channel, "/plugin.GRPCController/Shutdown", pb.Empty, pb.Empty)
    return await method(pb.Empty())


async def open_the_broker(channel: Channel) -> Message:
    start = "/plugin.GRPCBroker/StartStream"
    method = StreamStreamMethod(channel, start, pb.ConnInfo, pb.ConnInfo)
    async with method.open() as stream:
        await stream.send_request()
        await stream.recv_initial_metadata()
        await stream.cancel()


def test_it_serves_the_server_that_started_it_and_nobody_else(
    engine: subprocess.Popen[str], host: TLSCertificate, tmp_path: Path
) -> None:
    line, stranger = line_of(engine), new_identity(datetime.now(UTC))

    assert talk(line, host, tmp_path, health).status == 1
    with pytest.raises((OSError, StreamTerminatedError)):
        talk(line, stranger, tmp_path, health)


def test_it_answers_a_shutdown_before_it_ends(
    engine: subprocess.Popen[str], host: TLSCertificate, tmp_path: Path
) -> None:
    assert talk(line_of(engine), host, tmp_path, shut_down) == pb.Empty()

    assert engine.wait(2) == 0


def test_it_ends_when_the_server_leaves_the_broker(
    engine: subprocess.Popen[str], host: TLSCertificate, tmp_path: Path
) -> None:
    talk(line_of(engine), host, tmp_path, open_the_broker)

    assert engine.wait(5) == 0
