"""What strange clients can cost the server: memory, threads, time, log."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import requests

from labkit.aws.admin import AwsAdmin
from labkit.servers.aws.listening import THREADS
from tests.servers.aws.raw import FORM, Raw, send
from tests.servers.aws.running import free_port, session_of, start_server, wait_until_ready

pytestmark = pytest.mark.integration
MEBIBYTE = 1 << 20
MAX_GROWTH = 100 * MEBIBYTE  # of the server's memory by one request: its body and one copy
PIECE = b"x" * MEBIBYTE


class Running(NamedTuple):
    """A server of this module's own, whose memory and log are looked at."""

    cloud: AwsAdmin
    pid: int
    log: Path

    def memory(self) -> int:
        """Return the highest resident memory so far, in bytes."""
        return self._status("VmHWM") * 1024

    def threads(self) -> int:
        """Return the number of threads."""
        return self._status("Threads")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))

    def connect(self) -> socket.socket:
        """Open a connection."""
        address = urlsplit(self.cloud.url)
        return socket.create_connection((address.hostname or "", address.port or 0), timeout=30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not Path("/proc/self/status").exists():
        pytest.skip("a process's memory is read from /proc")
    log, port = tmp_path_factory.mktemp("limits") / "log", free_port()
    process = start_server("--port", str(port), log=log, token="t")  # noqa: S106
    try:
        cloud = AwsAdmin(f"http://127.0.0.1:{port}", "t")
        wait_until_ready(cloud, process, log)
        for service, call in (("s3", "list_buckets"), ("ec2", "describe_vpcs")):
            getattr(session_of(cloud).client(service), call)()  # what is loaded once
        yield Running(cloud, process.pid, log)
    finally:
        process.terminate()
        process.wait(timeout=10)


def pour(server: Running, head: bytes, total: int) -> bytes:
    """Send a head and a long body, as far as the server reads it, and return the answer."""
    with server.connect() as connection:
        try:
            connection.sendall(head)
            for _ in range(total // len(PIECE)):
                connection.sendall(PIECE)
        except OSError:
            pass  # the server has hung up
        try:
            return connection.recv(1 << 16)
        except OSError:
            return b""


START = b" HTTP/1.1\r\nHost: localhost\r\n"
AS_FORM = f"Content-Type: {FORM}\r\n".encode()
LONG = b"Content-Length: 209715200\r\n\r\n"
ENDLESS = b"Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"
SIGNED_CHUNKS = b"X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n"
BODIES = {
    "a form of 200 MiB": b"POST /" + START + AS_FORM + LONG,
    "an object of 200 MiB": b"PUT /b/k" + START + LONG,
    "an endless chunk": b"PUT /b/k" + START + ENDLESS,
    "an endless chunk of a form": b"POST /" + START + AS_FORM + ENDLESS,
    "an endless signed chunk": b"PUT /b/k" + START + SIGNED_CHUNKS + ENDLESS,
}


@pytest.mark.parametrize("name", BODIES)
def test_a_large_body_costs_bounded_memory(server: Running, name: str) -> None:
    before = server.memory()
    answer = pour(server, BODIES[name], 200 * MEBIBYTE)

    assert not answer or answer.split()[1][:1] == b"4", answer
    assert server.memory() - before < MAX_GROWTH
    assert server.cloud.is_ready()


def test_an_endless_header_is_refused(server: Running) -> None:
    before = server.memory()
    answer = pour(server, b"GET /" + START + b"X-Long: ", 20 * MEBIBYTE)

    assert not answer or answer.split()[1][:1] == b"4", answer
    assert server.memory() - before < MAX_GROWTH


def test_many_parameters_are_refused(server: Running) -> None:
    body = b"&".join(b"a%d=1" % number for number in range(3000))
    answer = send(server.cloud, Raw("POST", "/", body, (("Content-Type", FORM),)))

    assert 400 <= answer.status < 500, answer.text


def test_idle_and_slow_clients_do_not_stop_the_others(server: Running) -> None:
    with ExitStack() as stack:
        for number in range(THREADS // 2):
            connection = stack.enter_context(server.connect())
            if number % 2:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        assert session_of(server.cloud).client("sts").get_caller_identity()["Arn"]


def test_the_number_of_threads_is_bounded(server: Running) -> None:
    with ExitStack() as stack:
        for _ in range(THREADS + 32):
            stack.enter_context(server.connect())
        most, deadline = 0, time.monotonic() + 3  # all that connected have been served by then
        while time.monotonic() < deadline:
            most = max(most, server.threads())
            time.sleep(0.05)
        assert THREADS <= most <= THREADS + 8  # and the server's own
    deadline = time.monotonic() + 15
    while not server.cloud.is_ready():
        assert time.monotonic() < deadline, "the server does not answer after idle clients left"
        time.sleep(0.05)


def test_strange_requests_do_not_fill_the_log(server: Running) -> None:
    before = server.log.stat().st_size
    strange = [Raw("GET", f"/{chr(65 + n % 26)}{n}?%ff=%00&x[{n}]", b"\xff") for n in range(300)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda raw: send(server.cloud, raw), strange))

    assert all(400 <= answer.status < 500 for answer in answers)
    assert server.log.stat().st_size - before < 64 * 1024


def test_malformed_http_does_not_fill_the_log(server: Running) -> None:
    before = server.log.stat().st_size
    malformed = (b"\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"a b c\r\n\r\n")
    for text in malformed * 25:
        with server.connect() as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1 << 16)

    assert server.log.stat().st_size - before < 64 * 1024
    assert requests.get(f"{server.cloud.url}/_lab/health", timeout=10).ok
    assert threading.active_count() < 50
