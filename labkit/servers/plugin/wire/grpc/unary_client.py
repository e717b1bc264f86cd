"""Call unary gRPC methods from threads, one call at a time on each HTTP/2 connection.

A blocking call from the worker's own thread needs a third of the CPU time of a call of grpclib,
which goes to an event loop and back.
"""

from __future__ import annotations

import ssl
import threading

from labkit.servers.plugin.wire.grpc.unary_connection import UnaryConnection


class UnaryClient:
    """A pool of connections to one gRPC server. Thread-safe.

    Args:
        path: the Unix socket on which the server listens.
        tls: the TLS context of the connections; None for plain text.
        connect_seconds: timeout of connecting, TLS handshake included.
    """

    def __init__(self, path: str, tls: ssl.SSLContext | None, connect_seconds: float) -> None:
        self._path = path
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._lock = threading.Lock()
        self._idle: list[UnaryConnection] = []
        self._busy: set[UnaryConnection] = set()
        self._closed = False

    def connect(self) -> None:
        """Open a connection for the first call.

        Raises:
            OSError: if nothing listens, or the TLS handshake fails.
        """
        self._release(self._open())

    def call(self, method: str, message: bytes, seconds: float) -> bytes:
        """Call a method and return the serialized reply.

        A call is made once. It is not repeated if its connection breaks, because the server may
        have served it.

        Args:
            method: the path, for instance `/pb.Storage/Get`.
            message: the serialized argument.
            seconds: timeout of the call.

        Raises:
            RpcError: if the server answers with an error status.
            Http2Error: if the server violates HTTP/2.
            OSError: if the connection breaks; TimeoutError if there is no reply in time.
        """
        connection = self._acquire()
        try:
            reply = connection.call(method, message, seconds)
        except BaseException:
            self._discard(connection)
            raise
        self._release(connection)
        return reply

    def close(self) -> None:
        """Close all connections. Idempotent; calls in progress fail."""
        with self._lock:
            self._closed = True
            for connection in self._busy:
                connection.interrupt()
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _acquire(self) -> UnaryConnection:
        while connection := self._take_idle():
            if connection.is_usable():
                return connection
            self._discard(connection)
        return self._open()

    def _take_idle(self) -> UnaryConnection | None:
        with self._lock:
            if not self._idle:
                return None
            connection = self._idle.pop()
            self._busy.add(connection)
            return connection

    def _open(self) -> UnaryConnection:
        connection = UnaryConnection(self._path, self._tls, self._connect_seconds)
        with self._lock:
            self._busy.add(connection)
            closed = self._closed
        if closed:
            self._discard(connection)
            raise ConnectionAbortedError("the connection to the server is closed")
        return connection

    def _release(self, connection: UnaryConnection) -> None:
        with self._lock:
            self._busy.discard(connection)
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _discard(self, connection: UnaryConnection) -> None:
        with self._lock:
            self._busy.discard(connection)
        connection.close()
