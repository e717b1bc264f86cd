"""The services of one URL, without the web application that moto puts around each service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from moto.core.request import Request
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SERVICES = frozenset({"ec2", "iam", "sts"})  # each has one URL, so that nothing has to be routed

Answer = tuple[int, dict[str, str], str]
Dispatch = Callable[[Request], Answer]


@dataclass(frozen=True)
class DirectMoto:
    """Moto, whose code for a service with one URL is called directly.

    Args:
        aws: moto's WSGI application, for the other services.
    """

    aws: WSGIApplication

    def __call__(self, environ: dict[str, Any]) -> Response:
        """Answer one request that the door has decided on.

        The form is not read again: moto gets the request that the door has read.
        """
        service = environ["labkit.operation"].service
        if service not in SERVICES:
            return Response.from_app(self.aws, environ, buffered=True)
        status, headers, body = _dispatch(service)(environ["labkit.request"])
        return Response(body, status, headers)


@cache
def _dispatch(service: str) -> Dispatch:
    """Return moto's code for a service; it takes a while to load."""
    [dispatch] = import_module(f"moto.{service}.urls").url_paths.values()
    found: Dispatch = dispatch
    return found
