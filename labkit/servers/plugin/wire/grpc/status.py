"""How a gRPC call ends: a status code, and a text if the code is not OK."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from urllib.parse import quote, unquote

from labkit.servers.plugin.wire.http2.headers import encode_headers

_MAX_TEXT = 1000  # so that trailers fit into one frame


class Status(IntEnum):
    """The status codes of gRPC that this package sends or tells apart."""

    OK = 0
    UNKNOWN = 2
    DEADLINE_EXCEEDED = 4
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14


class RpcError(Exception):
    """A call ended with another status than OK.

    Args:
        status: the code.
        text: what the other side says about it.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text

    def __str__(self) -> str:
        known = self.status in Status.__members__.values()
        name = Status(self.status).name if known else f"status {self.status}"
        return f"{name}: {self.text}"


def trailers(status: Status, text: str = "") -> bytes:
    """Return the header block that ends a call."""
    message = [(b"grpc-message", quote(text[:_MAX_TEXT]).encode())] if text else []
    return encode_headers([(b"grpc-status", b"%d" % status), *message])


def error_in(headers: Mapping[bytes, bytes]) -> RpcError | None:
    """Return the error that a reply's headers and trailers tell; None if the status is OK."""
    number = headers.get(b"grpc-status", b"")
    status = int(number) if number.isdigit() else Status.UNKNOWN
    if status == Status.OK:
        return None
    return RpcError(status, unquote(headers.get(b"grpc-message", b"").decode(errors="replace")))
