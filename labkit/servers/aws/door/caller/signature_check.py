"""Check a request's Signature Version 4, as AWS's server does.

By hand and not with `botocore.auth`: that leaves out headers that a client may sign, and derives
the signing key anew for each request. The tests use botocore as the other side.

Source: AWS, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from botocore.utils import normalize_url_path

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.caller.parsed_signature import ALGORITHM, Signature
from labkit.servers.aws.door.request.received import Received

MAX_SKEW = 900  # seconds
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY = hashlib.sha256(b"").hexdigest()


def check_signature(secret: str, received: Received, signature: Signature) -> None:
    """Compare a request's signature with the one it should have.

    Raises:
        Refusal: they differ.
    """
    expected = expected_signature(secret, received, signature)
    if not hmac.compare_digest(expected, signature.value):
        raise Refusal("SignatureDoesNotMatch")


def check_time(signature: Signature, now: float) -> None:
    """Refuse a signature that is too old, or of the future.

    Args:
        signature: of the request.
        now: epoch seconds (UTC).

    Raises:
        Refusal: its time is more than 15 minutes away, or its URL has expired.
    """
    signed = signed_at(signature)
    if signed > now + MAX_SKEW:
        raise Refusal("Skewed")
    if signature.expires is None and signed < now - MAX_SKEW:
        raise Refusal("Skewed")
    if signature.expires is not None and signed + signature.expires < now:
        raise Refusal("PresignedExpired")


def signed_at(signature: Signature) -> float:
    """Return the time of a signature in epoch seconds.

    Raises:
        Refusal: there is no such day or time.
    """
    try:
        return datetime.strptime(signature.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise Refusal("IncompleteSignature", "X-Amz-Date is no date") from error


@lru_cache(maxsize=4096)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Return the key that signs all requests of a day, region and service."""
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def expected_signature(secret: str, request: Received, signature: Signature) -> str:
    """Return the signature that a request should carry.

    Raises:
        Refusal: a header that must be signed is not, or a signed header is missing.
    """
    canonical = _canonical_request(request, signature)
    digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    text = "\n".join((ALGORITHM, signature.time, signature.scope, digest))
    return sign(secret, signature, text)


def sign(secret: str, signature: Signature, text: str) -> str:
    """Return the signature of a text in the scope of another signature."""
    key = signing_key(secret, signature.date, signature.region, signature.service)
    return hmac.digest(key, text.encode("latin-1", "replace"), "sha256").hex()


def _canonical_request(request: Received, signature: Signature) -> str:
    _check_signed_headers(request, signature)
    headers = "".join(
        f"{name}:{' '.join(request.headers[name].split())}\n" for name in signature.signed_headers
    )
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path, signature.service),
            _canonical_query(request.query),
            headers,
            ";".join(signature.signed_headers),
            payload_hash(request, signature),
        )
    )


def _check_signed_headers(request: Received, signature: Signature) -> None:
    unsigned = [
        name
        for name in request.headers
        if name.startswith("x-amz-")
        and name not in signature.signed_headers
        and not (signature.presigned and name == "x-amz-content-sha256")
    ]
    if "host" not in signature.signed_headers or unsigned:
        raise Refusal(
            "UnsignedHeaders", "There were headers present in the request which were not signed"
        )
    if any(name not in request.headers for name in signature.signed_headers):
        raise Refusal("SignatureDoesNotMatch")


def _canonical_path(path: str, service: str) -> str:
    """S3 takes the path as it is; the other services normalize it and encode it once more."""
    return path if service == "s3" else quote(normalize_url_path(path), safe="/~")


def _canonical_query(query: str) -> str:
    kept = [
        part.partition("=")
        for part in query.split("&")
        if part and part.partition("=")[0] != "X-Amz-Signature"
    ]
    return "&".join(f"{name}={value}" for name, value in sorted((n, v) for n, _, v in kept))


def payload_hash(request: Received, signature: Signature) -> str:
    """Return what stands for the body in the signature.

    Raises:
        Refusal: S3's header names another body, or none, where AWS demands one.
    """
    declared = request.headers.get("x-amz-content-sha256")
    if signature.service != "s3":
        return hashlib.sha256(request.body).hexdigest()
    if signature.presigned and declared in (None, UNSIGNED):
        return UNSIGNED
    if declared is None:
        raise Refusal("MissingHash")
    if declared == UNSIGNED or declared.startswith("STREAMING-UNSIGNED"):
        raise Refusal("UnsignedOverHttp")
    if not declared.startswith("STREAMING-") and declared != _sha256(request.body):
        raise Refusal("WrongHash")
    signed = "x-amz-content-sha256" in signature.signed_headers
    return declared if signed or not signature.presigned else UNSIGNED


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest() if body else EMPTY
