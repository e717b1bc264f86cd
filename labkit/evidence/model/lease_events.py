"""Events: what the lab asked Vault to do with a lease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labkit.vault.leases import Lease

EventKind = Literal["issue", "renew", "revoke"]


@dataclass(frozen=True)
class Event:
    """Something the lab asked Vault to do with a lease.

    Args:
        time: epoch seconds UTC at which Vault was asked.
        kind: what was asked.
        lease: the lease as it stood after it.
    """

    time: float
    kind: EventKind
    lease: Lease
