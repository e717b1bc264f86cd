"""What a workload shows: calls that failed, and IAM users that were made, for each client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from labkit.display.tables import Grid, Tabular
from labkit.errors import LabError
from labkit.evidence.analyse.calls import Calls, succeeded
from labkit.evidence.model.uses import OK, Happening, Use

START, END = "start", "end"
PREFIX = "workload-"  # of the Vault role of a client


@dataclass(frozen=True)
class Workload(Tabular):
    """The calls of all clients, and what happened meanwhile; times in seconds since the start.

    Args:
        uses: the calls.
        happenings: the events, without start and end.
        made: when AWS created a user, for each client.
        deleted: when AWS deleted a user, for each client.
        seconds: how long the workload ran.
    """

    uses: tuple[Use, ...]
    happenings: tuple[Happening, ...]
    made: dict[str, tuple[float, ...]]
    deleted: dict[str, tuple[float, ...]]
    seconds: float

    @property
    def clients(self) -> list[str]:
        """The names of the clients, in the order of their start."""
        return list(self.made)

    def of(self, client: str, since: float = 0.0, until: float | None = None) -> list[str]:
        """Return the outcomes of a client's calls that began within a time, in seconds."""
        end = self.seconds if until is None else until
        return [
            use.outcome for use in self.uses if use.client == client and since <= use.time < end
        ]

    def failed(self, client: str, since: float = 0.0, until: float | None = None) -> int:
        """Return how many calls of a client failed within a time, in seconds."""
        return sum(outcome != OK for outcome in self.of(client, since, until))

    def share_failed(self, client: str) -> float:
        """Return the share of a client's calls that failed, from 0 to 1."""
        return self.failed(client) / max(len(self.of(client)), 1)

    def users(self, client: str) -> int:
        """Return how many IAM users Vault made for a client."""
        return len(self.made[client])

    def left(self, client: str) -> int:
        """Return how many IAM users of a client existed when the client ended."""
        gone = sum(time < self.seconds for time in self.deleted[client])
        return self.users(client) - gone

    def when(self, name: str) -> float:
        """Return when an event began, in seconds since the start."""
        return next(event.time for event in self.happenings if event.name == name)

    def with_ends(self, ends: Mapping[float, str]) -> Workload:
        """Return the workload with further events, such as the end of the first leases.

        Args:
            ends: a name for each number of seconds after AWS created the first user.
        """
        born = min((time for times in self.made.values() for time in times), default=0.0)
        further = [Happening(born + seconds, name) for seconds, name in ends.items()]
        ordered = sorted([*self.happenings, *further], key=lambda one: one.time)
        return replace(self, happenings=tuple(ordered))

    @property
    def table(self) -> Grid:
        """A row for each client with its calls, failed calls, users made and users left."""
        rows = tuple((name, *map(str, self._counts(name))) for name in self.clients)
        heads = ("client", "calls", "failed", "IAM users made", "left at its end")
        return Grid(f"{len(rows)} clients, {self.seconds:.0f} s", heads, rows)

    def _counts(self, client: str) -> tuple[int, int, int, int]:
        calls = len(self.of(client))
        return calls, self.failed(client), self.users(client), self.left(client)

    def __repr__(self) -> str:
        """Return how many clients there were, without numbers that differ each time."""
        return f"Workload({', '.join(self.clients)})"


def workload(uses: Sequence[Use], happenings: Sequence[Happening], calls: Calls) -> Workload:
    """Return the last workload of the evidence.

    Args:
        uses: the calls of clients.
        happenings: the events.
        calls: AWS's journal.

    Raises:
        LabError: there was none.
    """
    starts = [one.time for one in happenings if one.name == START]
    if not starts:
        raise LabError("No evidence of any workload. Run one with lab.workload().")
    start = starts[-1]
    events = [one for one in happenings if one.time >= start]
    end = next((one.time for one in events if one.name == END), start)
    own = [Use(one.time - start, one.client, one.outcome) for one in uses if one.time >= start]
    clients = list(dict.fromkeys(one.client for one in own))
    return Workload(
        tuple(own),
        tuple(_relative(events, start)),
        {name: _times("CreateUser", name, calls, start) for name in clients},
        {name: _times("DeleteUser", name, calls, start) for name in clients},
        end - start,
    )


def _relative(events: Sequence[Happening], start: float) -> Iterator[Happening]:
    for one in events:
        if one.name not in (START, END):
            yield Happening(one.time - start, one.name, one.seconds)


def user_of(client: str) -> re.Pattern[str]:
    """Return what the name of an IAM user of a client or a job has in it."""
    return re.compile(rf"-{re.escape(PREFIX + client)}-\d{{10}}-")


def times_of(action: str, client: str, calls: Calls, start: float) -> list[tuple[str, float]]:
    """Return when AWS did something with a client's IAM users: user and time of each call.

    Args:
        action: such as "DeleteUser".
        client: the name of a client or a job.
        calls: AWS's journal.
        start: what the times count from, epoch seconds UTC; earlier calls are left out.
    """
    users = user_of(client)
    return [
        (call.target_user, call.time - start)
        for call in succeeded(action, calls)
        if call.time >= start and call.target_user and users.search(call.target_user)
    ]


def _times(action: str, client: str, calls: Calls, start: float) -> tuple[float, ...]:
    return tuple(time for _, time in times_of(action, client, calls, start))
