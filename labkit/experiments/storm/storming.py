"""Storms: many clients that ask Vault for credentials at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from labkit.errors import LabError
from labkit.evidence.analyse.calls import users_of_keys
from labkit.evidence.analyse.population import Population
from labkit.experiments.storm.counting import counting
from labkit.experiments.storm.issuing import Read, read_at_once, revoke_each
from labkit.machine.restoring import restoring
from labkit.parts.arguments import NUMBER, checked
from labkit.parts.connection import Connection
from labkit.parts.gathering import Gathering
from labkit.vault.leases import Lease

MOST_READS, MOST_CLIENTS = 20_000, 64


@dataclass(frozen=True)
class Storm:
    """The reads of many clients at once.

    Args:
        clients: how many asked at the same time.
        reads: every read, in the order of the answers.
        population: leases and IAM users while the storm lasted, as Vault and AWS counted them.
    """

    clients: int
    reads: tuple[Read, ...]
    population: Population = field(repr=False)

    @property
    def issued(self) -> tuple[Read, ...]:
        """The reads that got a lease."""
        return tuple(read for read in self.reads if not read.error)

    @property
    def refused(self) -> tuple[Read, ...]:
        """The reads that got none."""
        return tuple(read for read in self.reads if read.error)

    @property
    def seconds(self) -> float:
        """From the first question to the last answer."""
        if not self.reads:
            return 0.0
        ends = (read.asked + read.seconds for read in self.reads)
        return max(ends) - min(read.asked for read in self.reads)

    @property
    def rate(self) -> float:
        """Leases issued in a second."""
        return len(self.issued) / self.seconds if self.seconds else 0.0

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        return (
            f"{len(self.issued):,} leases in {self.seconds:.1f} s ({self.rate:.0f}/s) by "
            f"{self.clients} clients; {len(self.refused):,} reads refused"
        )


@dataclass
class Storming:
    """The storms of a lab.

    Args:
        gathering: keeps the evidence.
    """

    gathering: Gathering

    @checked(reads=int, clients=int, role_name=(str, type(None)), seconds=NUMBER)
    def storm(
        self,
        reads: int,
        *,
        clients: int = 8,
        role_name: str | None = None,
        seconds: float = 300.0,
    ) -> Storm:
        """Read credentials with many clients at once, as an application in a crash loop does.

        The keys are dropped, the leases stay; each is evidence. An interrupt stops the clients and
        revokes the leases of this storm.

        Args:
            reads: how many reads in all, refused ones too; at most 20,000.
            clients: how many ask at the same time; at most 64.
            role_name: the Vault role; None is the lab's own, `my-ec2-role`.
            seconds: after which no further read begins.

        Raises:
            LabError: a number is out of range, or others use these servers too.
        """
        on = self.gathering.connection.running()
        _check(on, reads, clients)
        names, token = on.access.names, on.vault.token
        prefix = f"{names.mount}/creds"
        apart = [on.access.client(token) for _ in range(clients)]
        done: list[Read] = []
        with counting(on.root, on.aws(), prefix) as counted:
            try:
                path = f"{prefix}/{role_name or names.role_name}"
                read_at_once(apart, path, reads, seconds=float(seconds), done=done)
            except BaseException:
                with restoring(lambda: revoke_each(apart, done)):
                    raise
        self._keep(done)
        return Storm(clients, tuple(done), counted())

    def _keep(self, done: list[Read]) -> None:
        """Record each lease as evidence, with the IAM user that AWS's journal names."""
        users = users_of_keys(self.gathering.journal())
        for read in done:
            if read.lease_id:
                lease = _lease(read, users.get(read.access_key, ""))
                self.gathering.evidence.add("issue", read.asked, lease)


def _check(on: Connection, reads: int, clients: int) -> None:
    if not (1 <= reads <= MOST_READS and 1 <= clients <= MOST_CLIENTS):
        raise LabError(
            f"lab.storm: asked for {reads} reads by {clients} clients, but there may be 1 to "
            f"{MOST_READS:,} reads by 1 to {MOST_CLIENTS} clients."
        )
    if on.runtime.shared:
        raise LabError(
            "lab.storm: others use these servers too. Start servers of the lab's own with "
            "Lab.start(alone=True, runtime='embedded')."
        )


def _lease(read: Read, user_name: str) -> Lease:
    issued = datetime.fromtimestamp(read.asked + read.seconds, UTC)
    return Lease(
        lease_id=read.lease_id,
        lease_duration=read.lease_duration,
        ttl=read.lease_duration,
        renewable=True,
        issue_time=issued,
        expire_time=issued + timedelta(seconds=read.lease_duration),
        access_key=read.access_key,
        user_name=user_name,
    )
