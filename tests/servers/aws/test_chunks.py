"""Bodies in `aws-chunked` encoding, signed by hand: valid, then forged.

Source: AWS, "Signature calculations for the Authorization header: Transferring payload in multiple
chunks".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.raw import Raw, send
from tests.servers.aws.roles import outcome
from tests.servers.aws.running import REGION, Keys, session_of

pytestmark = pytest.mark.integration
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
WITH_TRAILER = f"{STREAMING}-TRAILER"
EMPTY = hashlib.sha256(b"").hexdigest()
CHECKSUM = "sOO8/Q=="
PIECES = (b"x" * 8192, b"the end", b"")


@dataclass(frozen=True)
class Upload:
    """A chunked upload: its head, and each chunk with its signature."""

    head: Raw
    chunks: tuple[tuple[str, str, bytes], ...]  # size in hexadecimal digits, signature, data
    trailer: bytes = b""

    def raw(self) -> Raw:
        """Return the upload as one request."""
        parts = (
            b"%b;chunk-signature=%b\r\n%b\r\n" % (size.encode(), mark.encode(), data)
            for size, mark, data in self.chunks
        )
        body = b"".join(parts)
        if self.trailer:
            body = body.removesuffix(b"\r\n") + self.trailer
        return Raw(self.head.method, self.head.path, body, self.head.headers)

    def changed(self, place: int, *, size: str = "", mark: str = "", data: bytes = b"") -> Upload:
        """Return the upload with something else in one chunk."""
        old = self.chunks[place]
        new = (size or old[0], mark or old[1], data or old[2])
        chunks = [*self.chunks]
        chunks[place] = new
        return Upload(self.head, tuple(chunks))


def upload(cloud: AwsAdmin, *, declared: int | None = None, kind: str = STREAMING) -> Upload:
    """Return an upload signed with the operator's key; the chunks by hand, the head by botocore."""
    identity = cloud.identities()["operator"]
    keys = Keys(identity.access_key_id, identity.secret_access_key)
    length = sum(map(len, PIECES)) if declared is None else declared
    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Content-SHA256": kind,
        "X-Amz-Decoded-Content-Length": str(length),
    }
    request = AWSRequest("PUT", f"{cloud.url}/chunks/k", data=b"", headers=headers)
    auth = S3SigV4Auth(Credentials(*keys), "s3", REGION)
    auth.payload = lambda _: kind
    auth.add_auth(request)
    request.headers.replace_header("X-Amz-Content-SHA256", kind)
    seed = request.headers["Authorization"].rpartition("=")[2]
    head = Raw("PUT", "/chunks/k", b"", tuple(request.headers.items()))
    return Upload(head, tuple(_sign(keys.secret_key, request.context["timestamp"], seed)))


def _sign(secret: str, time: str, previous: str) -> Iterator[tuple[str, str, bytes]]:
    for data in PIECES:
        digest = hashlib.sha256(data).hexdigest()
        previous = _signature(secret, time, "PAYLOAD", previous, EMPTY, digest)
        yield f"{len(data):x}", previous, data


def _signature(secret: str, time: str, kind: str, *parts: str) -> str:
    scope = f"{time[:8]}/{REGION}/s3/aws4_request"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    lines = (f"AWS4-HMAC-SHA256-{kind}", time, scope, *parts)
    return hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def upload_with_trailer(cloud: AwsAdmin, name: str = "x-amz-checksum-crc32c") -> Upload:
    """Return an upload that a signed trailing header follows."""
    signed = upload(cloud, kind=WITH_TRAILER)
    secret = cloud.identities()["operator"].secret_access_key
    time = dict(signed.head.headers)["X-Amz-Date"]
    digest = hashlib.sha256(f"{name}:{CHECKSUM}\n".encode()).hexdigest()
    mark = _signature(secret, time, "TRAILER", signed.chunks[-1][1], digest)
    trailer = f"{name}:{CHECKSUM}\r\nx-amz-trailer-signature:{mark}\r\n\r\n"
    return replace(signed, trailer=trailer.encode())


@pytest.fixture(scope="module", autouse=True)
def _bucket(cloud: AwsAdmin) -> Iterator[None]:
    s3 = session_of(cloud).client("s3")
    s3.create_bucket(Bucket="chunks", CreateBucketConfiguration={"LocationConstraint": REGION})
    yield
    s3.delete_bucket(Bucket="chunks")


