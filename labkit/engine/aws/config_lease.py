"""`config/lease`: how long the leases of IAM users last."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from labkit.engine.plugin.backend import Path
from labkit.engine.plugin.durations import format_duration, parse_duration
from labkit.engine.plugin.fields import Field, Kind
from labkit.engine.plugin.request import Operation, Request, Response, Storage, UserError

KEY = "config/lease"
NANOSECONDS = 10**9
FIELDS = {
    "lease": Field(Kind.STRING, "", "How long a lease lasts, like 30m."),
    "lease_max": Field(Kind.STRING, "", "How long it lasts at most, renewals included, like 24h."),
}


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


def path() -> Path:
    """Return the API path config/lease."""
    return Path(
        pattern="config/lease",
        operations={Operation.READ: read, Operation.UPDATE: write},
        fields=FIELDS,
        help="How long the leases of IAM users last.",
    )


def read(request: Request) -> Response | None:
    """Return the lease config as Go writes durations."""
    if request.storage.get(KEY) is None:
        return None
    config = LeaseConfig.load(request.storage)
    return Response(
        {"lease": format_duration(config.lease), "lease_max": format_duration(config.lease_max)}
    )


def write(request: Request) -> None:
    """Store the lease config; both fields are needed each time.

    Raises:
        UserError: if one is missing or no duration.
    """
    for name in FIELDS:
        if not request.fields[name]:
            raise UserError(f"'{name}' is a required parameter")
    LeaseConfig(**{name: _seconds(request, name) for name in FIELDS}).store(request.storage)


def _seconds(request: Request, name: str) -> float:
    try:
        return parse_duration(request.fields[name])
    except ValueError as error:
        raise UserError(f"Invalid {name}: {error}") from error
