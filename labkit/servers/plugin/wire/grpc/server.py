"""A gRPC server on a Unix socket, with a thread for each connection."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress

from labkit.servers.plugin.wire.grpc.secure_socket import SecureSocket
from labkit.servers.plugin.wire.grpc.server_connection import ServerConnection
from labkit.servers.plugin.wire.grpc.service import RpcMethod

_BACKLOG = 64


class GrpcServer:
    """Serves until closed.

    grpclib, with an event loop and its own HTTP/2 state machine, needs three times the CPU time for
    a call.

    Args:
        path: where to listen.
        tls: the TLS context; None for plain text.
        methods: what the server offers, by path, for instance `/pb.Backend/Setup`.
        workers: run the methods.
    """

    def __init__(
        self,
        path: str,
        tls: ssl.SSLContext | None,
        methods: Mapping[str, RpcMethod],
        workers: Executor,
    ) -> None:
        self._tls = tls
        self._methods = methods
        self._workers = workers
        self._connections = set[ServerConnection]()
        self._closed = False
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(_BACKLOG)
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening and disconnect all clients."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        for connection in connections:
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        secured = SecureSocket(client, self._tls, is_server=True)
        connection = ServerConnection(secured, self._methods, self._workers)
        with self._lock:
            self._connections.add(connection)
            if self._closed:
                connection.close()
        try:
            connection.run()
        finally:
            with self._lock:
                self._connections.discard(connection)
