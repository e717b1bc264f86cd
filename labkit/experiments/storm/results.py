"""What a storm, a revocation and a restart measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from labkit.display.waiting import wait_until
from labkit.errors import WaitError
from labkit.evidence.analyse.population import Population


@dataclass(frozen=True)
class Read:
    """One read of `<mount>/creds/<role>`; its keys are not kept.

    Args:
        asked: when Vault was asked, epoch seconds UTC.
        seconds: until Vault answered.
        lease_id: the lease; empty if Vault refused.
        lease_duration: seconds that Vault granted.
        access_key: the access key id.
        error: what Vault answered instead, empty if it issued.
    """

    asked: float
    seconds: float
    lease_id: str = ""
    lease_duration: int = 0
    access_key: str = field(repr=False, default="")
    error: str = ""


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


@dataclass(frozen=True)
class Revocation:
    """A revocation of all leases below a prefix.

    Args:
        prefix: such as `aws/creds`.
        sync: whether Vault was to answer only when all leases are revoked.
        leases: how many there were.
        asked: epoch seconds UTC.
        answered: seconds until Vault answered.
        ended: seconds until it was seen that no lease was left; None if some are left.
        left: how many leases are left.
    """

    prefix: str
    sync: bool
    leases: int
    asked: float
    answered: float
    ended: float | None
    left: int
    count: Callable[[], int] = field(repr=False, compare=False)

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        state = f"{self.left:,} left" if self.ended is None else f"all gone in {self.ended:.1f} s"
        return (
            f"{self.leases:,} leases below {self.prefix}, sync={self.sync}: "
            f"Vault answered in {self.answered:.1f} s; {state}"
        )

    def wait(self, at_most: float = 45.0, *, clock: Callable[[], float] = time.time) -> Revocation:
        """Wait until no lease is left, but no longer than some seconds, and return the result.

        Args:
            at_most: seconds; what is left then, the result says.
            clock: epoch seconds UTC.
        """
        left = [self.left]

        def is_over() -> bool:
            left[0] = self.count()
            return left[0] == 0

        try:
            what = f"{self.leases:,} leases to end"
            wait_until(is_over, expected=at_most, at_most=at_most, description=what)
        except WaitError:
            return replace(self, left=left[0])
        return replace(self, ended=self.ended or clock() - self.asked, left=0)


@dataclass(frozen=True)
class Restart:
    """A stop and a start of Vault with leases in its storage.

    Args:
        leases: how many there were.
        stopped: seconds until Vault had stopped.
        started: seconds from the start until Vault was unsealed and active.
        restored: seconds from the start until Vault had its leases back.
    """

    leases: int
    stopped: float
    started: float
    restored: float

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        return (
            f"{self.leases:,} leases: stopped in {self.stopped:.1f} s, active after "
            f"{self.started:.1f} s, leases restored after {self.restored:.1f} s"
        )
