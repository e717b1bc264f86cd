"""What a lab did with leases and what was seen of them: kept as it happens, saved, loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.evidence.model.lease_events import Event, EventKind
from labkit.vault.leases import Lease

if TYPE_CHECKING:
    from labkit.evidence.analyse.facts import Facts
    from labkit.evidence.analyse.jobs import FinishedJobs
    from labkit.evidence.analyse.joins import Line
    from labkit.evidence.analyse.population import Population
    from labkit.evidence.analyse.proof import Proof
    from labkit.evidence.analyse.story import Story
    from labkit.evidence.analyse.timeline import Lifetime
    from labkit.evidence.analyse.workload import Workload
    from labkit.evidence.model.predictions import Prediction
    from labkit.evidence.model.requests import AuditedRequest
    from labkit.evidence.model.samples import Gap, Sample
    from labkit.evidence.model.uses import Attempt, Happening, Job, Use
    from labkit.servers.aws.api.entry import Entry


@dataclass
class Evidence:
    """A lab's own record; what it computes, it computes without any server.

    Args:
        events: every issue, renewal and revocation by the lab.
        samples: every look at a lease.
        proofs: the rows of the proof table.
        calls: AWS's journal, as far as it was gathered.
        requests: Vault's audit log, as far as it was gathered.
        attempts: who could do what.
        predictions: what was expected, and what was observed then.
        uses: the calls of the clients of workloads.
        happenings: what happened to these clients.
        jobs: programs that ran to their end.
        gaps: what could not be collected the last time.
        one_clock: whether Vault and AWS share this machine's clock; the times are then kept.
        hashed: returns the HMAC by which Vault's audit log shows a value, None if unknown.
    """

    events: list[Event] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    calls: list[Entry] = field(default_factory=list)
    requests: list[AuditedRequest] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    one_clock: bool = field(default=False, init=False)
    hashed: Callable[[str], str | None] = field(
        default=lambda _: None, init=False, repr=False, compare=False
    )

    def add(self, kind: EventKind, asked: float, lease: Lease) -> None:
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
        if self.one_clock:
            return list(self.calls)
        from labkit.evidence.analyse import clocks

        return clocks.shifted(self.calls, clocks.lead(self.calls, self.requests))

    def lifetimes(self) -> list[Lifetime]:
        """Return when each lease lived, joined from all sources."""
        from labkit.evidence.analyse.timeline import lifetimes

        return lifetimes(self.events, self.samples, self.aligned_calls, self.requests)

    def population(self) -> Population:
        """Return how many leases and IAM users there were at each time."""
        from labkit.evidence.analyse.population import count

        return count(self.lifetimes(), self.aligned_calls)

    def workload(self) -> Workload:
        """Return the last workload.

        Raises:
            LabError: there was none.
        """
        from labkit.evidence.analyse.workload import workload

        return workload(self.uses, self.happenings, self.aligned_calls)

    def finished_jobs(self) -> FinishedJobs:
        """Return all jobs, with what they made and left behind."""
        from labkit.evidence.analyse.jobs import finished_jobs

        return finished_jobs(self.jobs, self.requests, self.aligned_calls)

    def timeline(self) -> list[Line]:
        """Return every observation in order, each joined to its lease if it can be."""
        from labkit.evidence.analyse.joins import join

        return join(self._facts.values(), self.samples, self.aligned_calls, self.requests)

    def story(self, of: Lease | str | None = None) -> Story:
        """Return the story of a credential.

        Args:
            of: its lease, lease_id, access key id or IAM user, or the accessor of its token;
                a lease_id (`…8mQ2`) and a key id may be shortened as outputs show them. An
                accessor tells of all leases of the token. None is the lease issued last.

        Raises:
            LabError: the evidence knows nothing of it; the message says what was searched.
        """
        from labkit.evidence.analyse.telling import tell

        facts = self._facts
        lives = {one.lease_id: one for one in self.lifetimes()}
        if isinstance(of, Lease) and of.lease_id in lives:
            found = [of.lease_id]
        elif of is None and lives:
            found = [next(reversed(lives))]
        else:
            from labkit.evidence.analyse.search import find_leases

            ordered = {lease_id: facts[lease_id] for lease_id in lives}
            found = find_leases(ordered, of, self.hashed, self.calls, self.requests)
        return tell([(facts[one], lives[one]) for one in found], self.requests)

    @property
    def _facts(self) -> dict[str, Facts]:
        from labkit.evidence.analyse.facts import by_lease

        return by_lease(self.events, self.samples, self.aligned_calls, self.requests)

    def save(self, path: Path | str) -> None:
        """Write everything as JSON lines (`labkit.evidence.records`), without secrets."""
        from labkit.evidence import records

        lines = records.lines({kind: getattr(self, f"{kind}s") for kind in records.READERS})
        Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Evidence:
        """Read what `save` wrote; raise LabError for what it did not write."""
        from labkit.evidence import records

        kept: dict[str, list[Any]] = {}
        for kind, record in records.read(Path(path).read_text(encoding="utf-8").splitlines()):
            kept.setdefault(f"{kind}s", []).append(record)
        return cls(**kept)
