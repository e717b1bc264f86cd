"""Leases and the credentials they stand for: issue, look up, renew, revoke."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.redact import shorten_key_id

if TYPE_CHECKING:
    import hvac

# Go's units; durationpy also takes days, weeks, months and years, and ignores text between parts
GO_DURATION = re.compile(r"[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)


@dataclass(frozen=True)
class Credentials:
    """The AWS keys that one read of `aws/creds/<role>` returned."""

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(repr=False, default=None)

    def __repr__(self) -> str:
        """Show which key it is, and nothing to use it with."""
        return f"Credentials(access_key='{shorten_key_id(self.access_key)}')"


@dataclass(frozen=True)
class Lease:
    """A lease as Vault last described it; a renewal returns a new one.

    Args:
        lease_id: `<mount>/creds/<role_name>/<random>`.
        lease_duration: seconds granted by the issue or the last renewal.
        ttl: seconds that remained when Vault was asked.
        renewable: whether it may be renewed.
        issue_time: UTC time of the issue.
        expire_time: UTC time at which Vault will revoke it.
        last_renewal: UTC time of the last renewal, None before the first.
        access_key: the AWS access key id it stands for.
        user_name: the IAM user the key belongs to, as AWS names it.
        max_ttl: seconds from the issue beyond which no renewal goes; None if unknown.
    """

    lease_id: str
    lease_duration: int
    ttl: int
    renewable: bool
    issue_time: datetime
    expire_time: datetime
    last_renewal: datetime | None = None
    access_key: str = field(repr=False, default="")
    user_name: str = ""
    max_ttl: int | None = None


def issue(vault: hvac.Client, role_name: str, *, mount: str = "aws") -> tuple[Credentials, Lease]:
    """Read `<mount>/creds/<role_name>`: new credentials and the lease on them.

    Raises:
        LabError: Vault did not issue; the message carries Vault's own text.
    """
    from labkit.vault.client import asking_to

    path = f"{mount}/creds/{role_name}"
    with asking_to(f"read {path}"):
        answer = vault.read(path)
    if not answer:
        raise LabError(
            f"Tried to read {path}: Vault has nothing there. Is the engine enabled at {mount}/?"
        )
    data = answer["data"]
    credentials = Credentials(data["access_key"], data["secret_key"], data["security_token"])
    lease = look_up(vault, answer["lease_id"])
    if lease is None:
        raise LabError(f"Vault issued {answer['lease_id']}, but the lease was gone at once.")
    return credentials, replace(lease, access_key=credentials.access_key)


def max_ttl(vault: hvac.Client, *, mount: str = "aws") -> int | None:
    """Return the seconds after its issue beyond which no lease of a mount may be renewed now.

    The lesser of the engine's `lease_max` (`<mount>/config/lease`) and the mount's `max_lease_ttl`
    (`sys/mounts/<mount>/tune`) holds; None if the token may read neither.
    """
    from hvac.exceptions import Forbidden, InvalidPath

    try:
        limit = int(vault.read(f"sys/mounts/{mount}/tune")["data"]["max_lease_ttl"])
        config = vault.read(f"{mount}/config/lease")
    except (Forbidden, InvalidPath):
        return None
    own = seconds(config["data"]["lease_max"]) if config else 0
    return min(math.ceil(own), limit) if own else limit


def seconds(duration: str) -> float:
    """Return the seconds of a Go duration, such as `1h0m0s`, `1.5h` or `500ms`.

    Raises:
        LabError: the text is not a Go duration (https://pkg.go.dev/time#ParseDuration).
    """
    import durationpy

    refused = LabError(
        f"Tried to read {duration!r} as a duration, but it is not a Go duration. Write numbers "
        "with units, such as 30s, 15m or 1h30m; the units are ns, us, ms, s, m, h."
    )
    if not GO_DURATION.fullmatch(duration):
        raise refused
    try:
        return float(durationpy.from_str(duration).total_seconds())
    except durationpy.DurationError as error:
        raise refused from error


def look_up(vault: hvac.Client, lease_id: str) -> Lease | None:
    """Look a lease up (`sys/leases/lookup`); None when Vault knows no such lease."""
    from hvac.exceptions import InvalidRequest

    try:
        data = vault.sys.read_lease(lease_id)["data"]
    except InvalidRequest as error:
        if "invalid lease" in str(error):
            return None
        raise
    read = datetime.fromisoformat  # it drops the nanoseconds, which a datetime does not hold
    issue_time, expire_time = read(data["issue_time"]), read(data["expire_time"])
    last_renewal = read(data["last_renewal"]) if data["last_renewal"] else None
    return Lease(
        lease_id=lease_id,
        lease_duration=round((expire_time - (last_renewal or issue_time)).total_seconds()),
        ttl=data["ttl"],
        renewable=data["renewable"],
        issue_time=issue_time,
        expire_time=expire_time,
        last_renewal=last_renewal,
    )


def renew(vault: hvac.Client, lease: Lease, increment: int | None = None) -> Lease:
    """Renew a lease (`sys/leases/renew`) and return it as it stands then.

    Args:
        vault: whose token asks.
        lease: what to renew.
        increment: seconds asked for from now on; Vault may grant less.
    """
    vault.sys.renew_lease(lease.lease_id, increment=increment)
    renewed = look_up(vault, lease.lease_id)
    if renewed is None:
        raise LabError(f"Vault renewed {lease.lease_id}, but the lease was gone at once.")
    return replace(
        renewed,
        access_key=lease.access_key,
        user_name=lease.user_name,
        max_ttl=lease.max_ttl,
    )


def revoke(vault: hvac.Client, lease: Lease) -> None:
    """Revoke a lease (`sys/leases/revoke`, synchronously): its IAM user is gone on return."""
    vault.write_data("sys/leases/revoke", data={"lease_id": lease.lease_id, "sync": True})
