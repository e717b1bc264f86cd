"""Our gRPC server, called by the C++ implementation of gRPC."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.wire.grpc.server import GrpcServer
from labkit.servers.plugin.wire.grpc.service import Listening, RpcMethod, Unary
from tests.servers.plugin.conftest import wait_until

pytestmark = pytest.mark.integration
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
WORKERS = 8


@dataclass
class Service:
    """Methods that note what happens."""

    messages: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)
    replied: threading.Event = field(default_factory=threading.Event)

    def methods(self) -> dict[str, RpcMethod]:
        return {
            "/test/Echo": Unary(lambda message: message, afterwards=self.replied.set),
            "/test/AtOnce": Unary(self.fail, answer_at_once=lambda message: message),
            "/test/Fail": Unary(self.fail),
            "/test/Refuse": Unary(self.refuse),
            "/test/Wait": Unary(self.wait),
            "/test/Nothing": Unary(lambda _: None),
            "/test/Listen": Listening(self.messages.append, self.ended.set),
        }

    def fail(self, message: bytes) -> bytes:
        raise KeyError(message)

    def refuse(self, _message: bytes) -> bytes:
        raise EngineError("wörds for the client")

    def wait(self, message: bytes) -> bytes:
        self.waiting.release()
        assert self.go_on.wait(20)
        return message


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.go_on.set()


@pytest.fixture
def server(service: Service, tmp_path: Path) -> Iterator[GrpcServer]:
    with ThreadPoolExecutor(WORKERS) as workers:
        server = GrpcServer(str(tmp_path / "socket"), None, service.methods(), workers)
        yield server
        service.go_on.set()
        server.close()


@pytest.fixture
def channel(server: GrpcServer, tmp_path: Path) -> Iterator[grpc.Channel]:
    assert server
    with grpc.insecure_channel(f"unix:{tmp_path}/socket", UNLIMITED) as channel:
        yield channel


def call(channel: grpc.Channel, method: str, message: bytes = b"message") -> bytes:
    return bytes(channel.unary_unary(f"/test/{method}")(message, timeout=20))


@pytest.mark.parametrize("size", [0, 1, 16379, 16380, 65530, 65535, 65536, 5_000_001])
def test_messages_of_any_size_go_both_ways(channel: grpc.Channel, size: int) -> None:
    message = (bytes(range(256)) * (size // 256 + 1))[:size]

    assert [call(channel, "Echo", message) == message for _ in range(2)] == [True, True]


def test_many_calls_at_once_get_each_its_own_reply(channel: grpc.Channel) -> None:
    messages = [str(number).encode() * number * 10 for number in range(300)]
    with ThreadPoolExecutor(32) as threads:
        replies = list(threads.map(lambda message: call(channel, "Echo", message), messages))

    assert replies == messages


def test_a_connection_carries_more_than_its_window(channel: grpc.Channel) -> None:
    message = bytes(1 << 20)
    with ThreadPoolExecutor(4) as threads:
        sizes = list(threads.map(lambda _: len(call(channel, "Echo", message)), range(40)))

    assert sizes == [len(message)] * 40


@pytest.mark.parametrize(
    ("method", "code", "details"),
    [
        ("Unknown", grpc.StatusCode.UNIMPLEMENTED, "unknown method /test/Unknown"),
        ("Refuse", grpc.StatusCode.INTERNAL, "wörds for the client"),
        ("Fail", grpc.StatusCode.INTERNAL, "internal error in the secrets engine: KeyError at"),
    ],
)
def test_a_failure_has_its_status_and_the_next_call_works(
    channel: grpc.Channel, method: str, code: grpc.StatusCode, details: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, method, b"hunter2")

    error: Any = caught.value
    assert (error.code(), error.details()[: len(details)]) == (code, details)
    assert "hunter2" not in error.details()
    assert call(channel, "Echo") == b"message"


def test_a_refusal_comes_before_the_end_of_a_large_message(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
        call(channel, "Unknown", bytes(30_000_000))

    assert call(channel, "Echo") == b"message"


def test_a_compressed_message_is_refused(channel: grpc.Channel) -> None:
    method = channel.unary_unary("/test/Echo")

    with pytest.raises(grpc.RpcError, match="the message is compressed"):
        method(b"x" * 1000, timeout=20, compression=grpc.Compression.Gzip)


def test_a_call_is_answered_at_once_while_all_workers_are_busy(
    channel: grpc.Channel, service: Service
) -> None:
    method = channel.unary_unary("/test/Wait")
    calls = [method.future(b"message", timeout=20) for _ in range(WORKERS + 1)]
    for _ in range(WORKERS):
        assert service.waiting.acquire(timeout=10)

    assert call(channel, "AtOnce") == b"message"
    service.go_on.set()
    assert [each.result() for each in calls] == [b"message"] * (WORKERS + 1)


def test_a_call_that_the_client_cancels_disturbs_no_other(
    channel: grpc.Channel, service: Service
) -> None:
    cancelled = channel.unary_unary("/test/Wait").future(bytes(1 << 20), timeout=20)
    kept = channel.unary_unary("/test/Wait").future(b"kept", timeout=20)
    assert service.waiting.acquire(timeout=10)
    assert service.waiting.acquire(timeout=10)
    cancelled.cancel()
    service.go_on.set()

    assert kept.result() == b"kept"
    assert call(channel, "Echo") == b"message"


def test_a_deadline_of_the_client_disturbs_no_other_call(
    channel: grpc.Channel, service: Service
) -> None:
    with pytest.raises(grpc.RpcError, match="DEADLINE_EXCEEDED"):
        channel.unary_unary("/test/Wait")(b"message", timeout=0.2)
    service.go_on.set()

    assert call(channel, "Echo") == b"message"


def test_a_method_may_end_a_stream_without_a_message(channel: grpc.Channel) -> None:
    assert list(channel.unary_stream("/test/Nothing")(b"message", timeout=20)) == []


def test_something_may_follow_a_reply(channel: grpc.Channel, service: Service) -> None:
    call(channel, "Echo")

    assert service.replied.wait(5)


def test_a_stream_is_heard_message_by_message_until_the_client_ends_it(
    channel: grpc.Channel, service: Service
) -> None:
    heard = list(
        channel.stream_stream("/test/Listen")(iter([b"a", b"", b"c" * 70_000]), timeout=20)
    )

    assert (heard, service.messages) == ([], [b"a", b"", b"c" * 70_000])
    assert service.ended.is_set()


@pytest.mark.parametrize("how", ["cancelled", "disconnected"])
def test_a_stream_that_breaks_off_has_ended(
    channel: grpc.Channel, service: Service, how: str
) -> None:
    stop = threading.Event()

    def messages() -> Iterator[bytes]:
        yield b"first"
        stop.wait(20)

    stream = channel.stream_stream("/test/Listen")(messages())
    wait_until(lambda: service.messages == [b"first"], "the message has arrived")
    assert not service.ended.is_set()
    stream.cancel() if how == "cancelled" else channel.close()

    assert service.ended.wait(5)
    stop.set()


def test_closing_disconnects_the_clients(
    server: GrpcServer, channel: grpc.Channel, service: Service
) -> None:
    waiting = channel.unary_unary("/test/Wait").future(b"message", timeout=20)
    assert service.waiting.acquire(timeout=10)
    start = time.monotonic()
    server.close()

    with suppress(grpc.FutureCancelledError):
        assert waiting.exception(timeout=10).code() is grpc.StatusCode.UNAVAILABLE
    assert time.monotonic() - start < 5
