"""The server's storage as an engine sees it, against a gRPC server that notes what it is asked."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server, Stream

from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from labkit.servers.plugin.wire.host import HostChannel, HostStorage, HostSystemView
from labkit.servers.plugin.wire.messages import Message, pb

pytestmark = pytest.mark.integration


class Host:
    """Answers every Put as `reply` says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.reply: Message | Exception | None = pb.ErrorReply()

    def __mapping__(self) -> Mapping[str, Handler]:
        put = Handler(self.put, Cardinality.UNARY_UNARY, pb.StoragePutArgs, pb.ErrorReply)
        ttl = Handler(self.ttl, Cardinality.UNARY_UNARY, pb.Empty, pb.TTLReply)
        return {"/pb.Storage/Put": put, "/pb.SystemView/MaxLeaseTTL": ttl}

    async def put(self, stream: Stream[Message, Message]) -> None:
        self.asked.append(await stream.recv_message())
        if isinstance(self.reply, Exception):
            raise self.reply
        if self.reply is None:
            await asyncio.Event().wait()
        await stream.send_message(self.reply)

    async def ttl(self, stream: Stream[Message, Message]) -> None:
        await stream.send_message(pb.TTLReply(TTL=90 * 10**9))


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def channel(host: Host, tmp_path: Path) -> Iterator[HostChannel]:
    """Run the host on an event loop in a thread of its own; yield the connection to it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> Server:
        server = Server([host])
        await server.start(path=str(tmp_path / "host"))
        return server

    async def stop(server: Server) -> None:
        server.close()
        await server.wait_closed()

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    client = UnaryClient(str(tmp_path / "host"), None, 5)
    try:
        yield HostChannel(client, seconds=0.3)
    finally:
        client.close()
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.parametrize("seal_wrap", [True, False])
def test_a_put_carries_key_value_and_seal_wrap(
    host: Host, channel: HostChannel, seal_wrap: object
) -> None:
    HostStorage(channel).put("a/b", b"\x00\xff", seal_wrap=bool(seal_wrap))

    entry = pb.StorageEntry(key="a/b", value=b"\x00\xff", seal_wrap=bool(seal_wrap))
    assert host.asked == [pb.StoragePutArgs(entry=entry)]


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (pb.ErrorReply(err="sealed"), "writing to the mount's storage failed: sealed"),
        (GRPCError(Status.UNKNOWN, "gone"), "writing to the mount's storage failed: UNKNOWN: gone"),
        (None, "writing to the mount's storage failed: TimeoutError: the server did not answer"),
    ],
)
def test_a_failure_of_the_server_is_an_engine_error_without_the_value(
    host: Host, channel: HostChannel, reply: Message, text: str
) -> None:
    host.reply = reply

    with pytest.raises(EngineError) as caught:
        HostStorage(channel).put("a", b"hunter2")

    assert text == str(caught.value)


def test_the_longest_lease_is_in_seconds(channel: HostChannel) -> None:
    assert HostSystemView(channel).max_lease_ttl() == 90
