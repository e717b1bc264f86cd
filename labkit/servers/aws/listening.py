"""The HTTP server, with bounds: threads, idle connections, the time of one request."""

from __future__ import annotations

import socket
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 128
IDLE = 20  # seconds between two pieces of a request


class Handler(MotoRequestHandler):
    """Ends connections that send nothing."""

    timeout = IDLE

    def make_environ(self) -> dict[str, Any]:
        """Return the WSGI environment; a header that may be there once only is kept twice."""
        environ: dict[str, Any] = super().make_environ()
        for name, key in (("Content-Length", "CONTENT_LENGTH"), ("Content-Type", "CONTENT_TYPE")):
            if len(values := self.headers.get_all(name) or []) > 1:
                environ[key] = ",".join(values)
        return environ


class Server(ThreadedWSGIServer):
    """Answers a bounded number of requests at the same time; others wait for their turn."""

    daemon_threads = True

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - werkzeug's
        self._free = BoundedSemaphore(THREADS)
        super().__init__(*arguments, **named)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - werkzeug's
        """Start a thread for a connection, once there is one."""
        if not self._free.acquire(timeout=IDLE):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - werkzeug's
        """Answer a connection in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


def make_server(listener: socket.socket, app: WSGIApplication) -> Server:
    """Return the server of an application on a listening socket."""
    host, port = listener.getsockname()[:2]
    return Server(host, port, app, Handler, fd=listener.fileno())
