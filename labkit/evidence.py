"""What a lab did with leases and what it saw of them, kept as it happens."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from labkit.leases import Lease
from labkit.proof import Proof
from labkit.samples import Sample
from labkit.timeline import Call, Event, Kind, Lifetime, lifetimes


@dataclass
class Evidence:
    """A lab's own record.

    Args:
        events: every issue, renewal and revocation.
        samples: every look at a lease.
        proofs: the rows of the proof table.
    """

    events: list[Event] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)

    def add(self, kind: Kind, asked: float, lease: Lease) -> None:
        """Record that Vault issued, renewed or revoked a lease.

        Args:
            kind: which of them.
            asked: epoch seconds UTC, before Vault was asked.
            lease: the lease as it stands now.
        """
        self.events.append(Event(asked, kind, lease))

    def lifetimes(self, calls: Sequence[Call]) -> list[Lifetime]:
        """Return when each lease lived, joined with AWS's journal."""
        return lifetimes(self.events, self.samples, calls)
