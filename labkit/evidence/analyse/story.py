"""The story of a credential: who asked whom for what, in order, drawn from real entries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labkit.display.tables import Grid, Tabular
from labkit.evidence.analyse.facts import JoinedBy
from labkit.evidence.model.lease_ids import shorten

Lane = Literal["Application", "Vault", "AWS IAM"]
Result = Literal["ok", "allowed", "lease", "token", "refused", "none"]
HEADINGS = ("seconds", "who", "asks", "for", "and gets", "took", "joined by")
NARROW = ("s", "who asks", "for", "and gets", "joined by")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request or a call.

    Args:
        result: `ok`; `allowed` for a use of the key; `lease` or `token` for what Vault issued;
            `refused`; `none` where nothing was asked.
        detail: the lease_id of a lease, or the error of a refusal.
    """

    result: Result
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether Vault or AWS returned an error."""
        return self.result == "refused"

    def __str__(self) -> str:
        """Return the outcome in words."""
        if self.result == "lease":
            return f"lease {shorten(self.detail)}, access key"
        return {"token": "a token", "refused": self.detail, "none": ""}.get(
            self.result, self.result
        )


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One thing that happened: an arrow of the sequence diagram, a row of the table.

    Args:
        time: when it began, epoch seconds UTC.
        took: seconds until the answer; None where nothing was asked.
        source: the lane it starts from.
        target: the lane it leads to; the same for what somebody does by itself.
        who: who asked, where it was not the lane's namesake.
        actions: what was asked or done; several only where Vault read in a row.
        outcome: what came of it.
        times: how often it was done in a row.
        joined_by: how the entry was joined to this credential.
    """

    time: float
    took: float | None
    source: Lane
    target: Lane
    who: str
    actions: tuple[str, ...]
    outcome: Outcome
    times: int = 1
    joined_by: JoinedBy = "lease_id"

    @property
    def what(self) -> str:
        """The actions in words."""
        return ", ".join(self.actions)

    @property
    def in_brief(self) -> str:
        """The first of many actions that only read, and the number of the others."""
        first, *others = self.actions
        return f"{first} and {len(others)} other lists" if others else first


@dataclass(frozen=True)
class Story(Tabular):
    """The steps in the life of one credential, or of all credentials of one token, in order.

    Args:
        lease_ids: the leases it is about, in the order of issue.
        steps: what happened.
    """

    lease_ids: tuple[str, ...]
    steps: tuple[StoryStep, ...]

    @property
    def lease_id(self) -> str:
        """The lease, the last one if there are several."""
        return self.lease_ids[-1]

    def __repr__(self) -> str:
        return f"Story({len(self.steps)} steps)"

    @property
    def table(self) -> Grid:
        """The story as a table."""
        start = self.steps[0].time if self.steps else 0.0
        rows = tuple(_row(step, step.time - start) for step in self.steps)
        short = tuple(_narrow_row(step, step.time - start) for step in self.steps)
        noun = "lease" if len(self.lease_ids) == 1 else "leases"
        title = f"The story of {noun} {', '.join(map(shorten, self.lease_ids))}"
        return Grid(title, HEADINGS, rows, narrow=Grid(title, NARROW, short))


def _row(step: StoryStep, seconds: float) -> tuple[str, ...]:
    who, outcome = step.who or step.source, str(step.outcome)
    asks = step.target if step.target != step.source else ""
    what = step.what + _often(step)
    return f"{seconds:6.2f}", who, asks, what, outcome, _took(step), step.joined_by


def _narrow_row(step: StoryStep, seconds: float) -> tuple[str, ...]:
    who, outcome = step.who or step.source, str(step.outcome)
    asks = f" → {step.target}" if step.target != step.source else ""
    took = f" ({_took(step)})" if step.took is not None else ""
    return (
        f"{seconds:.2f}",
        who + asks,
        step.in_brief + _often(step),
        outcome + took,
        step.joined_by,
    )


def _often(step: StoryStep) -> str:
    return f" (x{step.times})" if step.times > 1 else ""


def _took(step: StoryStep) -> str:
    return "" if step.took is None else f"{step.took * 1000:.0f} ms"
