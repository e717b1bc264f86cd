"""Bodies in `aws-chunked` encoding: each chunk is signed, in a chain that starts with the request.

Source: AWS, "Signature calculations for the Authorization header: Transferring payload in multiple
chunks", and the same with trailing headers.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller.parsed_signature import Signature
from labkit.servers.aws.door.caller.signature_check import EMPTY, sign
from labkit.servers.aws.door.request.received import Received

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_HEAD = re.compile(rb"([0-9a-f]{1,8});chunk-signature=([0-9a-f]{64})")
# S3 knows checksums as trailing headers. Another header would change a request after its decision.
_TRAILER = re.compile(rb"(x-amz-(?:checksum-[a-z0-9]{1,32}|trailer-signature)):([^\r\n]{0,512})")


@dataclass(frozen=True)
class Decoded:
    """A body without its chunks.

    Args:
        body: the data.
        trailers: the headers that followed it.
    """

    body: bytes
    trailers: dict[str, str]


def is_streaming(request: Received) -> bool:
    """Say whether a body declares itself to be in signed chunks."""
    return request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")


def decode(secret: str, request: Received, signature: Signature) -> Decoded:
    """Verify and remove the chunks of a body.

    Raises:
        Refusal: a chunk is malformed or forged, or the length differs from what was declared.
    """
    kind = request.headers["x-amz-content-sha256"]
    if kind not in (SIGNED, WITH_TRAILER):
        raise Refusal("IncompleteSignature", f"{kind} is not understood")
    data, previous, rest = _chunks(secret, request.body, signature)
    if kind == SIGNED and rest not in (b"", b"\r\n"):
        raise Refusal("IncompleteBody", "something follows the last chunk")
    trailers = _trailers(secret, signature, previous, rest) if kind == WITH_TRAILER else {}
    declared = request.headers.get("x-amz-decoded-content-length")
    if declared != str(len(data)):
        raise Refusal("IncompleteBody", "x-amz-decoded-content-length is not the body's length")
    return Decoded(data, trailers)


def _chunks(secret: str, body: bytes, signature: Signature) -> tuple[bytes, str, bytes]:
    """Return the data of all chunks, the signature of the last one, and what follows it."""
    rest, previous, data = body, signature.value, bytearray()
    while True:
        head, rest = _line(rest)
        size, given = _head(head)
        chunk, rest = rest[:size], rest[size:]
        if len(chunk) < size:
            raise Refusal("IncompleteBody", "the body ends inside a chunk")
        previous = _verify(secret, signature, (previous, EMPTY, _sha256(chunk)), given, "PAYLOAD")
        data += chunk
        if not size:
            return bytes(data), previous, rest
        if not rest.startswith(b"\r\n"):
            raise Refusal("IncompleteBody", "a chunk has another length than it says")
        rest = rest[2:]


def _line(text: bytes) -> tuple[bytes, bytes]:
    line, end, rest = text.partition(b"\r\n")
    if not end:
        raise Refusal("IncompleteBody", "the body ends without a last chunk")
    return line, rest


def _head(line: bytes) -> tuple[int, str]:
    found = _HEAD.fullmatch(line)
    if not found:
        raise Refusal("IncompleteBody", "a chunk's header is malformed")
    return int(found[1], 16), found[2].decode()


def _trailers(secret: str, signature: Signature, previous: str, rest: bytes) -> dict[str, str]:
    lines = [line for line in rest.split(b"\r\n") if line]
    found = [_TRAILER.fullmatch(line) for line in lines]
    if not lines or not all(found):
        raise Refusal("IncompleteBody", "the trailing headers are malformed")
    headers = {match[1].decode(): match[2].decode("latin-1") for match in found if match}
    given = headers.pop("x-amz-trailer-signature", "")
    text = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    _verify(secret, signature, (previous, _sha256(text.encode())), given, "TRAILER")
    return headers


def _verify(
    secret: str, signature: Signature, parts: tuple[str, ...], given: str, kind: str
) -> str:
    head = (f"AWS4-HMAC-SHA256-{kind}", signature.time, signature.scope)
    expected = sign(secret, signature, "\n".join((*head, *parts)))
    if not hmac.compare_digest(expected, given):
        raise Refusal("SignatureDoesNotMatch")
    return expected


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
