"""The request as moto gets it: in one reading only, and already decided."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from labkit.servers.aws.door.caller.parsed_signature import Signature
from labkit.servers.aws.door.request.received import Received

ANONYMOUS_SCOPE = "AKIAANONYMOUSANONYM0/20000101/us-east-1/s3/aws4_request"
_DROPPED = (
    "HTTP_TRANSFER_ENCODING",
    "HTTP_X_MOTO_ACCOUNT_ID",
    "HTTP_X_AMZ_TRAILER",
    "HTTP_X_AMZ_DECODED_CONTENT_LENGTH",
    "HTTP_X_AMZ_CONTENT_SHA256",
    "HTTP_USER_AGENT",  # moto takes a region out of it
    "HTTP_ORIGIN",
    "wsgi.input_terminated",
)


def anew(
    environ: Mapping[str, Any],
    received: Received,
    signature: Signature | None,
    trailers: Mapping[str, str],
) -> dict[str, Any]:
    """Return a WSGI environment without what moto could read in another way than the door.

    Args:
        environ: of the request.
        received: the request, with the body decoded.
        signature: its signature; None if it is anonymous.
        trailers: the headers that followed a chunked body.
    """
    kept = {name: value for name, value in environ.items() if name not in _DROPPED}
    query = "&".join(part for part in received.query.split("&") if not _of_signature(part))
    scope = f"{signature.key_id}/{signature.scope}" if signature else ANONYMOUS_SCOPE
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    kept |= {
        "QUERY_STRING": query,
        "RAW_URI": received.path + (f"?{query}" if query else ""),
        "REQUEST_URI": received.path + (f"?{query}" if query else ""),
        "HTTP_AUTHORIZATION": authorization,
        "wsgi.input": io.BytesIO(received.body),
        "CONTENT_LENGTH": str(len(received.body)),
    }
    for name, value in trailers.items():
        kept[f"HTTP_{name.upper().replace('-', '_')}"] = value
    if encoding := _without_chunks(kept.pop("HTTP_CONTENT_ENCODING", "")):
        kept["HTTP_CONTENT_ENCODING"] = encoding
    return kept


def _of_signature(parameter: str) -> bool:
    return parameter.partition("=")[0].lower().startswith("x-amz-")


def _without_chunks(encoding: str) -> str:
    parts = [part.strip() for part in encoding.split(",")]
    return ",".join(part for part in parts if part and part.lower() != "aws-chunked")
