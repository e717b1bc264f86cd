"""Every gRPC service that a server expects of a plugin.

All of them are registered, even those with nothing to say: grpclib answers a call to a method it
does not know in a way that Go takes for an unknown failure, and then no mount succeeds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from grpclib.const import Cardinality, Handler
from grpclib.server import Stream

from labkit.servers.plugin.wire.backend_servicer import BackendServicer
from labkit.servers.plugin.wire.broker import Broker
from labkit.servers.plugin.wire.lifetime import Lifetime
from labkit.servers.plugin.wire.messages import Message, pb

_SERVING = 1


class Services:
    """The services of one plugin process, in the form grpclib takes them."""

    def __init__(self, mount: BackendServicer, broker: Broker, lifetime: Lifetime) -> None:
        self._mount = mount
        self._broker = broker
        self._lifetime = lifetime

    def __mapping__(self) -> Mapping[str, Handler]:
        """Return the handler of each method."""
        return {
            **_backend(self._mount),
            "/pb.Backend/Setup": _unary(self._set_up, pb.SetupArgs, pb.ErrorReply),
            "/plugin.GRPCBroker/StartStream": Handler(
                self._broker_stream, Cardinality.STREAM_STREAM, pb.ConnInfo, pb.ConnInfo
            ),
            "/plugin.GRPCStdio/StreamStdio": Handler(
                _stay_silent, Cardinality.UNARY_STREAM, pb.Empty, pb.StdioData
            ),
            "/plugin.GRPCController/Shutdown": Handler(
                self._shut_down, Cardinality.UNARY_UNARY, pb.Empty, pb.Empty
            ),
            "/logical.PluginVersion/Version": _unary(_version, pb.Empty, pb.VersionReply),
            "/pluginutil.multiplexing.PluginMultiplexing/MultiplexingSupport": _unary(
                _multiplexing_support, pb.Empty, pb.MultiplexingSupportResponse
            ),
            "/grpc.health.v1.Health/Check": _unary(
                _health, pb.HealthCheckRequest, pb.HealthCheckResponse
            ),
        }

    async def _broker_stream(self, stream: Stream[Message, Message]) -> None:
        try:
            await stream.send_initial_metadata()
            async for info in stream:
                self._broker.offer(info)
        finally:
            # The server shuts down properly, and then calls Shutdown next, or it is dead.
            self._lifetime.end_soon()

    async def _set_up(self, args: Message) -> Message:
        reply = await self._mount.setup(args)
        if reply.err:
            self._lifetime.end_soon()  # the server gives up, but leaves the process running
        else:
            self._lifetime.set_up()
        return reply

    async def _shut_down(self, stream: Stream[Message, Message]) -> None:
        await stream.recv_message()
        await stream.send_message(pb.Empty())
        await stream.send_trailing_metadata()  # the reply is complete before the process ends
        self._lifetime.end()


def _backend(mount: BackendServicer) -> dict[str, Handler]:
    methods = {
        "Type": _unary(mount.type, pb.Empty, pb.TypeReply),
        "SpecialPaths": _unary(mount.special_paths, pb.Empty, pb.SpecialPathsReply),
        "Initialize": _unary(mount.initialize, pb.Empty, pb.InitializeReply),
        "HandleRequest": _unary(mount.handle_request, pb.HandleRequestArgs, pb.HandleRequestReply),
        "HandleExistenceCheck": _unary(
            mount.handle_existence_check,
            pb.HandleExistenceCheckArgs,
            pb.HandleExistenceCheckReply,
        ),
        "InvalidateKey": _unary(mount.invalidate_key, pb.InvalidateKeyArgs, pb.Empty),
        "Cleanup": _unary(mount.cleanup, pb.Empty, pb.Empty),
    }
    return {f"/pb.Backend/{name}": handler for name, handler in methods.items()}


def _unary(
    answer: Callable[[Message], Awaitable[Message]],
    argument_type: Message,
    reply_type: Message,
) -> Handler:
    async def handle(stream: Stream[Message, Message]) -> None:
        await stream.send_message(await answer(await stream.recv_message()))

    return Handler(handle, Cardinality.UNARY_UNARY, argument_type, reply_type)


async def _stay_silent(stream: Stream[Message, Message]) -> None:
    await stream.recv_message()
    await stream.send_initial_metadata()
    await asyncio.Event().wait()  # until the server cancels the stream


async def _version(_: Message) -> Message:
    return pb.VersionReply()


async def _multiplexing_support(_: Message) -> Message:
    return pb.MultiplexingSupportResponse(supported=False)  # one process for each mount


async def _health(_: Message) -> Message:
    return pb.HealthCheckResponse(status=_SERVING)
