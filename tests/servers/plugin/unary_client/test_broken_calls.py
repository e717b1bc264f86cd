"""Calls that break off, or get no answer in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit.servers.plugin.wire.grpc.status import Status
from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from labkit.servers.plugin.wire.http2.frames import Http2Error
from tests.servers.plugin.grpc_server import HEADERS, Connection, GrpcServer, echo, framed
from tests.servers.plugin.unary_client.calling import call, never

pytestmark = pytest.mark.integration


def broken_off(connection: Connection, stream: int, _message: bytes) -> None:
    connection.http.reset_stream(stream)


def going_away(connection: Connection, *_: object) -> None:
    connection.http.close_connection()


def disconnecting(connection: Connection, *_: object) -> None:
    connection.client.shutdown(2)


def half_a_reply(connection: Connection, stream: int, message: bytes) -> None:
    connection.http.send_headers(stream, HEADERS)
    connection.http.send_data(stream, framed(message)[:7])
    connection.flush()
    connection.client.shutdown(2)


def data_of_no_stream(connection: Connection, *_: object) -> None:
    connection.client.sendall(bytes([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]))


FAULTS = [broken_off, going_away, disconnecting, half_a_reply, data_of_no_stream]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_that_breaks_off_fails_at_once_and_the_next_works(
    server: GrpcServer, client: UnaryClient, fault: Callable[[Connection, int, bytes], None]
) -> None:
    call(client)
    server.answer, start = fault, time.monotonic()

    with pytest.raises((OSError, Http2Error)) as caught:
        call(client)

    assert not isinstance(caught.value, TimeoutError)
    server.answer = echo
    assert call(client) == b"message"
    assert time.monotonic() - start < 8


def test_a_reply_that_does_not_come_is_a_timeout_and_the_next_call_works(
    server: GrpcServer, client: UnaryClient
) -> None:
    server.answer = never
    with pytest.raises(TimeoutError):
        call(client, seconds=0.2)
    server.answer = echo

    assert call(client) == b"message"


def test_a_late_reply_is_not_taken_for_the_next_calls(
    server: GrpcServer, client: UnaryClient
) -> None:
    def late(connection: Connection, stream: int, message: bytes) -> None:
        time.sleep(0.3)
        echo(connection, stream, message)

    server.answer = late
    with pytest.raises(TimeoutError):
        call(client, b"first", seconds=0.1)
    server.answer = echo

    assert call(client, b"second") == b"second"


def test_a_deadline_that_the_server_sees_first_is_a_timeout_too(
    server: GrpcServer, client: UnaryClient
) -> None:
    passed = [("grpc-status", str(Status.DEADLINE_EXCEEDED.value))]
    server.answer = lambda connection, stream, _: connection.reply(stream, b"", passed)

    with pytest.raises(TimeoutError):
        call(client)


@pytest.mark.parametrize("goodbye", [True, False], ids=["GOAWAY", "connection lost"])
def test_connections_that_ended_while_idle_are_replaced(
    server: GrpcServer, client: UnaryClient, goodbye: object
) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: call(client, bytes(1 << 16)), range(16)))
    before = len(server.connections)
    for connection in server.connections if goodbye else []:
        connection.ask(connection.http.close_connection)
    if not goodbye:
        server.disconnect()

    assert call(client) == b"message"
    assert len(server.connections) == before + 1


def test_frames_that_arrive_while_idle_do_not_disturb_the_next_call(
    server: GrpcServer, client: UnaryClient
) -> None:
    call(client)
    for _ in range(20):
        server.connections[0].ask(lambda: server.connections[0].http.ping(b"12345678"))

    assert call(client) == b"message"
    assert len(server.connections) == 1


def test_a_server_that_is_gone_is_an_os_error(server: GrpcServer, client: UnaryClient) -> None:
    call(client)
    Path(server.path).unlink()
    server.disconnect()

    with pytest.raises(FileNotFoundError):
        call(client)
