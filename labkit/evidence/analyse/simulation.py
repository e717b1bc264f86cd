"""Simulate a storm against AWS's own limits, with SimPy: hours of AWS in seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.errors import LabError

if TYPE_CHECKING:
    import simpy

POINTS = 500  # of the population that are kept, at most twice as many


@dataclass(frozen=True)
class Limits:
    """AWS's limits on an account.

    Args:
        users: IAM users in an account. 5,000, which AWS does not raise. Source: IAM User Guide,
            "IAM and AWS STS quotas".
        calls_per_second: requests that AWS accepts. For STS 600 per account and Region is the
            default (same source). For IAM, AWS publishes no number: the AWS Security Blog ("How
            to monitor and query IAM resources at scale, part 2") describes token buckets without
            their sizes. Measure your account, or try several values.
    """

    users: int = 5_000
    calls_per_second: float = 20.0


@dataclass(frozen=True)
class CredentialCost:
    """What a credential costs at AWS.

    Args:
        name: the credential type of the role.
        calls_to_issue: requests to AWS for an issue.
        calls_to_revoke: requests to AWS for a revocation; 0 if AWS ends the credential itself.
        needs_user: whether it counts among the IAM users of the account.
    """

    name: str
    calls_to_issue: int
    calls_to_revoke: int
    needs_user: bool


IAM_USER = CredentialCost("iam_user", calls_to_issue=3, calls_to_revoke=7, needs_user=True)
ASSUMED_ROLE = CredentialCost("assumed_role", calls_to_issue=1, calls_to_revoke=0, needs_user=False)


@dataclass(frozen=True)
class Load:
    """An application in a crash loop.

    Args:
        clients: how many processes ask.
        pause: seconds that each waits after an answer before it asks again.
        ttl: seconds of a lease.
    """

    clients: int = 8
    pause: float = 1.0
    ttl: float = 3_600.0


@dataclass(frozen=True)
class Simulated:
    """What a simulation found; its seconds are simulated.

    Args:
        issued: leases.
        refused: reads that AWS refused because the account had all its users.
        seconds: until the last lease was issued.
        most: the most leases alive at a time.
        latest: the longest time between the end of a TTL and the deletion of the user, in seconds.
        times: when the population was counted.
        alive: the leases alive at these times.
    """

    issued: int
    refused: int
    seconds: float
    most: int
    latest: float
    times: tuple[float, ...] = field(repr=False)
    alive: tuple[int, ...] = field(repr=False)

    @property
    def rate(self) -> float:
        """Leases issued in a second, over the whole time."""
        return self.issued / self.seconds


class Pacer:
    """A server that does a fixed number of calls a second, in the order of the requests.

    Args:
        env: SimPy's environment.
        calls_per_second: its rate.
    """

    def __init__(self, env: simpy.Environment, calls_per_second: float) -> None:
        self._env = env
        self._each = 1.0 / calls_per_second
        self._free = 0.0

    def done(self, calls: int, at: float) -> float:
        """Enter the queue with some calls at a time; return when the last of them is done."""
        self._free = max(at, self._free) + calls * self._each
        return self._free

    def wait(self, calls: int) -> float:
        """Enter the queue now; return the seconds until the last of the calls is done."""
        now = float(self._env.now)
        return self.done(calls, now) - now


class _Account:
    """The state of the AWS account, and the clients that change it."""

    def __init__(
        self, env: simpy.Environment, load: Load, limits: Limits, kind: CredentialCost, leases: int
    ) -> None:
        self.env, self.load, self.limits, self.kind = env, load, limits, kind
        self.aws = Pacer(env, limits.calls_per_second)
        self.ends: deque[float] = deque()  # when each TTL is over
        self.deleted: deque[tuple[float, float]] = deque()  # due, and done
        self.issued = self.refused = self.alive = self.most = self.users = 0
        self.latest = 0.0
        self.over, self._leases = env.event(), leases

    def ask(self) -> Generator[simpy.Event, None, None]:
        """Ask for credentials until all are issued, as one client does."""
        env, kind, pause = self.env, self.kind, self.load.pause
        while self.issued < self._leases:
            self.settle()
            if kind.needs_user and self.users >= self.limits.users:
                yield env.timeout(self.aws.wait(1) + pause)  # CreateUser: LimitExceeded
                self.refused += 1
                continue
            wait = self.aws.wait(kind.calls_to_issue)
            self._add(env.now + wait)
            if self.issued == self._leases:
                yield env.timeout(wait)
                self.over.succeed()
            yield env.timeout(wait + pause)

    def _add(self, issued_at: float) -> None:
        """Count a credential from the first of its calls on."""
        self.users += self.kind.needs_user
        self.issued += 1
        self.alive += 1
        self.most = max(self.most, self.alive)
        self.ends.append(issued_at + self.load.ttl)

    def settle(self) -> None:
        """Count what AWS has deleted by now.

        Each revocation entered AWS's queue when its TTL was over. No read has entered since, for
        each read settles first; so the queue is in the right order without events of its own.
        """
        now, ends, calls = self.env.now, self.ends, self.kind.calls_to_revoke
        while ends and ends[0] <= now:
            due = ends.popleft()
            self.deleted.append((due, self.aws.done(calls, due) if calls else due))
        while self.deleted and self.deleted[0][1] <= now:
            due, done = self.deleted.popleft()
            self.latest = max(self.latest, done - due)
            self.alive -= 1
            self.users -= self.kind.needs_user


def simulate(
    load: Load,
    limits: Limits | None = None,
    kind: CredentialCost = IAM_USER,
    *,
    leases: int = 1_000_000,
) -> Simulated:
    """Simulate clients that ask until a number of leases is issued.

    Vault itself costs no time here: AWS alone is the limit. The model is deterministic.

    Args:
        load: who asks.
        limits: AWS's.
        kind: of the credentials.
        leases: when to stop.

    Raises:
        LabError: a number is not positive, or no lease can be issued.
    """
    import simpy

    limits = limits or Limits()
    numbers = (load.clients, load.ttl, limits.users, limits.calls_per_second, leases)
    if min(numbers) <= 0 or load.pause < 0:
        raise LabError(f"Tried to simulate {load} with {limits}; each number must be above 0.")
    env = simpy.Environment()
    account = _Account(env, load, limits, kind, leases)
    for _ in range(load.clients):
        env.process(account.ask())
    return _run(env, account)


def _run(env: simpy.Environment, account: _Account) -> Simulated:
    counts: list[tuple[float, int]] = [(0.0, 0)]
    env.process(_count(env, account, counts))
    env.run(until=account.over)
    account.settle()
    counts.append((env.now, account.alive))
    times, alive = zip(*counts, strict=True)
    found = account.issued, account.refused, env.now, account.most, account.latest
    return Simulated(*found, times, alive)


def _count(
    env: simpy.Environment, account: _Account, counts: list[tuple[float, int]]
) -> Generator[simpy.Event, None, None]:
    every = account.load.ttl / 20
    while True:
        yield env.timeout(every)
        account.settle()
        counts.append((env.now, account.alive))
        if len(counts) > 2 * POINTS:
            counts[:], every = counts[::2], 2 * every
