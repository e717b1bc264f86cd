"""The result of an incident, from AWS's journal and an inventory. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.aws.probes import REFUSED
from labkit.display.tables import Grid, Tabular
from labkit.evidence.analyse.calls import is_accepted, succeeded
from labkit.experiments.incident.scene import IssuedKey

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.servers.aws.api.entry import Entry

FULL = 100
FREE_SECONDS, SECONDS_A_POINT = 300, 10  # five minutes cost nothing
MOST_FOR_TIME = 40
A_LEASE, AN_ORPHAN, A_HINT, LEAK_LEFT = 5, 10, 10, 20  # points


@dataclass(frozen=True)
class Report(Tabular):
    """How an incident stands.

    Args:
        calls: the thief's calls, as AWS's journal has them.
        contained: whether AWS refused the last call of every key of the thief.
        killed: the leases of others that no longer work, by lease_id.
        innocent: how many leases of others there were.
        leak_left: whether Vault still has the lease of the leaked key.
        orphans: users, keys and leases of the incident that have no counterpart.
        hints: how many hints were asked for.
    """

    calls: tuple[Entry, ...] = field(repr=False)
    contained: bool
    killed: tuple[str, ...]
    innocent: int
    leak_left: bool
    orphans: tuple[str, ...]
    hints: int

    @property
    def keys(self) -> int:
        """How many keys the thief used."""
        return len({call.access_key_id for call in self.calls})

    @property
    def accepted(self) -> int:
        """How many calls of the thief AWS accepted."""
        return sum(map(is_accepted, self.calls))

    @property
    def seconds(self) -> float:
        """Seconds from the thief's first call to the last that AWS accepted."""
        times = [call.time for call in self.calls if is_accepted(call)]
        return max(times) - self.calls[0].time if times else 0.0

    @property
    def score(self) -> int:
        """Points of 100; 0 while AWS accepts a key of the thief."""
        return max(FULL - sum(lost for *_, lost in self._rows), 0)

    @property
    def _rows(self) -> tuple[tuple[str, str, str, int], ...]:
        late = min(int(max(self.seconds - FREE_SECONDS, 0) // SECONDS_A_POINT), MOST_FOR_TIME)
        works = "refused" if self.contained else "still accepted"
        left = "still in Vault" if self.leak_left else "gone"
        return (
            ("keys of the thief", "AWS's journal", works, 0 if self.contained else FULL),
            ("last accepted call", "AWS's journal", f"{self.seconds:.1f} s", late),
            ("lease of the leaked key", "Vault", left, LEAK_LEFT * self.leak_left),
            ("innocent leases killed", "Vault, AWS", self._killed, A_LEASE * len(self.killed)),
            ("orphans", "both", str(len(self.orphans)), AN_ORPHAN * len(self.orphans)),
            ("hints", "the game", str(self.hints), A_HINT * self.hints),
        )

    @property
    def _killed(self) -> str:
        return f"{len(self.killed)} of {self.innocent}"

    @property
    def table(self) -> Grid:
        """The report as a table."""
        rows = tuple((what, where, seen, f"-{lost}") for what, where, seen, lost in self._rows)
        return Grid(f"Score: {self.score}", ("what", "seen in", "result", "points"), rows)

    def __repr__(self) -> str:
        """Return the result as a sentence."""
        works = "contained" if self.contained else "not contained"
        return (
            f"{works}; {self._killed} innocent leases killed, {len(self.orphans)} orphans, "
            f"{self.hints} hints: {self.score} points"
        )

    def draw(self, ax: Axes) -> Axes:
        """Draw each call of the thief, a row for each key."""
        from labkit.plots.thief import thief_calls

        return thief_calls(self.calls, ax)


def keys_of_thief(calls: Sequence[Entry], leaked: str) -> set[str]:
    """Return the leaked key's id, and those of all keys that were created with it."""
    keys = {leaked}
    for call in succeeded("CreateAccessKey", calls):  # a key is made before it is used
        if call.access_key_id in keys and call.target_key_id:
            keys.add(call.target_key_id)
    return keys


def calls_of_thief(calls: Sequence[Entry], leaked: str) -> tuple[Entry, ...]:
    """Return the calls that were signed with a key of the thief, in the order of their times."""
    keys = keys_of_thief(calls, leaked)
    found = (call for call in calls if call.access_key_id in keys)
    return tuple(sorted(found, key=lambda call: call.time))


def is_contained(calls: Sequence[Entry], keys: set[str]) -> bool:
    """Return whether AWS refused the last call with each key of the thief."""
    last = {call.access_key_id: call for call in calls}
    return all(key in last and last[key].error in REFUSED for key in keys)


def killed(
    innocent: Sequence[IssuedKey], leases: Sequence[str], keys: Mapping[str, list[str]]
) -> tuple[str, ...]:
    """Return the leases of others that Vault or AWS no longer has.

    Args:
        innocent: the leases of the incident but the leaked one.
        leases: the ids of all leases that Vault has.
        keys: the access keys of every IAM user that AWS has.
    """
    return tuple(
        one.lease_id
        for one in innocent
        if one.lease_id not in leases or one.access_key not in keys.get(one.user_name, ())
    )
