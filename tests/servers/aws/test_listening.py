"""The bounds of the HTTP server: an in-process server with short limits, and raw sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from werkzeug.wrappers import Request, Response

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.received import receive
from labkit.servers.aws.listening import HttpHandler, make_server

WHOLE = 0.6  # seconds
ENOUGH = 5.0  # seconds

Address = tuple[str, int]


class Hasty(HttpHandler):
    whole = WHOLE


@Request.application
def body_or_refusal(request: Request) -> Response:
    try:
        return Response(receive(request.environ).body)
    except Refusal as refusal:
        return Response(refusal.reason, status=refusal.status)


@pytest.fixture
def address() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = make_server(listener, body_or_refusal, Hasty)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def drip(address: Address, start: bytes, piece: bytes) -> tuple[bytes, float]:
    """Send a piece each 50 ms; return the answer, and the seconds until the connection ended."""
    started = time.monotonic()
    answer = b""
    with socket.create_connection(address, timeout=0.05) as client:
        client.sendall(start)
        while time.monotonic() < started + ENOUGH:
            try:
                received = client.recv(4096)
            except TimeoutError:
                client.sendall(piece)
                continue
            except ConnectionError:
                break
            if not received:
                break
            answer += received
    return answer, time.monotonic() - started


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GE", b"T"),
        (HEAD, b"X-More: 1\r\n"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["request line", "headers", "body", "chunks"],
)
def test_a_slow_sender_is_cut_off_at_the_deadline(
    address: Address, start: bytes, piece: bytes
) -> None:
    answer, lasted = drip(address, start, piece)

    assert WHOLE * 0.9 < lasted < WHOLE + 1.5
    if b"\r\n\r\n" in start:
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.endswith(b"RequestTimeout")


def test_a_request_that_arrives_in_pieces_in_time_is_answered(address: Address) -> None:
    with socket.create_connection(address, timeout=ENOUGH) as client:
        client.sendall(HEAD + b"Content-Length: 4\r\n\r\n")
        for piece in (b"a", b"b", b"c", b"d"):
            client.sendall(piece)
        answer = b"".join(iter(lambda: client.recv(4096), b""))

    assert answer.endswith(b"\r\n\r\nabcd")
