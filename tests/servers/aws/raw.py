"""Requests that no SDK sends: signed by hand, then changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import REGION, Keys

FORM = "application/x-www-form-urlencoded"
TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Raw:
    """One HTTP request, header by header."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())

    def with_header(self, name: str, value: str) -> Raw:
        """Return the request with a header in place of all of that name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))

    def adding(self, name: str, value: str) -> Raw:
        """Return the request with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))

    def header(self, name: str) -> str:
        """Return the value of a header."""
        return next(value for key, value in self.headers if key.lower() == name.lower())

    def replacing(self, old: str, new: str) -> Raw:
        """Return the request with a change inside its Authorization header."""
        return self.with_header("Authorization", self.header("Authorization").replace(old, new))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]


def signed(
    cloud: AwsAdmin,
    keys: Keys,
    service: str,
    method: str = "POST",
    path: str = "/",
    body: bytes = b"",
    *,
    late: float = 0.0,
    **headers: str,
) -> Raw:
    """Return a request that botocore has signed.

    Args:
        cloud: the AWS side.
        keys: to sign with.
        service: signing name.
        method: of HTTP.
        path: with the query string.
        body: a form for the query APIs.
        late: seconds to add to the time of the signature.
        headers: further headers; `_` stands for `-`.
    """
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if body and service != "s3":
        given.setdefault("Content-Type", FORM)
    request = AWSRequest(method, cloud.url + path, data=body, headers=given)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(*keys), service, REGION)
    moment = datetime.now(UTC) + timedelta(seconds=late)
    request.context["timestamp"] = moment.strftime(TIME)
    if service == "s3":
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    if keys.security_token:
        request.headers["X-Amz-Security-Token"] = keys.security_token
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(text, request))  # noqa: SLF001 - its only way
    return Raw(method, path, body, tuple(request.headers.items()))


def send(cloud: AwsAdmin, raw: Raw) -> Answer:
    """Send a request as it is."""
    address = urlsplit(cloud.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    names = {name.lower() for name, _ in raw.headers}
    try:
        connection.putrequest(
            raw.method, raw.path, skip_host="host" in names, skip_accept_encoding=True
        )
        for name, value in raw.headers:
            connection.putheader(name, value)
        if not names & {"content-length", "transfer-encoding"}:
            connection.putheader("Content-Length", str(len(raw.body)))
        connection.endheaders(raw.body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode("latin-1"), dict(answer.getheaders()))
    finally:
        connection.close()
