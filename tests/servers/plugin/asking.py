"""Asking an engine without a server."""

from collections.abc import Callable
from typing import Any

from labkit.servers.plugin.backend import Backend, Handler, Path
from labkit.servers.plugin.dispatch import dispatch
from labkit.servers.plugin.request import Operation, Request, Response, Secret
from tests.servers.memory import FixedSystemView, MemoryStorage, as_fields


def ask(
    backend: Backend,
    operation: str,
    path: str = "",
    data: dict[str, Any] | None = None,
    *,
    secret: Secret | None = None,
    storage: MemoryStorage | None = None,
    now: float = 0.0,
) -> Any:
    request = Request(
        operation,
        path,
        storage or MemoryStorage(),
        FixedSystemView(),
        as_fields(data or {}),
        secret=secret,
    )
    return dispatch(backend, request, clock=lambda: now)


def one_path(
    pattern: str,
    handler: Handler = lambda _: None,
    **options: Any,
) -> Backend:
    return Backend([Path(pattern, {Operation.READ: handler}, **options)])


def echo(request: Request) -> Response:
    return Response(data=dict(request.fields))


def raising(error: Exception) -> Callable[..., Any]:
    def handler(*_: object) -> None:
        raise error

    return handler
