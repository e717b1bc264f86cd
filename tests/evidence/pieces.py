"""Small pieces of evidence for tests, at times that are easy to read."""

from datetime import UTC, datetime
from typing import Any

from labkit.aws.probes import ALLOWED
from labkit.evidence.model.requests import AuditedRequest
from labkit.evidence.model.samples import Sample
from labkit.servers.aws.api.entry import Entry
from labkit.vault.leases import Lease


def lease(name: str = "a", *, issued: float = 0, expires: float = 6) -> Lease:
    return Lease(
        lease_id=f"aws/creds/my-ec2-role/{name}",
        lease_duration=round(expires - issued),
        ttl=round(expires - issued),
        renewable=True,
        issue_time=datetime.fromtimestamp(issued, UTC),
        expire_time=datetime.fromtimestamp(expires, UTC),
        access_key=f"key-{name}",
        user_name=f"user-{name}",
    )


def sample(name: str = "a", *, time: float = 0, alive: bool = True) -> Sample:
    return Sample(
        time=time,
        lease_id=f"aws/creds/my-ec2-role/{name}",
        ttl=5 if alive else None,
        user_present=alive,
        ec2=ALLOWED if alive else "AuthFailure",
        s3="AccessDenied" if alive else "InvalidAccessKeyId",
        sts=ALLOWED if alive else "InvalidClientTokenId",
        keys=1 if alive else None,
    )


def call(
    action: str,
    name: str = "a",
    *,
    time: float = 0,
    error: str | None = None,
    by: str = "vault-root",
    about: str = "",
    key: str | None = None,
) -> Entry:
    return Entry(
        time=time,
        duration=0.01,
        service="iam",
        action=action,
        region=None,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        principal=f"arn:aws:iam::123456789012:user/{by}",
        target_user=about or (f"user-{name}" if by == "vault-root" else None),
        target_key_id=key,
        status=403 if error else 200,
        error=error,
    )


def request(
    path: str, *, time: float = 0, operation: str = "update", **fields: Any
) -> AuditedRequest:
    return AuditedRequest(
        **dict[str, Any](time=time, duration=0.01, operation=operation, path=path) | fields
    )


def issue(name: str = "a", *, time: float = 0, **fields: Any) -> AuditedRequest:
    """Return how the audit log shows the issue of a lease, to the token `acc`."""
    known = {"accessor": "acc", "display_name": "approle", "access_key": f"key-{name}"}
    lease_id = f"aws/creds/my-ec2-role/{name}"
    path = "aws/creds/my-ec2-role"
    return request(path, time=time, operation="read", lease_id=lease_id, **(known | fields))
