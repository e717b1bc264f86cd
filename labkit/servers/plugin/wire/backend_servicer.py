"""The mount that this process serves: the engine, its storage, and the calls of `pb.Backend`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from labkit.servers.plugin.backend import Backend
from labkit.servers.plugin.dispatch import dispatch, exists
from labkit.servers.plugin.errors import (
    EngineError,
    UnsupportedOperationError,
    described,
)
from labkit.servers.plugin.request import Operation, Request
from labkit.servers.plugin.wire.broker import Broker
from labkit.servers.plugin.wire.host import HostChannel, HostStorage, HostSystemView
from labkit.servers.plugin.wire.messages import Message, pb
from labkit.servers.plugin.wire.translation import failure, proto_error, reply_to, request_from

_LOGICAL = 1  # a secrets engine, as against an auth method
_INITIALIZE = "initialize"
_RESOLVE_PATH = "resolve-path"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Engine:
    """An engine with the server at hand."""

    backend: Backend
    host: HostChannel

    def request(self, message: Message) -> Request:
        return request_from(message, HostStorage(self.host), HostSystemView(self.host))


class BackendServicer:
    """The service `pb.Backend`: each method answers the call of its name, and never raises.

    Args:
        factory: makes the engine; called once for each Setup.
        broker: leads to the server's storage.
    """

    def __init__(self, factory: Callable[[], Backend], broker: Broker) -> None:
        self._factory = factory
        self._broker = broker
        self._engine: _Engine | None = None

    def setup(self, args: Message) -> Message:
        """Make the engine and connect its storage, without touching it: a probe has none."""
        self.close()
        try:
            backend = self._factory()
            client = self._broker.dial(args.broker_id)
        except Exception as error:
            _log.exception("setup failed")
            return pb.ErrorReply(err=described(error))
        self._engine = _Engine(backend, HostChannel(client))
        return pb.ErrorReply()

    def type(self, _: Message) -> Message:
        """Say that this is a secrets engine."""
        return pb.TypeReply(type=_LOGICAL)

    def special_paths(self, _: Message) -> Message:
        """Say which storage is local and which is wrapped by the seal."""
        backend = self._ready().backend
        return pb.SpecialPathsReply(
            paths=pb.Paths(
                local_storage=backend.local_storage, seal_wrap_storage=backend.seal_wrapped
            )
        )

    def initialize(self, _: Message) -> Message:
        """Let the engine load what it keeps in memory."""
        try:
            engine = self._ready()
            if engine.backend.initialize is not None:
                engine.backend.initialize(engine.request(pb.Request(operation=_INITIALIZE)))
        except Exception as error:
            _log.exception("initialize failed")
            return pb.InitializeReply(err=proto_error(error))
        return pb.InitializeReply()

    def known_answer(self, args: Message) -> Message | None:
        """Return the answer to a request that the engine need not see, else None."""
        if args.request.operation != _RESOLVE_PATH:  # OpenBao asks this before each request
            return None
        return failure(UnsupportedOperationError("unsupported operation"))

    def handle_request(self, args: Message) -> Message:
        """Answer one request."""
        message = args.request
        try:
            engine = self._ready()
            return reply_to(dispatch(engine.backend, engine.request(message)))
        except Exception as error:
            if message.operation == Operation.ROLLBACK or not isinstance(error, EngineError):
                _log.exception("%s failed", message.operation)
            return failure(error)

    def handle_existence_check(self, args: Message) -> Message:
        """Tell create from update."""
        try:
            engine = self._ready()
            found = exists(engine.backend, engine.request(args.request))
        except Exception as error:
            return pb.HandleExistenceCheckReply(err=proto_error(error))
        return pb.HandleExistenceCheckReply(check_found=found is not None, exists=bool(found))

    def invalidate_key(self, args: Message) -> Message:
        """Tell the engine that a stored value changed behind its back."""
        try:
            backend = self._ready().backend
            if backend.invalidate is not None:
                backend.invalidate(args.key)
        except Exception:
            _log.exception("invalidate failed")
        return pb.Empty()

    def cleanup(self, _: Message) -> Message:
        """Let go of the server's storage; may come twice, or without a Setup."""
        self.close()
        return pb.Empty()

    def close(self) -> None:
        """Close the brokered connection: the server waits for that when it unmounts."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.host.client.close()

    def _ready(self) -> _Engine:
        engine = self._engine
        if engine is None:
            raise EngineError("the server sent a request without a Setup: mount the engine again")
        return engine
