"""Samples: one look at a lease from both sides, Vault's and AWS's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.leases import Lease, look_up

if TYPE_CHECKING:
    import hvac

ALLOWED = "allowed"


@dataclass(frozen=True)
class Sample:
    """What Vault and AWS said of one credential at one time.

    Args:
        time: epoch seconds UTC, before the first question.
        lease_id: the lease looked at.
        ttl: seconds that Vault says remain; None when it knows no such lease.
        user_present: whether AWS has the IAM user.
        ec2: `allowed`, or the error code of EC2 DescribeInstances with the key.
        s3: the same of S3 ListBuckets.
    """

    time: float
    lease_id: str
    ttl: int | None
    user_present: bool
    ec2: str
    s3: str

    @property
    def key_works(self) -> bool:
        """Whether AWS still served the key, if only for what it may do."""
        return self.ec2 == ALLOWED

    @property
    def ended(self) -> bool:
        """Whether the lease, the user and the key were all gone."""
        return self.ttl is None and not self.user_present and not self.key_works


def take(
    vault: hvac.Client,
    operator: Any,  # noqa: ANN401 - boto3 sessions are untyped
    key: Any,  # noqa: ANN401
    lease: Lease,
    *,
    clock: Callable[[], float] = time.time,
) -> Sample:
    """Ask Vault for the lease, AWS for the user, and AWS again with the key itself.

    Args:
        vault: client whose token may look leases up.
        operator: boto3 session that may ask IAM for users.
        key: boto3 session with the credentials of the lease.
        lease: the lease to look at.
        clock: epoch seconds UTC.
    """
    from labkit.cloud.probes import probe, user_exists

    now = clock()
    found = look_up(vault, lease.lease_id)
    with_key = probe(key)
    return Sample(
        time=now,
        lease_id=lease.lease_id,
        ttl=None if found is None else found.ttl,
        user_present=user_exists(operator, lease.user_name),
        ec2=with_key.ec2,
        s3=with_key.s3,
    )