@pytest.fixture(autouse=True)
def _no_object(cloud: AwsAdmin) -> Iterator[None]:
    yield
    session_of(cloud).client("s3").delete_object(Bucket="chunks", Key="k")


def stored(cloud: AwsAdmin) -> bool:
    return outcome(session_of(cloud).client("s3").head_object, Bucket="chunks", Key="k") != "404"


def test_signed_chunks_are_put_together(cloud: AwsAdmin) -> None:
    answer = send(cloud, upload(cloud).raw())

    assert answer.status == 200, answer.text
    body = session_of(cloud).client("s3").get_object(Bucket="chunks", Key="k")["Body"].read()
    assert body == b"".join(PIECES)


def test_a_signed_trailer_is_stored_with_the_object(cloud: AwsAdmin) -> None:
    answer = send(cloud, upload_with_trailer(cloud).raw())

    assert answer.status == 200, answer.text
    body = session_of(cloud).client("s3").get_object(Bucket="chunks", Key="k")["Body"].read()
    assert body == b"".join(PIECES)


FORGERIES: dict[str, Callable[[AwsAdmin], Upload]] = {
    "another first chunk": lambda cloud: upload(cloud).changed(0, data=b"y" * 8192),
    "another second chunk": lambda cloud: upload(cloud).changed(1, data=b"THE END"),
    "a wrong signature of a chunk": lambda cloud: upload(cloud).changed(1, mark="0" * 64),
    "a wrong signature of the last chunk": lambda cloud: upload(cloud).changed(2, mark="0" * 64),
    "no last chunk": lambda cloud: Upload(upload(cloud).head, upload(cloud).chunks[:2]),
    "a chunk left out": lambda cloud: Upload(
        (whole := upload(cloud)).head, (whole.chunks[0], whole.chunks[2])
    ),
    "chunks in another order": lambda cloud: Upload(
        (whole := upload(cloud)).head, (whole.chunks[1], whole.chunks[0], whole.chunks[2])
    ),
    "a chunk twice": lambda cloud: Upload(
        (whole := upload(cloud)).head, (*whole.chunks[:2], *whole.chunks[1:])
    ),
    "a chunk longer than it says": lambda cloud: upload(cloud).changed(1, size="6"),
    "a chunk shorter than it says": lambda cloud: upload(cloud).changed(1, size="8"),
    "a chunk of nearly no end": lambda cloud: upload(cloud).changed(1, size="7fffffff"),
    "a chunk of more than eight digits": lambda cloud: upload(cloud).changed(
        1, size="7fffffffffffffff"
    ),
    "a size that is no number": lambda cloud: upload(cloud).changed(1, size="-7"),
    "another decoded length": lambda cloud: upload(cloud, declared=1),
    "an unsigned trailer": lambda cloud: upload(cloud, kind="STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    "a trailer without a signature": lambda cloud: replace(
        upload(cloud, kind=WITH_TRAILER), trailer=b"x-amz-checksum-crc32c:AAAAAA==\r\n\r\n"
    ),
    "another value in a signed trailer": lambda cloud: replace(
        (whole := upload_with_trailer(cloud)), trailer=whole.trailer.replace(b"=", b"A")
    ),
    "a trailer that is missing": lambda cloud: upload(cloud, kind=WITH_TRAILER),
    "a trailer that names another source": lambda cloud: upload_with_trailer(
        cloud, "x-amz-copy-source"
    ),
    "a trailer that names another host": lambda cloud: upload_with_trailer(cloud, "host"),
    "a trailer that names another account": lambda cloud: upload_with_trailer(
        cloud, "x-moto-account-id"
    ),
    "a kind that is none": lambda cloud: upload(cloud, kind="STREAMING-ANYTHING"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_chunks_are_refused(cloud: AwsAdmin, name: str) -> None:
    answer = send(cloud, FORGERIES[name](cloud).raw())

    assert 400 <= answer.status < 500, answer.text
    assert not stored(cloud)


def test_chunks_after_the_last_are_not_stored(cloud: AwsAdmin) -> None:
    raw = upload(cloud).raw()
    answer = send(cloud, Raw(raw.method, raw.path, raw.body + b"more", raw.headers))

    assert 400 <= answer.status < 500, answer.text
    assert not stored(cloud)
