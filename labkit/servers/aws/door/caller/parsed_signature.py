"""The signature of a request, parsed strictly: one place, each part once, nothing else.

Source: AWS, "Signature Version 4 signing process" and "Authenticating Requests: Using Query
Parameters".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.received import Received

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_EXPIRES = 604_800  # seconds; a week
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<credential>[^\s,]+), *"
    r"SignedHeaders=(?P<signed>[^\s,]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
_SCOPE = re.compile(
    r"(?P<key_id>\w{1,128})/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request"
)
_TIME = re.compile(r"\d{8}T\d{6}Z")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_QUERY = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")


@dataclass(frozen=True)
class Signature:
    """What a request says about its signature.

    Args:
        key_id: the access key id.
        date: of the scope, such as "20261125".
        region: of the scope.
        service: of the scope: the signing name.
        signed_headers: names in lower case, sorted.
        value: the signature in hexadecimal digits.
        time: X-Amz-Date.
        token: the session token, if there is one.
        expires: seconds for which a presigned request is valid; None for a signed header.
    """

    key_id: str = field(repr=False)
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str = field(repr=False)
    time: str
    token: str | None = field(repr=False)
    expires: int | None

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def presigned(self) -> bool:
        """Whether the signature came in the query string."""
        return self.expires is not None


def parse_signature(request: Received) -> Signature | None:
    """Return the signature of a request, None if it carries none.

    Raises:
        Refusal: the signature is malformed, or there are two.
    """
    in_query = {name for name, _ in request.parameters if name.lower().startswith("x-amz-")}
    is_presigned = any(name.lower() in _QUERY_NAMES for name in in_query)
    authorization = request.headers.get("authorization")
    if authorization is not None and is_presigned:
        raise Refusal("TwoSignatures", "only one of Authorization and X-Amz-Signature is allowed")
    if authorization is not None:
        return _from_header(request, authorization)
    return _from_query(request) if is_presigned else None


_QUERY_NAMES = {"x-amz-algorithm", *(name.lower() for name in _QUERY)}


def _from_header(request: Received, authorization: str) -> Signature:
    found = _HEADER.fullmatch(authorization.strip())
    if not found:
        raise Refusal("IncompleteSignature", "the Authorization header is malformed")
    return signature_of_parts(
        found["credential"],
        signed=found["signed"],
        value=found["signature"],
        time=request.headers.get("x-amz-date", ""),
        token=request.headers.get("x-amz-security-token"),
        expires=None,
    )


def _from_query(request: Received) -> Signature:
    counts = Counter(name for name, _ in request.parameters)
    repeated = [name for name, times in counts.items() if times > 1]
    given = dict(request.parameters)
    missing = [name for name in (*_QUERY, "X-Amz-Algorithm", "X-Amz-Expires") if name not in given]
    if missing or repeated or given.get("X-Amz-Algorithm") != ALGORITHM:
        raise Refusal("MalformedQuery", "the query string carries no complete signature")
    expires = given["X-Amz-Expires"]
    if not (expires.isascii() and expires.isdigit() and 0 < int(expires) <= MAX_EXPIRES):
        raise Refusal("MalformedQuery", f"X-Amz-Expires must be from 1 to {MAX_EXPIRES} seconds")
    return signature_of_parts(
        given["X-Amz-Credential"],
        signed=given["X-Amz-SignedHeaders"],
        value=given["X-Amz-Signature"],
        time=given["X-Amz-Date"],
        token=_token(request.headers, given),
        expires=int(expires),
    )


def _token(headers: Mapping[str, str], given: Mapping[str, str]) -> str | None:
    if "x-amz-security-token" in headers and "X-Amz-Security-Token" in given:
        raise Refusal("MalformedQuery", "there are two session tokens")
    return given.get("X-Amz-Security-Token") or headers.get("x-amz-security-token")


def signature_of_parts(
    credential: str, *, signed: str, value: str, time: str, token: str | None, expires: int | None
) -> Signature:
    """Return a signature, with its parts checked against each other.

    Raises:
        Refusal: a part is malformed.
    """
    scope = _SCOPE.fullmatch(credential)
    if not scope:
        raise Refusal(
            "IncompleteSignature", "Credential must be KEY/DATE/REGION/SERVICE/aws4_request"
        )
    if not _TIME.fullmatch(time):
        raise Refusal("IncompleteSignature", "X-Amz-Date must have the form YYYYMMDDTHHMMSSZ")
    if not time.startswith(scope["date"]):
        raise Refusal("WrongScope", "Date in Credential scope does not match X-Amz-Date")
    if not _SIGNATURE.fullmatch(value):
        raise Refusal("IncompleteSignature", "the signature is malformed")
    names = tuple(signed.split(";"))
    if list(names) != sorted(set(names)) or signed != signed.lower():
        raise Refusal("IncompleteSignature", "SignedHeaders must be sorted, in lower case")
    return Signature(
        **scope.groupdict(),
        signed_headers=names,
        value=value,
        time=time,
        token=token,
        expires=expires,
    )
