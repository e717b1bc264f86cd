"""The HTTP server, with bounds: threads, idle connections, the time of one request."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from labkit.servers.aws.workers import Workers

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import WSGIApplication

SocketRequest = socket.socket | tuple[bytes, socket.socket]  # as socketserver has it
THREADS = 128
IDLE = 20  # seconds between two pieces of a request
WHOLE = 60  # seconds until the last piece of a request has arrived


class DeadlineReader(io.RawIOBase):
    """Read from a socket until a deadline, however often something arrives.

    Args:
        connection: the socket.
        idle: seconds between two pieces.
        whole: seconds until the last piece.
        clock: seconds, from any start.
    """

    def __init__(
        self,
        connection: socket.socket,
        idle: float,
        whole: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._idle = idle
        self._clock = clock
        self._deadline = clock() + whole

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what has arrived.

        Raises:
            TimeoutError: nothing arrived in time.
        """
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("the request has not arrived in time")
        self._connection.settimeout(min(self._idle, left))
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._idle)


class HttpHandler(MotoRequestHandler):
    """Answer one request of a connection; end a connection that sends too slowly."""

    timeout = IDLE
    whole: ClassVar[float] = WHOLE

    def setup(self) -> None:
        """Read from the connection until a deadline. Werkzeug closes it after one answer."""
        super().setup()
        self.rfile.close()
        reader = DeadlineReader(self.connection, self.timeout, self.whole)
        self.rfile = io.BufferedReader(reader)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing: the journal has the calls."""

    def make_environ(self) -> dict[str, Any]:
        """Return the WSGI environment, with all values of a header that may occur only once."""
        environ: dict[str, Any] = super().make_environ()
        for name, key in (("Content-Length", "CONTENT_LENGTH"), ("Content-Type", "CONTENT_TYPE")):
            if len(values := self.headers.get_all(name) or []) > 1:
                environ[key] = ",".join(values)
        return environ


class Server(ThreadedWSGIServer):
    """Answer a bounded number of requests at the same time; further requests wait."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - werkzeug's
        self._workers = Workers(THREADS)
        super().__init__(*arguments, **named)

    def process_request(self, request: SocketRequest, client_address: object) -> None:
        """Answer a connection in a thread, or close the connection if no thread gets free."""
        answer = partial(self.process_request_thread, request, client_address)
        if not self._workers.start(answer, IDLE):
            self.shutdown_request(request)

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Answer until `shutdown` is called, and end the threads."""
        try:
            super().serve_forever(poll_interval)
        finally:
            self._workers.stop()


def make_server(
    listener: socket.socket, app: WSGIApplication, handler: type[HttpHandler] = HttpHandler
) -> Server:
    """Return the server of an application on a listening socket."""
    host, port = listener.getsockname()[:2]
    return Server(host, port, app, handler, fd=listener.fileno())
