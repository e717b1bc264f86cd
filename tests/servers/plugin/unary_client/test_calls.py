"""Calls of the server from the engine's threads, against a server that misbehaves as told."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from h2.events import RequestReceived

from labkit.servers.plugin.wire.grpc.status import RpcError
from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from tests.servers.plugin.grpc_server import HEADERS, Connection, GrpcServer, framed
from tests.servers.plugin.unary_client.calling import call

pytestmark = pytest.mark.integration
OK = [("grpc-status", "0")]


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
