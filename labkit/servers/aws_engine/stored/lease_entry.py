"""How long the leases of IAM users last, as it is stored."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from labkit.servers.plugin.request import Storage

KEY = "config/lease"
NANOSECONDS = 10**9


@dataclass(frozen=True)
class LeaseConfig:
    """The lease and its ceiling in seconds; 0 leaves it to the mount."""

    lease: float = 0
    lease_max: float = 0

    @classmethod
    def load(cls, storage: Storage) -> LeaseConfig:
        """Return the stored lease config, or the one that leaves all to the mount."""
        stored = json.loads(storage.get(KEY) or '{"Lease": 0, "LeaseMax": 0}')
        return cls(stored["Lease"] / NANOSECONDS, stored["LeaseMax"] / NANOSECONDS)

    def store(self, storage: Storage) -> None:
        """Store the lease config in nanoseconds, as Vault's own engine does."""
        entry = {
            "Lease": round(self.lease * NANOSECONDS),
            "LeaseMax": round(self.lease_max * NANOSECONDS),
        }
        storage.put(KEY, json.dumps(entry).encode())

    @property
    def ttl(self) -> int:
        """The lease in whole seconds, rounded up: 0 would mean the mount's own, far longer one."""
        return math.ceil(self.lease)

    @property
    def max_ttl(self) -> int:
        """The ceiling in whole seconds, rounded up."""
        return math.ceil(self.lease_max)
