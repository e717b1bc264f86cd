"""A gRPC server on a Unix socket that answers each call as the test says, frame by frame."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import H2Error

Answer = Callable[["Connection", int, bytes], None]
"""What the server does with a call: its connection, the stream, the message."""
HEADERS = [(":status", "200"), ("content-type", "application/grpc")]


def framed(message: bytes, *, compressed: int = 0) -> bytes:
    return struct.pack(">BI", compressed, len(message)) + message


def echo(connection: Connection, stream: int, message: bytes) -> None:
    connection.reply(stream, framed(message), [("grpc-status", "0")])


class Connection:
    """A client's connection, served in a thread of its own."""

    def __init__(self, server: GrpcServer, client: socket.socket) -> None:
        self.server = server
        self.http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.http.initiate_connection()
        self.client = client
        self.messages: dict[int, bytearray] = {}
        self.asked: Queue[Callable[[], None]] = Queue()

    def run(self) -> None:
        try:
            if self.server.tls is not None:
                self.client = self.server.tls.wrap_socket(self.client, server_side=True)
            self.flush()
            while data := self.receive():
                self.apply(data)
        except (OSError, H2Error):
            pass  # the client has gone, or the test broke the connection
        finally:
            self.client.close()

    def receive(self) -> bytes:
        while not self.is_readable():
            with suppress(Empty):
                self.asked.get_nowait()()
                self.flush()
        return self.client.recv(65536)

    def is_readable(self) -> bool:
        if isinstance(self.client, ssl.SSLSocket) and self.client.pending():
            return True
        return bool(select.select([self.client], [], [], 0.01)[0])

    def ask(self, action: Callable[[], None]) -> None:
        """Have the connection's thread do something and flush: TLS is not for two threads."""
        done = threading.Event()
        self.asked.put(action)
        self.asked.put(done.set)
        assert done.wait(10)

    def apply(self, data: bytes) -> None:
        for event in self.http.receive_data(data):
            if isinstance(event, RequestReceived):
                self.messages[event.stream_id] = bytearray()
                self.server.headers.append({str(name): str(value) for name, value in event.headers})
            elif isinstance(event, DataReceived):
                self.messages.setdefault(event.stream_id, bytearray()).extend(event.data)
                self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                message = bytes(self.messages.pop(event.stream_id))[5:]
                self.server.answer(self, event.stream_id, message)
            self.flush()

    def reply(self, stream: int, data: bytes, trailers: list[tuple[str, str]]) -> None:
        self.http.send_headers(stream, HEADERS)
        while data:
            while not (size := min(self.http.local_flow_control_window(stream), 16384)):
                self.flush()
                self.apply(self.client.recv(65536))
            part, data = data[:size], data[size:]
            self.http.send_data(stream, part)
            self.flush()
        self.http.send_headers(stream, trailers, end_stream=True)
        self.flush()

    def flush(self) -> None:
        if data := self.http.data_to_send():
            self.client.sendall(data)


class GrpcServer:
    """Listens until closed; `answer` may be replaced at any time."""

    def __init__(self, path: Path, tls: ssl.SSLContext | None = None) -> None:
        self.path, self.tls = str(path), tls
        self.answer: Answer = echo
        self.headers: list[dict[str, str]] = []
        self.connections: list[Connection] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                client.settimeout(20)
                self.connections.append(Connection(self, client))
                self.threads.append(threading.Thread(target=self.connections[-1].run))
                self.threads[-1].start()

    def disconnect(self) -> None:
        """Break all connections, as the end of the server's process does."""
        for connection in self.connections:
            with suppress(OSError):
                connection.client.shutdown(socket.SHUT_RDWR)
        for thread in self.threads[1:]:
            thread.join()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join()
        self.listener.close()
        self.disconnect()


@contextmanager
def serving(path: Path, tls: ssl.SSLContext | None = None) -> Iterator[GrpcServer]:
    server = GrpcServer(path, tls)
    try:
        yield server
    finally:
        server.close()
