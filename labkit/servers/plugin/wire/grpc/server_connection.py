"""One client's connection to a gRPC server: reads calls, and sends the replies of the workers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field

from labkit.servers.plugin.errors import described
from labkit.servers.plugin.wire.grpc.messages import Body, with_prefix
from labkit.servers.plugin.wire.grpc.secure_socket import SecureSocket
from labkit.servers.plugin.wire.grpc.service import Listening, RpcMethod, Unary
from labkit.servers.plugin.wire.grpc.status import RpcError, Status, trailers
from labkit.servers.plugin.wire.http2.connection import (
    DataReceived,
    HeadersReceived,
    Http2Connection,
    Http2Event,
    StreamReset,
)
from labkit.servers.plugin.wire.http2.frames import Http2Error
from labkit.servers.plugin.wire.http2.headers import encode_headers

HANDSHAKE_SECONDS = 10.0
_HEADERS = encode_headers([(b":status", b"200"), (b"content-type", b"application/grpc")])
_OK = trailers(Status.OK)

_log = logging.getLogger(__name__)


@dataclass
class _Call:
    method: RpcMethod
    body: Body = field(default_factory=Body)


class ServerConnection:
    """A connection. One thread runs `run`; workers send replies under the same lock.

    Args:
        client: the client's socket.
        methods: what the server offers, by path.
        workers: run what may block.
    """

    def __init__(
        self, client: SecureSocket, methods: Mapping[str, RpcMethod], workers: Executor
    ) -> None:
        self._socket = client
        self._methods = methods
        self._workers = workers
        self._http = Http2Connection(is_client=False)
        self._lock = threading.Lock()
        self._calls: dict[int, _Call] = {}

    def run(self) -> None:
        """Serve the client until it disconnects or breaks the protocol."""
        try:
            self._socket.set_timeout(HANDSHAKE_SECONDS)
            self._socket.shake_hands()
            self._socket.set_timeout(None)
            self._serve()
        except (OSError, Http2Error) as error:
            _log.info("a connection ended: %s", type(error).__name__)
        finally:
            self._socket.close()
            for call in self._calls.values():
                _end(call)

    def close(self) -> None:
        """Disconnect the client; `run` then returns."""
        self._socket.shut_down()

    def _serve(self) -> None:
        received = b""  # bytes may have come with the handshake
        while True:
            with self._lock:
                try:
                    events = self._http.receive(self._socket.decrypt(received))
                finally:
                    self._flush()
            for event in events:
                self._apply(event)
            received = self._socket.receive()
            if not received:
                return

    def _apply(self, event: Http2Event) -> None:
        if isinstance(event, HeadersReceived):
            self._open(event)
        if isinstance(event, StreamReset):
            if call := self._calls.pop(event.stream, None):
                _end(call)
        elif isinstance(event, HeadersReceived | DataReceived) and event.stream in self._calls:
            self._receive(event)

    def _open(self, event: HeadersReceived) -> None:
        if event.stream in self._calls:
            return  # trailers, which say nothing to a server
        path = event.headers.get(b":path", b"").decode(errors="replace")
        method = self._methods.get(path)
        if method is None:
            self._fail(event.stream, RpcError(Status.UNIMPLEMENTED, f"unknown method {path}"))
            return
        self._calls[event.stream] = _Call(method)
        if isinstance(method, Listening):
            with self._lock:
                self._http.send_headers(event.stream, _HEADERS)
                self._flush()

    def _receive(self, event: HeadersReceived | DataReceived) -> None:
        call = self._calls[event.stream]
        if isinstance(event, DataReceived):
            call.body.add(event.data)
        if event.ended:
            del self._calls[event.stream]
        try:
            if isinstance(call.method, Listening):
                self._listen(event, call, call.method)
            elif event.ended:
                self._dispatch(event.stream, call.method, call.body.only_message())
        except RpcError as error:
            self._calls.pop(event.stream, None)
            self._fail(event.stream, error)

    def _listen(
        self, event: HeadersReceived | DataReceived, call: _Call, method: Listening
    ) -> None:
        for message in call.body.messages():
            method.receive(message)
        if event.ended:
            method.ended()
            with self._lock:
                self._http.send_rest(event.stream, b"", _OK)
                self._flush()

    def _dispatch(self, stream: int, method: Unary, message: bytes) -> None:
        reply = method.answer_at_once(message)
        if reply is None:
            self._workers.submit(self._answer, stream, method, message)
        else:
            self._reply(stream, reply)

    def _answer(self, stream: int, method: Unary, message: bytes) -> None:
        try:
            self._reply(stream, method.answer(message))
        except Exception as error:
            _log.exception("a call failed")
            self._fail(stream, RpcError(Status.INTERNAL, described(error)))
        method.afterwards()

    def _reply(self, stream: int, reply: bytes | None) -> None:
        body = b"" if reply is None else with_prefix(reply)
        with self._lock:
            self._http.send_headers(stream, _HEADERS)
            self._http.send_rest(stream, body, _OK)
            with suppress(OSError):  # the client has gone; `run` sees it too
                self._flush()

    def _fail(self, stream: int, error: RpcError) -> None:
        block = _HEADERS + trailers(Status(error.status), error.text)
        with self._lock:
            self._http.send_rest(stream, b"", block)
            with suppress(OSError):
                self._flush()

    def _flush(self) -> None:
        if output := self._http.take_output():
            self._socket.send(output)


def _end(call: _Call) -> None:
    if isinstance(call.method, Listening):
        call.method.ended()
