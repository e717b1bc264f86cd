"""One HTTP/2 connection to a gRPC server, for one unary call at a time."""

from __future__ import annotations

import socket
import ssl
import time
from functools import lru_cache

from labkit.servers.plugin.wire.grpc.messages import Body, with_prefix
from labkit.servers.plugin.wire.grpc.secure_socket import SecureSocket
from labkit.servers.plugin.wire.grpc.status import Status, error_in
from labkit.servers.plugin.wire.http2.connection import (
    DataReceived,
    GoingAway,
    HeadersReceived,
    Http2Connection,
    Http2Event,
    StreamReset,
)
from labkit.servers.plugin.wire.http2.frames import Http2Error
from labkit.servers.plugin.wire.http2.headers import encode_headers
from labkit.servers.plugin.wire.tls import SERVER_NAME


class UnaryConnection:
    """An HTTP/2 connection. Only the thread that acquired it uses and closes it."""

    def __init__(self, path: str, tls: ssl.SSLContext | None, seconds: float) -> None:
        self._http = Http2Connection(is_client=True)
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(seconds)
        try:
            raw.connect(path)
            self._socket = SecureSocket(raw, tls, is_server=False)
            self._socket.shake_hands()
            self._socket.send(self._http.take_output())
        except BaseException:
            raw.close()
            raise

    def is_usable(self) -> bool:
        """Process the frames that arrived since the last call; return False if the server left."""
        self._socket.set_timeout(0)
        try:
            while True:
                self._receive(_Reply())
        except BlockingIOError:
            return True
        except (OSError, Http2Error):
            return False

    def call(self, method: str, message: bytes, seconds: float) -> bytes:
        """Call a method and return the serialized reply; see `UnaryClient.call`."""
        deadline, reply = time.monotonic() + seconds, _Reply()
        stream = self._http.open_stream(_header_block(method, seconds))
        self._http.send_rest(stream, with_prefix(message))
        self._socket.set_timeout(seconds)
        self._socket.send(self._http.take_output())
        while not reply.ended:
            self._socket.set_timeout(_left(deadline))
            self._receive(reply)
        return reply.message()

    def interrupt(self) -> None:
        """Make a call in progress in another thread fail; that thread closes the socket."""
        self._socket.shut_down()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _receive(self, reply: _Reply) -> None:
        received = self._socket.receive()
        if not received:
            raise ConnectionResetError("the server closed the connection")
        try:
            for event in self._http.receive(self._socket.decrypt(received)):
                reply.apply(event)
        finally:
            if output := self._http.take_output():
                self._socket.send(output)


class _Reply:
    """The headers, trailers and body that have arrived of a reply."""

    def __init__(self) -> None:
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._body = Body()

    def apply(self, event: Http2Event) -> None:
        """Add what arrived.

        Raises:
            ConnectionResetError: if the server will not complete the reply.
        """
        if isinstance(event, GoingAway):
            raise ConnectionResetError("the server is closing the connection")
        if isinstance(event, StreamReset):
            if not self.ended:
                raise ConnectionResetError("the server broke the call off")
            return
        if isinstance(event, HeadersReceived):
            self._headers |= event.headers
        elif isinstance(event, DataReceived):
            self._body.add(event.data)
        self.ended = event.ended

    def message(self) -> bytes:
        """Return the message.

        Raises:
            RpcError: if the status is not OK, or the message is compressed or incomplete.
            TimeoutError: if the server says that the deadline has passed.
        """
        if error := error_in(self._headers):
            raise TimeoutError if error.status == Status.DEADLINE_EXCEEDED else error
        return self._body.only_message()


@lru_cache(maxsize=32)
def _header_block(method: str, seconds: float) -> bytes:
    return encode_headers(
        [
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":path", method.encode()),
            (b":authority", SERVER_NAME.encode()),
            (b"te", b"trailers"),
            (b"content-type", b"application/grpc"),
            (b"grpc-timeout", b"%dm" % max(1, seconds * 1000)),
        ]
    )


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
