"""The AWS side as one WSGI application: the lab's endpoints, and moto behind the door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from labkit.servers.aws.answering import Answering
from labkit.servers.aws.api.interface import PREFIX
from labkit.servers.aws.control import Control
from labkit.servers.aws.door.request.hosts import is_known

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


@dataclass(frozen=True)
class App:
    """Routes a request to the lab's endpoints or to AWS.

    Args:
        aws: answers AWS's calls.
        control: the lab's endpoints.
        hosts: further names under which this server is known.
    """

    aws: Answering
    control: Control
    hosts: frozenset[str] = frozenset()
    clock: Callable[[], float] = time.time

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI wants it."""
        return self._route(environ)(environ, start_response)

    def _route(self, environ: dict[str, Any]) -> WSGIApplication:
        host = str(environ.get("HTTP_HOST", ""))
        if not is_known(host, self.hosts):
            return Response("this server has another name\n", status=403)
        if environ["REQUEST_METHOD"] in ("OPTIONS", "TRACE", "CONNECT"):
            return Response("there are no answers for web pages of other sites\n", status=403)
        if str(environ.get("PATH_INFO", "")).startswith(PREFIX):
            return self.control.answer(Request(environ))
        return self.aws.answer(environ)
