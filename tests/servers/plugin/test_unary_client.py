"""Calls of the server from the engine's threads, against a server that misbehaves as told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from h2.events import RequestReceived

from labkit.servers.plugin.wire.grpc.status import RpcError, Status
from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from labkit.servers.plugin.wire.http2.frames import Http2Error
from labkit.servers.plugin.wire.tls import dialing_context, listening_context, new_identity
from tests.servers.plugin.grpc_server import HEADERS, Connection, GrpcServer, echo, framed, serving

pytestmark = pytest.mark.integration
OK = [("grpc-status", "0")]


@pytest.fixture(params=["plain text", "TLS"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GrpcServer]:
    ours, its = new_identity(datetime.now(UTC)), new_identity(datetime.now(UTC))
    context = listening_context(its, ours.certificate.decode(), tmp_path)
    request.node.stash[TLS] = dialing_context(ours, its.certificate.decode(), tmp_path)
    with serving(tmp_path / "server", context if request.param == "TLS" else None) as server:
        yield server


TLS = pytest.StashKey[object]()


@pytest.fixture
def client(request: pytest.FixtureRequest, server: GrpcServer) -> Iterator[UnaryClient]:
    context = request.node.stash[TLS] if server.tls else None
    client = UnaryClient(server.path, context, 5)
    yield client
    client.close()


def call(client: UnaryClient, message: bytes = b"message", seconds: float = 10) -> bytes:
    return client.call("/pb.Storage/Get", message, seconds)


def never(connection: Connection, stream: int, message: bytes) -> None:
    """Leave the call without an answer."""


@pytest.mark.parametrize("size", [0, 1, 16384, 65530, 65535, 65536, 1_000_001])
def test_messages_of_any_size_go_both_ways(client: UnaryClient, size: int) -> None:
    message = bytes(range(256)) * (size // 256) + bytes(size % 256)

    assert [call(client, message) == message for _ in range(2)] == [True, True]


def test_calls_one_after_another_share_a_connection(
    server: GrpcServer, client: UnaryClient
) -> None:
    client.connect()
    for number in range(100):
        assert call(client, str(number).encode()) == str(number).encode()

    assert len(server.connections) == 1


def test_many_threads_call_at_once_and_each_gets_its_own_reply(
    server: GrpcServer, client: UnaryClient
) -> None:
    messages = [str(number).encode() * number for number in range(150)]
    with ThreadPoolExecutor(32) as threads:
        replies = list(threads.map(lambda message: call(client, message), messages))

    assert replies == messages
    assert len(server.connections) <= 32


def test_a_call_tells_the_server_its_deadline(server: GrpcServer, client: UnaryClient) -> None:
    call(client, seconds=10)

    assert server.headers[0][":path"] == "/pb.Storage/Get"
    assert 9_000 < int(server.headers[0]["grpc-timeout"].removesuffix("m")) <= 10_000


@pytest.mark.parametrize(
    ("trailers", "status", "message"),
    [
        ([("grpc-status", "2"), ("grpc-message", "100%25 caf%C3%A9 gone")], 2, "100% café gone"),
        ([("grpc-status", "14")], 14, ""),
        ([("grpc-status", "99"), ("grpc-message", "odd")], 99, "odd"),
        ([("other", "x")], 2, ""),
    ],
)
def test_an_error_status_is_raised_with_its_decoded_message(
    server: GrpcServer,
    client: UnaryClient,
    trailers: list[tuple[str, str]],
    status: int,
    message: str,
) -> None:
    server.answer = lambda connection, stream, _: connection.reply(stream, b"", trailers)

    with pytest.raises(RpcError) as caught:
        call(client)

    assert (caught.value.status, caught.value.text) == (status, message)


def test_a_reply_of_trailers_only_is_read(server: GrpcServer, client: UnaryClient) -> None:
    trailers = [*HEADERS, ("grpc-status", "12"), ("grpc-message", "unknown method")]
    server.answer = lambda connection, stream, _: connection.http.send_headers(
        stream, trailers, end_stream=True
    )

    with pytest.raises(RpcError, match="unknown method"):
        call(client)


@pytest.mark.parametrize("data", [b"", b"\0\0", framed(b"half")[:-1], framed(b"a", compressed=1)])
def test_a_malformed_message_is_an_error(
    server: GrpcServer, client: UnaryClient, data: bytes
) -> None:
    server.answer = lambda connection, stream, _: connection.reply(stream, data, OK)

    with pytest.raises(RpcError, match=r"compressed|not one complete message"):
        call(client)


def test_a_server_that_refuses_a_message_before_its_end_is_heard(
    client: UnaryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(connection: Connection, data: bytes) -> None:
        for event in connection.http.receive_data(data):
            if isinstance(event, RequestReceived):
                trailers = [*HEADERS, ("grpc-status", "8"), ("grpc-message", "too large")]
                connection.http.send_headers(event.stream_id, trailers, end_stream=True)
        connection.flush()

    monkeypatch.setattr(Connection, "apply", refuse)

    with pytest.raises(RpcError, match="too large"):
        call(client, bytes(1 << 20))


def test_a_server_that_takes_no_more_data_runs_into_the_deadline(
    client: UnaryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "apply", lambda *_: None)
    start = time.monotonic()

    with pytest.raises(TimeoutError):
        call(client, bytes(1 << 20), seconds=0.2)

    assert time.monotonic() - start < 2


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


def test_closing_ends_calls_in_progress_and_refuses_new_ones(
    server: GrpcServer, client: UnaryClient
) -> None:
    arrived = threading.Event()
    server.answer = lambda *_: arrived.set()
    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(call, client, seconds=60)
        assert arrived.wait(5)
        client.close()
        assert isinstance(under_way.exception(timeout=5), OSError)

    client.close()
    with pytest.raises(ConnectionAbortedError):
        call(client)


def test_closing_leaves_no_connection_open(server: GrpcServer, client: UnaryClient) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: call(client), range(32)))

    client.close()

    for thread in server.threads[1:]:
        thread.join(5)
        assert not thread.is_alive()
