"""A request as it arrived, with its body read within limits."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus

from labkit.servers.aws.door.answers.refusal import Refusal

FORM = "application/x-www-form-urlencoded"
MAX_FORM = 1 << 20  # bytes; AWS's query APIs take less
MAX_BODY = 64 << 20  # bytes; an S3 object of a lab
MAX_PARAMETERS = 2_000
PIECE = 1 << 16


@dataclass(frozen=True)
class Received:
    """One HTTP request.

    Args:
        method: in capitals.
        path: as it was sent, percent-encoded, without the query string.
        query: as it was sent.
        headers: values by name in lower case; values of repeated headers joined by ",".
        body: all of it.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The decoded parameters of the query string, in their order."""
        return pairs(self.query)

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        """The decoded fields of the body, if it is a form."""
        return pairs(self.body.decode("latin-1")) if self.is_form else []

    @property
    def is_form(self) -> bool:
        """Whether the body is a form, as in AWS's query APIs."""
        return self.headers.get("content-type", "").startswith(FORM)


def pairs(text: str) -> list[tuple[str, str]]:
    """Return the decoded names and values of a query string.

    Raises:
        Refusal: there are too many.
    """
    parts = [part for part in text.split("&") if part]
    if len(parts) > MAX_PARAMETERS:
        raise Refusal("TooManyParameters", f"a request has at most {MAX_PARAMETERS} parameters")
    split = (part.partition("=") for part in parts)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in split]


def receive(environ: Mapping[str, Any]) -> Received:
    """Read a WSGI request.

    Raises:
        Refusal: the body is too long, or its length is not told properly.
    """
    path, _, query = str(environ.get("RAW_URI") or environ.get("PATH_INFO", "/")).partition("?")
    if "://" in path.split("/", 1)[0] + "//" and not path.startswith("/"):
        path = "/" + path.split("://", 1)[1].partition("/")[2]
    return Received(
        method=str(environ["REQUEST_METHOD"]),
        path=path or "/",
        query=query or str(environ.get("QUERY_STRING", "")),
        headers=_headers(environ),
        body=_body(environ),
    )


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    names: Mapping[str, str] = environ.get("moto.preserved_header_names") or {}
    headers = {
        names.get(key, key[5:].replace("_", "-")).lower(): str(value).strip()
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.lower().replace("_", "-")] = str(environ[key])
    return headers


def _body(environ: Mapping[str, Any]) -> bytes:
    try:
        return _read_body(environ)
    except TimeoutError as error:
        message = (
            "Your socket connection to the server was not read from or written to within the "
            "timeout period. Idle connections will be closed."
        )
        raise Refusal("RequestTimeout", message, 400, verbatim=True) from error


def _read_body(environ: Mapping[str, Any]) -> bytes:
    """Return the body. Refuse Content-Length together with chunks: servers read this differently.

    Source: RFC 9112, section 6.3, "Message Body Length" (request smuggling).
    """
    length, encoding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    limit = MAX_FORM if str(environ.get("CONTENT_TYPE", "")).startswith(FORM) else MAX_BODY
    if encoding and (length or encoding.strip().lower() != "chunked"):
        raise Refusal("MalformedRequest", "only one of Content-Length and chunked is understood")
    if encoding:
        return _read_all(environ["wsgi.input"], limit)
    if not length:
        return b""
    if not (length.isascii() and length.isdigit()):
        raise Refusal("MalformedRequest", "Content-Length must be a number")
    if int(length) > limit:
        raise Refusal("RequestTooLarge", f"a body has at most {limit} bytes")
    body: bytes = environ["wsgi.input"].read(int(length))
    if len(body) < int(length):
        raise Refusal("IncompleteBody", "the body is shorter than Content-Length says")
    return body


def _read_all(stream: io.RawIOBase, limit: int) -> bytes:
    body = bytearray()
    try:
        while piece := stream.read(PIECE):
            body += piece
            if len(body) > limit:
                raise Refusal("RequestTooLarge", f"a body has at most {limit} bytes")
    except TimeoutError:
        raise
    except OSError as error:
        raise Refusal("MalformedRequest", f"the chunked body is malformed: {error}") from error
    return bytes(body)
