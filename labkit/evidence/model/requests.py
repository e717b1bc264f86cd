"""Requests to Vault, as its audit log records them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

HMAC = "hmac-sha256:"
HASH_LENGTH = len(HMAC) + 16  # of an HMAC in saved evidence: tells a thousand million apart
LOOKUP, UNWRAP = "sys/leases/lookup", "sys/wrapping/unwrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRequest:
    """One request to Vault and what became of it; times are epoch seconds UTC.

    A value that Vault had hashed, and that nobody could name, still starts with `hmac-sha256:`.

    Args:
        time: when Vault had checked the token and set to work.
        duration: seconds until Vault answered; None if the log holds no answer.
        operation: read, list, create, update or delete.
        path: what was asked for.
        display_name: how Vault names the asking token; empty for a login that failed.
        accessor: the HMAC of the asking token's accessor; for a login, of the token it made.
        lease_id: the lease that was issued, renewed, looked up or revoked.
        access_key: the access key that was issued.
        user_name: the IAM user of that key.
        expire_time: when the lease ends, if a lookup told.
        token_expires: when the asking token ends.
        made_accessor: the HMAC of the accessor of a token that the answer carried.
        ended_accessor: the HMAC of the accessor of the token that was to be revoked.
        wrap_token: the HMAC of the response-wrapping token that the answer carried.
        mount_type: the type of the mount that was asked, such as `aws`.
        error: why Vault refused, None if it did not.
    """

    time: float
    duration: float | None = None
    operation: str
    path: str
    display_name: str = ""
    accessor: str = ""
    lease_id: str | None = None
    access_key: str | None = field(default=None, repr=False)
    user_name: str | None = None
    expire_time: float | None = None
    token_expires: float | None = None
    made_accessor: str | None = None
    ended_accessor: str | None = None
    wrap_token: str | None = field(default=None, repr=False)
    mount_type: str = ""
    error: str | None = None

    @property
    def is_issue(self) -> bool:
        """Whether a lease on an access key was issued."""
        return self.access_key is not None and self.lease_id is not None

    @property
    def caller(self) -> str:
        """How Vault names the asking token, without `token-`; "nobody" without a token."""
        return self.display_name.removeprefix("token-") or "nobody"

    @property
    def command(self) -> str:
        """The request as Vault's CLI writes it, such as `read aws/creds/my-ec2-role`."""
        operation = {"update": "write", "create": "write"}.get(self.operation, self.operation)
        return f"{operation} {self.path}" + (" (a lease)" if is_hashed(self.lease_id) else "")

    def named(self, known: Mapping[str, str], users: Mapping[str, str]) -> AuditedRequest:
        """Return the request with hashes undone and the IAM user of its key named.

        Args:
            known: HMAC to lease_id or access key.
            users: access key to IAM user.
        """
        lease_id = known.get(self.lease_id or "", self.lease_id)
        key = known.get(self.access_key or "", self.access_key)
        user_name = users.get(key or "", self.user_name)
        return replace(self, lease_id=lease_id, access_key=key, user_name=user_name)

    @property
    def end(self) -> float:
        """When Vault answered; the time of the request if no answer is known."""
        return self.time + (self.duration or 0.0)


Requests = Sequence[AuditedRequest]


def is_hashed(value: str | None) -> bool:
    """Return whether a value is still an HMAC."""
    return value is not None and value.startswith(HMAC)
