"""From a request to the engine's function that answers it, by operation first and then by path.

Source: `sdk/framework/backend.go` of OpenBao for the order and the texts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from labkit.servers.plugin import wal
from labkit.servers.plugin.backend import Backend, Path, SecretType
from labkit.servers.plugin.description.help_text import engine_help, path_help
from labkit.servers.plugin.description.openapi import document
from labkit.servers.plugin.errors import (
    EngineError,
    UnsupportedOperationError,
    UnsupportedPathError,
    UserError,
    combined,
    described,
)
from labkit.servers.plugin.fields import FieldError, parse_fields
from labkit.servers.plugin.request import Operation, Request, Response, Secret

Clock = Callable[[], float]
_RESOLVE_PATH = "resolve-path"
_ON_PATHS = {
    Operation.CREATE,
    Operation.READ,
    Operation.UPDATE,
    Operation.PATCH,
    Operation.DELETE,
    Operation.LIST,
}


def dispatch(backend: Backend, request: Request, clock: Clock = time.time) -> Response | None:
    """Answer one request of the server.

    The operation decides first: a server sends some (`resolve-path`, `rollback`) for any path, and
    an engine that answers those by path breaks its whole mount.

    Args:
        backend: the engine.
        request: its `fields` hold the data as the client sent them; the handler gets them parsed.
        clock: returns UTC seconds since the epoch.

    Raises:
        UnsupportedOperationError, UnsupportedPathError: nothing here answers that.
        Exception: whatever the engine raises.
    """
    response: Response | None = None
    match request.operation:
        case Operation.HELP:
            response = _help(backend, request)
        case Operation.RENEW:
            response = _renew(backend, request)
        case Operation.REVOKE:
            _revoke(backend, request)
        case Operation.ROLLBACK:
            _roll_back(backend, request, clock)
        case operation if operation in _ON_PATHS:
            response = _handle(backend, request)
        case operation:
            if operation != _RESOLVE_PATH:
                _route(backend, request.path)
            raise UnsupportedOperationError("unsupported operation")
    return response


def exists(backend: Backend, request: Request) -> bool | None:
    """Tell whether a POST would change something that exists; None if its path cannot tell.

    Raises:
        FieldError: a parameter does not fit its type.
        UnsupportedPathError: no path matches.
    """
    path, captures = _route(backend, request.path)
    if path.exists is None:
        return None
    fields, _ = parse_fields(path.fields, request.fields, captures)
    return path.exists(replace(request, fields=fields))


def _handle(backend: Backend, request: Request) -> Response | None:
    path, captures = _route(backend, request.path)
    handler = path.operations.get(Operation(request.operation))
    if handler is None:
        raise UnsupportedOperationError("unsupported operation")
    try:
        fields, warnings = parse_fields(path.fields, request.fields, captures)
    except FieldError as error:
        raise UserError(f"Field validation failed: {error}") from error
    response = handler(replace(request, fields=fields))
    return response and replace(response, warnings=response.warnings + warnings)


def _route(backend: Backend, wanted: str) -> tuple[Path, Mapping[str, str]]:
    """Return the first path that matches as a whole, and its named groups ("" if left out)."""
    for path in backend.paths:
        # In Go `\w` has only ASCII letters, and a hyphen after it in brackets is a hyphen.
        match = re.fullmatch(path.pattern.replace(r"\w-", r"\w\-"), wanted, re.ASCII)
        if match:
            return path, match.groupdict(default="")
    raise UnsupportedPathError("unsupported path")


def _renew(backend: Backend, request: Request) -> Response:
    secret, kind = _lease(backend, request)
    renewed = kind.renew(request)
    # The server forgets what it knew of the secret and keeps what the reply says.
    return Response(
        secret=replace(
            renewed,
            type=secret.type,
            internal=renewed.internal or secret.internal,
            issue_time=secret.issue_time,
        )
    )


def _revoke(backend: Backend, request: Request) -> None:
    _, kind = _lease(backend, request)
    kind.revoke(request)


def _lease(backend: Backend, request: Request) -> tuple[Secret, SecretType]:
    if request.secret is None:
        raise EngineError("request has no secret")
    for kind in backend.secrets:
        if kind.name == request.secret.type:
            return request.secret, kind
    raise EngineError("secret is unsupported by this backend")


def _roll_back(backend: Backend, request: Request, clock: Clock) -> None:
    """Run the periodic function, then undo what the write-ahead log still announces."""
    late: list[str] = []
    if backend.periodic is not None:
        try:
            backend.periodic(request)
        except Exception as error:  # the log must be walked all the same
            late.append(described(error))
    failed = _walk(backend, request, clock)
    if late:
        raise EngineError(combined([*late, *failed]))
    if failed:
        raise UserError(combined(failed))


def _walk(backend: Backend, request: Request, clock: Clock) -> list[str]:
    if not backend.rollback:
        return []
    undo: dict[str, Callable[[Any], None]] = {
        kind: partial(function, request) for kind, function in backend.rollback.items()
    }
    immediate = "immediate" in request.fields
    before = float("inf") if immediate else clock() - backend.rollback_min_age
    return wal.roll_back(request.storage, undo, before)


def _help(backend: Backend, request: Request) -> Response:
    """Describe the engine or one path; the server asks every mount for its own OpenAPI document."""
    if request.path:
        path, _ = _route(backend, request.path)
        paths, text = [path], path_help(path, request.path)
    else:
        paths, text = list(backend.paths), engine_help(backend)
    prefix = str(request.fields.get("requestResponsePrefix", ""))
    openapi = document(paths, prefix, request.system.server_version())
    return Response(data={"help": text, "see_also": None, "openapi": openapi})
