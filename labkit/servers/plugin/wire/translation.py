"""Between the protocol's messages and the types an engine's author sees.

The traps of the Go side, one line each: empty JSON texts and a missing issue time make the server
fail, times to live are nanoseconds, and an error reply is a response whose only key is `error`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from labkit.servers.plugin.errors import (
    RateLimitedError,
    UnsupportedOperationError,
    UnsupportedPathError,
    UserError,
    described,
)
from labkit.servers.plugin.fields import FieldError
from labkit.servers.plugin.request import EPOCH, Request, Response, Secret, Storage, SystemView
from labkit.servers.plugin.wire.messages import Message, pb

if TYPE_CHECKING:
    from labkit.servers.plugin.fields import Fields

NANOSECONDS = 10**9
_PLAIN_ERROR, _USER_ERROR, _UNSUPPORTED_OPERATION, _UNSUPPORTED_PATH = 0, 1, 5, 6
_SECRET_TYPE = "secret_type"  # noqa: S105 - the key under which the framework keeps a secret's type


def request_from(message: Message, storage: Storage, system: SystemView) -> Request:
    """Return a `pb.Request` as the engine sees it; its `fields` hold the data as sent."""
    return Request(
        operation=message.operation,
        path=message.path,
        storage=storage,
        system=system,
        fields=cast("Fields", _data(message.data)),  # raw; the dispatch parses them
        display_name=message.display_name,
        secret=_secret_from(message.secret) if message.HasField("secret") else None,
    )


def reply_to(response: Response | None) -> Message:
    """Return the `pb.HandleRequestReply` for an answer; none at all is an empty reply."""
    if response is None:
        return pb.HandleRequestReply()
    return pb.HandleRequestReply(
        response=pb.Response(
            data=_json(response.data),
            secret=None if response.secret is None else _secret_to(response.secret),
            warnings=[_text(warning) for warning in response.warnings],
        )
    )


def failure(error: Exception) -> Message:
    """Return the `pb.HandleRequestReply` for an exception of the engine."""
    if isinstance(error, RateLimitedError):
        return pb.HandleRequestReply(
            response=_error_response(error),
            err=pb.ProtoError(err_type=_PLAIN_ERROR, err_msg="upstream rate limited"),
        )
    if isinstance(error, UserError):
        return pb.HandleRequestReply(response=_error_response(error))
    return pb.HandleRequestReply(err=proto_error(error))


def proto_error(error: Exception) -> Message:
    """Return an exception as `pb.ProtoError`."""
    kind = _PLAIN_ERROR
    if isinstance(error, FieldError):
        kind = _USER_ERROR
    if isinstance(error, UnsupportedOperationError):
        kind = _UNSUPPORTED_OPERATION
    if isinstance(error, UnsupportedPathError):
        kind = _UNSUPPORTED_PATH
    return pb.ProtoError(err_type=kind, err_msg=_text(described(error)))


def _error_response(error: Exception) -> Message:
    return pb.Response(data=_json({"error": str(error)}))


def _secret_from(message: Message) -> Secret:
    internal = _object(message.internal_data)
    options = message.lease_options
    issued = options.issue_time
    return Secret(
        type=str(internal.get(_SECRET_TYPE, "")),
        internal={key: value for key, value in internal.items() if key != _SECRET_TYPE},
        ttl=options.TTL // NANOSECONDS,
        max_ttl=options.MaxTTL // NANOSECONDS,
        renewable=options.renewable,
        increment=options.increment // NANOSECONDS,
        issue_time=EPOCH + timedelta(seconds=issued.seconds, microseconds=issued.nanos // 1000),
        lease_id=message.lease_id,
    )


def _secret_to(secret: Secret) -> Message:
    since, second = secret.issue_time - EPOCH, timedelta(seconds=1)
    return pb.Secret(
        internal_data=_json({**secret.internal, _SECRET_TYPE: secret.type}),
        lease_id=secret.lease_id,
        lease_options=pb.LeaseOptions(
            TTL=secret.ttl * NANOSECONDS,
            MaxTTL=secret.max_ttl * NANOSECONDS,
            renewable=secret.renewable,
            increment=secret.increment * NANOSECONDS,
            issue_time=pb.Timestamp(
                seconds=since // second, nanos=(since % second).microseconds * 1000
            ),
        ),
    )


def _data(text: str) -> Mapping[str, Any]:
    """Return a request's parameters; a number comes as its text, as in Vault's framework."""
    value = json.loads(text, parse_int=str, parse_float=str) if text else None
    return value if isinstance(value, dict) else {}


def _object(text: str) -> Mapping[str, Any]:
    value = json.loads(text) if text else None
    return value if isinstance(value, dict) else {}


def _json(value: Mapping[str, Any] | None) -> str:
    return json.dumps(None if value is None else dict(value), allow_nan=False)


def _text(text: str) -> str:
    """Return what protobuf can carry: half a surrogate pair, which JSON allows, is replaced."""
    return text.encode(errors="replace").decode()
