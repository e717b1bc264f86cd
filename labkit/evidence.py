"""What a lab did with leases and what was seen of them: kept as it happens, saved, loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit import clocks, records
from labkit.audit import Request
from labkit.cloud.journal import Entry
from labkit.leases import Lease
from labkit.proof import Proof
from labkit.samples import Sample
from labkit.timeline import Event, Kind, Lifetime, lifetimes


@dataclass
class Evidence:
    """A lab's own record; what it computes, it computes without any server.

    Args:
        events: every issue, renewal and revocation by the lab.
        samples: every look at a lease.
        proofs: the rows of the proof table.
        calls: AWS's journal, as far as it was gathered.
        requests: Vault's audit log, as far as it was gathered.
    """

    events: list[Event] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    calls: list[Entry] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def add(self, kind: Kind, asked: float, lease: Lease) -> None:
        """Record that Vault issued, renewed or revoked a lease.

        Args:
            kind: which of them.
            asked: epoch seconds UTC, before Vault was asked.
            lease: the lease as it stands now.
        """
        self.events.append(Event(asked, kind, lease))

    @property
    def aligned_calls(self) -> list[Entry]:
        """AWS's journal by Vault's clock, should the two differ."""
        return clocks.shifted(self.calls, clocks.lead(self.calls, self.requests))

    def lifetimes(self) -> list[Lifetime]:
        """Return when each lease lived, joined from all sources."""
        return lifetimes(self.events, self.samples, self.aligned_calls, self.requests)

    def save(self, path: Path | str) -> None:
        """Write everything as JSON lines (`labkit.records`), without secrets."""
        lines = records.lines(
            event=self.events,
            sample=self.samples,
            proof=self.proofs,
            call=self.calls,
            request=self.requests,
        )
        Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Evidence:
        """Read what `save` wrote; raise LabError for what it did not write."""
        kept: dict[str, list[Any]] = {kind: [] for kind in records.READERS}
        for kind, record in records.read(Path(path).read_text(encoding="utf-8").splitlines()):
            kept[kind].append(record)
        return cls(**{f"{kind}s": found for kind, found in kept.items()})
