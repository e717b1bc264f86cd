"""An HTTP proxy in front of a real server that breaks one write, then works again."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

WRITES = {"POST", "PUT", "DELETE"}
READING = (b"Action=Get", b"Action=List")


class FailingProxy:
    """Forwards requests to a server; one write fails.

    Args:
        target: URL of the server.
        answer_is_lost: whether the server gets the failing write; its client sees an error anyhow.
    """

    def __init__(self, target: str, *, answer_is_lost: bool) -> None:
        self._target = urlsplit(target).netloc
        self._answer_is_lost = answer_is_lost
        self._left: int | None = None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail_once(self, after: int | None) -> None:
        """Break the write that follows `after` further writes; None breaks none."""
        self._left = after

    def _is_broken(self, method: str, body: bytes) -> bool:
        if method not in WRITES or body.startswith(READING):
            return False
        with self._lock:
            if self._left is None:
                return False
            self._left -= 1
            if self._left >= 0:
                return False
            self._left = None
            return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                broken = proxy._is_broken(self.command, body)
                if broken and not proxy._answer_is_lost:
                    self._reply(400, {}, b'{"errors": ["broken by the test"]}')
                    return
                upstream = http.client.HTTPConnection(proxy._target)
                upstream.request(self.command, self.path, body, dict(self.headers))
                answer = upstream.getresponse()
                content = answer.read()
                upstream.close()
                if broken:
                    self._reply(400, {}, b'{"errors": ["answer lost by the test"]}')
                    return
                self._reply(answer.status, dict(answer.getheaders()), content)

            def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()

        return Handler
