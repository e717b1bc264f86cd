"""The story of a credential: who asked whom for what, in order, drawn from real entries only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from labkit.display.tables import Grid
from labkit.evidence.analyse import endings, joins
from labkit.evidence.analyse.facts import Facts
from labkit.evidence.analyse.joins import JoinedBy
from labkit.evidence.analyse.timeline import Lifetime
from labkit.evidence.model.requests import LOOKUP, AuditedRequest

if TYPE_CHECKING:
    from labkit.servers.aws.api.entry import Entry

Lane = Literal["Application", "Vault", "AWS IAM"]
APPLICATION: Lane = "Application"
VAULT: Lane = "Vault"
AWS: Lane = "AWS IAM"
Result = Literal["ok", "allowed", "lease", "token", "refused", "none"]
READING = ("Get", "List")
HEADINGS = ("seconds", "who", "asks", "for", "and gets", "took", "joined by")
NARROW = ("s", "who asks", "for", "and gets", "joined by")
EXPIRES = "the lease expires"


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
        match self.result:
            case "lease":
                return f"lease …{self.detail[-4:]}, access key"
            case "token":
                return "a token"
            case "refused":
                return self.detail
            case "none":
                return ""
        return self.result


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
    joined_by: JoinedBy = joins.BY_LEASE

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
class Story:
    """The steps in the life of one credential, or of all credentials of one token, in order.

    It shows itself as a table in a notebook and, with rich, in a terminal.

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

    def __rich__(self) -> Any:  # noqa: ANN401 - rich's table
        return self.grid.__rich__()

    def _repr_html_(self) -> str:
        return self.grid._repr_html_()

    @property
    def grid(self) -> Grid:
        """The story as a table."""
        start = self.steps[0].time if self.steps else 0.0
        rows = tuple(_row(step, step.time - start) for step in self.steps)
        short = tuple(_narrow_row(step, step.time - start) for step in self.steps)
        names = ", ".join(f"…{lease_id[-4:]}" for lease_id in self.lease_ids)
        noun = "lease" if len(self.lease_ids) == 1 else "leases"
        title = f"The story of {noun} {names}"
        return Grid(title, HEADINGS, rows, narrow=Grid(title, NARROW, short))


def _row(step: StoryStep, seconds: float) -> tuple[str, ...]:
    asks = step.target if step.target != step.source else ""
    who, outcome = step.who or step.source, str(step.outcome)
    what = step.what + _often(step)
    return f"{seconds:6.2f}", who, asks, what, outcome, _took(step), step.joined_by


def _narrow_row(step: StoryStep, seconds: float) -> tuple[str, ...]:
    asks = f" → {step.target}" if step.target != step.source else ""
    took = f" ({_took(step)})" if step.took is not None else ""
    who, what = step.who or step.source, step.in_brief + _often(step)
    return f"{seconds:.2f}", who + asks, what, f"{step.outcome}{took}", step.joined_by


def _often(step: StoryStep) -> str:
    return f" (x{step.times})" if step.times > 1 else ""


def _took(step: StoryStep) -> str:
    return "" if step.took is None else f"{step.took * 1000:.0f} ms"


def tell(told: Sequence[tuple[Facts, Lifetime]], requests: Sequence[AuditedRequest]) -> Story:
    """Return the story of one or more credentials.

    The lab's own looks are left out; calls repeated in a row are counted.

    Args:
        told: all evidence of each lease, and its lifetime, in the order of issue.
        requests: the whole audit log, named: the login that a lease stems from is in it.
    """
    steps: list[StoryStep] = []
    for facts, life in told:
        asked = _of_requests(facts, life, requests) if facts.request else _of_events(facts)
        shared = {step for step in steps if step.joined_by in (joins.BY_TOKEN, joins.BY_PREFIX)}
        steps += [step for step in asked if step not in shared]
        steps += [*_of_calls(facts), *_by_itself(life)]
    in_order = sorted(steps, key=lambda step: step.time)
    return Story(tuple(facts.lease_id for facts, _ in told), tuple(_in_short(in_order)))


