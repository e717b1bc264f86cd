"""Small pieces of evidence for tests, at times that are easy to read."""

from datetime import UTC, datetime
from types import SimpleNamespace

from labkit.leases import Lease
from labkit.samples import ALLOWED, Sample


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
    )


def call(action: str, name: str = "a", *, time: float = 0, error: str | None = None) -> object:
    return SimpleNamespace(action=action, target_user=f"user-{name}", time=time, error=error)
