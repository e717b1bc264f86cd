"""Revocation latency: from the call that revokes a lease to the first refusal by AWS. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labkit.evidence.analyse.timeline import Lifetime


@dataclass(frozen=True)
class Latency:
    """How long a key outlived the call to revoke its lease; the truth lies between two uses of it.

    Args:
        lease_id: the lease.
        at_least: seconds from the call to the last use that AWS accepted; 0 if there was none.
        at_most: seconds from the call to the first use that AWS refused.
    """

    lease_id: str
    at_least: float
    at_most: float


def latencies(lifetimes: Iterable[Lifetime]) -> list[Latency]:
    """Return the latency of each lease that was ended by request and whose key was tried after."""
    return [
        Latency(one.lease_id, _accepted(one, one.revoked), one.key_refused - one.revoked)
        for one in lifetimes
        if one.revoked is not None and one.key_refused is not None
        if one.revoked <= one.key_refused
    ]


def _accepted(one: Lifetime, revoked: float) -> float:
    """Return when AWS last accepted the key; a use after the first refusal tells nothing."""
    if one.key_accepted is None or one.key_refused is None or one.key_accepted > one.key_refused:
        return 0.0
    return max(one.key_accepted - revoked, 0.0)