def _of_requests(
    facts: Facts, life: Lifetime, requests: Iterable[AuditedRequest]
) -> Iterator[StoryStep]:
    accessor = facts.request.accessor if facts.request else None
    cause = life.cause.request if life.cause else None
    for one in requests:
        if one.path == LOOKUP:
            continue
        if one.lease_id == facts.lease_id:
            yield _asked(one, accessor, joins.BY_LEASE)
        elif accessor and accessor in (one.made_accessor, one.ended_accessor):
            yield _asked(one, accessor, joins.BY_TOKEN)
        elif one is cause:
            yield _asked(one, accessor, joins.BY_PREFIX)


def _of_events(facts: Facts) -> Iterator[StoryStep]:
    """Return what the lab did itself: all that is known without Vault's audit log."""
    for event in facts.events:
        actions = (f"{event.kind} (by the lab)",)
        yield StoryStep(event.time, None, APPLICATION, VAULT, "", actions, Outcome("ok"))


def _asked(one: AuditedRequest, accessor: str | None, joined_by: JoinedBy) -> StoryStep:
    is_application = accessor is not None and accessor in (one.accessor, one.made_accessor)
    return StoryStep(
        time=one.time,
        took=one.duration,
        source=APPLICATION,
        target=VAULT,
        who="" if is_application else one.caller,
        actions=(one.command,),
        outcome=_answer(one),
        joined_by=joined_by,
    )


def _answer(one: AuditedRequest) -> Outcome:
    if one.error:
        return Outcome("refused", one.error)
    if one.is_issue:
        return Outcome("lease", one.lease_id or "")
    return Outcome("token" if one.made_accessor else "ok")


def _of_calls(facts: Facts) -> Iterator[StoryStep]:
    makers = {one.caller for one in facts.calls if one.action == "CreateUser"}
    for one in facts.calls:
        if one.caller == facts.user_name:
            yield _called(one, APPLICATION, "", "allowed", joins.BY_KEY)
        elif one.caller in makers:
            yield _called(one, VAULT, "", "ok", joins.BY_USER)
        elif not one.action.startswith(READING):
            who = one.caller or "an unknown key"
            yield _called(one, APPLICATION, who, "ok", joins.BY_USER)


def _called(one: Entry, source: Lane, who: str, granted: Result, joined_by: JoinedBy) -> StoryStep:
    return StoryStep(
        time=one.time,
        took=one.duration,
        source=source,
        target=AWS,
        who=who,
        actions=(one.action,),
        outcome=Outcome("refused", one.error) if one.error else Outcome(granted),
        joined_by=joined_by,
    )


def _by_itself(life: Lifetime) -> Iterator[StoryStep]:
    """Return what nobody asked for: Vault's own timer leaves no entry but its effects."""
    if life.ended_by == endings.EXPIRED and life.planned_end is not None:
        nothing = Outcome("none")
        yield StoryStep(life.planned_end, None, VAULT, VAULT, "", (EXPIRES,), nothing)


def _in_short(steps: Sequence[StoryStep]) -> Iterator[StoryStep]:
    """Fold what is done in a row: the uses of a key by kind, Vault's reading into one step."""
    for key, run in groupby(steps, key=_fold):
        together = list(run)
        if key is None or len(together) == 1:
            yield from together
        elif key[0] == VAULT:
            yield _folded(together)
        else:
            yield from _counted(together)


def _fold(step: StoryStep) -> tuple[object, ...] | None:
    if step.target != AWS:
        return None
    if step.source == VAULT:
        return (VAULT, step.outcome) if step.what.startswith(READING) else None
    return (APPLICATION, step.who)


def _folded(steps: Sequence[StoryStep]) -> StoryStep:
    took = sum(step.took or 0.0 for step in steps)
    return replace(steps[0], took=took, actions=tuple(step.what for step in steps))


def _counted(steps: Sequence[StoryStep]) -> Iterator[StoryStep]:
    times = Counter((step.what, step.outcome) for step in steps)
    for step in steps:
        if often := times.pop((step.what, step.outcome), 0):
            yield replace(step, times=often)
