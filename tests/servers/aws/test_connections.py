"""Raw requests that lie about who sends them, or hide a second request."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.raw import FORM, Raw, send
from tests.servers.aws.running import REGION, Keys

pytestmark = pytest.mark.integration


LIES = {
    "a presigned query that nobody signed": lambda key: Raw(
        "GET",
        f"/?Action=ListUsers&X-Amz-Credential={key}%2F20260101%2F{REGION}%2Fiam%2Faws4_request",
    ),
    "a form field": lambda key: Raw(
        "POST",
        "/",
        f"Action=ListUsers&X-Amz-Credential={key}/20260101/{REGION}/iam/aws4_request".encode(),
        (("Content-Type", FORM),),
    ),
    "a signature of zeros": lambda key: Raw(
        "GET",
        "/vault/k",
        b"",
        (
            (
                "Authorization",
                f"AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/s3/aws4_request, "
                f"SignedHeaders=host, Signature={'0' * 64}",
            ),
        ),
    ),
    "an old signature": lambda key: Raw(
        "GET", "/vault/k", b"", (("Authorization", f"AWS {key}:c2lnbmF0dXJl"),)
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_the_journal_believes_no_unsigned_name(cloud: AwsAdmin, operator: Keys, name: str) -> None:
    known = len(cloud.journal())
    answer = send(cloud, LIES[name](operator.access_key))
    [entry] = cloud.journal()[known:]

    assert 400 <= answer.status < 500
    assert entry.principal in (None, "unverified")
    assert operator.secret_key not in json.dumps(entry.to_json())


def exchange(cloud: AwsAdmin, text: bytes) -> bytes:
    """Send bytes on one connection, and return all that comes back."""
    address = urlsplit(cloud.url)
    with socket.create_connection((address.hostname or "", address.port or 0), 30) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    return answer


SMUGGLED = b"GET /_lab/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


SMUGGLERS = {
    "a length of 0 and chunked": b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
    "a space before the colon": b"Content-Length : 0\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 50\r\n",
    "a folded header": b"X-Long: a\r\n Content-Length: 50\r\n",
}


@pytest.mark.parametrize("name", SMUGGLERS)
def test_one_request_is_answered_once(cloud: AwsAdmin, name: str) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\n" + SMUGGLERS[name] + b"\r\n"
    answer = exchange(cloud, head + SMUGGLED)

    assert answer.count(b"HTTP/1.1 ") <= 1, answer
    assert b"ready" not in answer


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "GET"])
def test_no_other_site_is_answered(cloud: AwsAdmin, method: str) -> None:
    headers = (("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"))
    answer = send(cloud, Raw(method, "/vault/k", b"", headers))

    assert answer.status in (403, 405)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
