"""Every gRPC service that a server expects of a plugin.

All of them are registered, even those with nothing to say: without some of them no mount succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labkit.servers.plugin.wire.backend_servicer import BackendServicer
from labkit.servers.plugin.wire.broker import Broker
from labkit.servers.plugin.wire.grpc.service import Listening, RpcMethod, Unary
from labkit.servers.plugin.wire.lifetime import ProcessLifetime
from labkit.servers.plugin.wire.messages import Message, pb

_SERVING = 1


def services(
    mount: BackendServicer, broker: Broker, lifetime: ProcessLifetime
) -> Mapping[str, RpcMethod]:
    """Return each method of a plugin process by its path."""

    def set_up(args: Message) -> Message:
        reply = mount.setup(args)
        if reply.err:
            lifetime.end_soon()  # the server gives up, but leaves the process running
        else:
            lifetime.set_up()
        return reply

    return {
        **_backend(mount),
        "/pb.Backend/Setup": _unary(set_up, pb.SetupArgs),
        # The server ends this stream before it calls Shutdown, or because it is dead.
        "/plugin.GRPCBroker/StartStream": Listening(
            lambda message: broker.offer(pb.ConnInfo.FromString(message)), lifetime.end_soon
        ),
        "/plugin.GRPCStdio/StreamStdio": Unary(lambda _: None),  # an empty stream of outputs
        "/plugin.GRPCController/Shutdown": Unary(lambda _: b"", afterwards=lifetime.end),
        "/logical.PluginVersion/Version": _constant(pb.VersionReply()),
        # one process for each mount
        "/pluginutil.multiplexing.PluginMultiplexing/MultiplexingSupport": _constant(
            pb.MultiplexingSupportResponse(supported=False)
        ),
        "/grpc.health.v1.Health/Check": _constant(pb.HealthCheckResponse(status=_SERVING)),
    }


def _backend(mount: BackendServicer) -> dict[str, RpcMethod]:
    def known_answer(message: bytes) -> bytes | None:
        reply = mount.known_answer(pb.HandleRequestArgs.FromString(message))
        return None if reply is None else _serialized(reply)

    request = _unary(mount.handle_request, pb.HandleRequestArgs)
    methods: dict[str, RpcMethod] = {
        "Type": _unary(mount.type, pb.Empty),
        "SpecialPaths": _unary(mount.special_paths, pb.Empty),
        "Initialize": _unary(mount.initialize, pb.Empty),
        "HandleRequest": Unary(request.answer, answer_at_once=known_answer),
        "HandleExistenceCheck": _unary(mount.handle_existence_check, pb.HandleExistenceCheckArgs),
        "InvalidateKey": _unary(mount.invalidate_key, pb.InvalidateKeyArgs),
        "Cleanup": _unary(mount.cleanup, pb.Empty),
    }
    return {f"/pb.Backend/{name}": method for name, method in methods.items()}


def _unary(answer: Callable[[Message], Message], argument_type: Message) -> Unary:
    return Unary(lambda message: _serialized(answer(argument_type.FromString(message))))


def _constant(reply: Message) -> Unary:
    return Unary(lambda _: _serialized(reply))


def _serialized(message: Message) -> bytes:
    return bytes(message.SerializeToString())
