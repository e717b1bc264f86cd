"""A running incident: what the learner sees of it, asks of it, and ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from labkit.display.tables import Grid
from labkit.errors import LabError, WaitError
from labkit.evidence.analyse.calls import is_accepted
from labkit.evidence.collect.inventory import take_inventory
from labkit.experiments.incident import score
from labkit.experiments.incident.plan import LEVELS, ROLE_NAMES, plan
from labkit.experiments.incident.scene import Scene
from labkit.experiments.incident.score import Report
from labkit.experiments.incident.thief import Thief
from labkit.machine.polling import happens_within
from labkit.machine.restoring import restoring
from labkit.redact import shorten_key_id

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession
    from labkit.evidence.analyse.orphans import Orphan
    from labkit.servers.aws.api.entry import Entry
    from labkit.vault.leases import Credentials

FRESH_SECONDS = 20.0  # within which the thief calls again with each key


@dataclass
class Incident:
    """A key that was leaked, and a thief who uses it. Made by `Lab.incident`.

    It is a context manager: its end stops the thief and restores Vault and AWS.

    Args:
        scene: what the incident makes on Vault.
        session: returns a boto3 session with a key.
        orphans: returns what has no counterpart, as `Lab.orphans`.
        seed: chooses the application and the lease.
        level: 1, or 2 for a thief who makes himself a second key.
        clock: epoch seconds UTC.
    """

    scene: Scene = field(repr=False)
    session: Callable[[Credentials], LabSession] = field(repr=False)
    orphans: Callable[[], list[Orphan]] = field(repr=False)
    seed: int
    level: int
    clock: Callable[[], float] = field(default=time.time, repr=False)
    access_key_id: str = field(default="", init=False, repr=False)
    _thief: Thief | None = field(default=None, init=False, repr=False)
    _hints: int = field(default=0, init=False, repr=False)
    _last: Report | None = field(default=None, init=False, repr=False)
    _journal: list[Entry] = field(default_factory=list, init=False, repr=False)

    def start(self) -> Self:
        """Prepare Vault and let the thief begin; return once AWS accepted a call of the thief.

        Raises:
            LabError: Vault or AWS refused. What was made until then is removed.
        """
        if self.level not in LEVELS:
            raise LabError(f"lab.incident: level must be 1 or 2, but it is {self.level}.")
        self.scene.refuse_second()
        try:
            leaked = self.scene.build(plan(self.seed), self.level)
            self.access_key_id = leaked.access_key
            self._thief = Thief(leaked, self.session, makes_second_key=self.level > 1)
            self._thief.start()
            self._wait_for_thief()
        except BaseException:
            self.stop()
            raise
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        """Return what the learner knows at the start."""
        key = shorten_key_id(self.access_key_id)
        return f"Incident(level {self.level}): {key} was found in a public repository"

    def status(self) -> Grid:
        """Return what AWS's journal shows of the thief now; it costs nothing."""
        calls = self._calls()
        rows = tuple(_row(key, calls) for key in dict.fromkeys(one.access_key_id for one in calls))
        seconds = self.clock() - calls[0].time
        return Grid(
            f"{seconds:.0f} s since the thief's first call",
            ("key", "accepted calls", "refused calls", "last answer"),
            rows,
        )

    def hint(self) -> str:
        """Return the next hint; each costs points.

        Raises:
            LabError: there is no further hint.
        """
        known = self.scene.hints(self.access_key_id, self.level)
        if self._hints == len(known):
            raise LabError(f"All {len(known)} hints were given. report() shows what they cost.")
        self._hints += 1
        return known[self._hints - 1]

    def report(self) -> Report:
        """Return the result so far; after `stop()`, the last result.

        Raises:
            WaitError: the thief made no call with one of the keys: does AWS answer?
            LabError: the incident was stopped before a report was made.
        """
        if self._thief is None or not self._thief.running:
            if self._last is None:
                raise LabError(
                    "The incident was stopped before a report. Start a new lab.incident()."
                )
            return self._last
        self._wait_for_fresh_calls()
        scene, calls = self.scene, self._calls()
        found = take_inventory(scene.root, scene.operator)
        leak = scene.leak(self.access_key_id)
        innocent = [one for one in scene.issued if one is not leak]
        self._last = Report(
            calls=calls,
            contained=score.is_contained(calls, score.keys_of_thief(calls, leak.access_key)),
            killed=score.killed(innocent, found.leases, found.keys),
            innocent=len(innocent),
            leak_left=leak.lease_id in found.leases,
            orphans=tuple(one.name for one in self.orphans() if self._is_own(one)),
            hints=self._hints,
        )
        return self._last

    def stop(self) -> None:
        """Stop the thief and remove what the incident made. Idempotent.

        Raises:
            LabError: Vault or AWS refused; the next call goes on.
        """
        self.stop_thief()
        with restoring(self.scene.remove):
            pass

    def stop_thief(self) -> None:
        """Stop the thief alone: for servers that end too. Idempotent."""
        if self._thief is not None:
            self._thief.stop()

    def _calls(self) -> tuple[Entry, ...]:
        last = self._journal[-1].seq if self._journal else 0
        self._journal += self.scene.journal(last)
        return score.calls_of_thief(self._journal, self.access_key_id)

    def _wait_for_thief(self) -> None:
        self._wait_until(
            lambda calls, keys: (
                len(keys) == self.level and keys == _used(filter(is_accepted, calls))
            ),
            f"The thief did not get to AWS within {FRESH_SECONDS:.0f} s. "
            "Look at lab.journal: does AWS accept new keys?",
        )

    def _wait_for_fresh_calls(self) -> None:
        """Wait until the thief has tried each key once more: its last call may be long ago."""
        since = self.clock()
        self._wait_until(
            lambda calls, keys: keys <= _used(call for call in calls if call.time > since),
            f"The thief did not try each key again within {FRESH_SECONDS:.0f} s. "
            "Look at lab.journal: does AWS answer?",
        )

    def _wait_until(
        self, happened: Callable[[tuple[Entry, ...], set[str]], bool], problem: str
    ) -> None:
        """Wait until the thief's calls and keys are as wanted; raise WaitError with the problem."""

        def is_so() -> bool:
            calls = self._calls()
            return happened(calls, score.keys_of_thief(calls, self.access_key_id))

        if not happens_within(FRESH_SECONDS, is_so):
            raise WaitError(problem)

    def _is_own(self, orphan: Orphan) -> bool:
        users = {one.user_name for one in self.scene.issued}
        of_roles = tuple(f"{self.scene.mount}/creds/{name}/" for name in ROLE_NAMES)
        return not users.isdisjoint((orphan.name, orphan.user_name)) or orphan.name.startswith(
            of_roles
        )


def _used(calls: Iterable[Entry]) -> set[str | None]:
    return {call.access_key_id for call in calls}


def _row(key: str | None, calls: tuple[Entry, ...]) -> tuple[str, ...]:
    own = [call for call in calls if call.access_key_id == key]
    accepted = sum(map(is_accepted, own))
    last = own[-1].error or "ok"
    return shorten_key_id(key or ""), str(accepted), str(len(own) - accepted), last
