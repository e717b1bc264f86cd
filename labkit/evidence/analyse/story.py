"""The story of one credential: who asked whom for what, in order, drawn from real entries only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from labkit.display.tables import Grid
from labkit.evidence.analyse import endings, joins
from labkit.evidence.analyse.facts import Facts, user_of
from labkit.evidence.analyse.timeline import Lifetime
from labkit.evidence.model.requests import LOOKUP, AuditedRequest

if TYPE_CHECKING:
    from labkit.servers.aws.api.entry import Entry

APPLICATION, VAULT, AWS = "Application", "Vault", "AWS IAM"
READING = ("Get", "List")
HEADINGS = ("seconds", "who", "asks", "for", "and gets", "took", "joined by")
BY_TOKEN, BY_PREFIX = "token", "prefix of the lease_id"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: an arrow of the sequence diagram, a row of the table.

    Args:
        time: when it began, epoch seconds UTC.
        took: seconds until the answer; None where nothing was asked.
        source: the lane it starts from.
        target: the lane it leads to; the same for what somebody does by itself.
        who: who asked, where it was not the lane's namesake.
        what: what was asked or done.
        outcome: what came of it.
        times: how often it was done in a row.
        joined_by: how the entry was joined to this credential.
    """

    time: float
    took: float | None
    source: str
    target: str
    who: str
    what: str
    outcome: str
    times: int = 1
    joined_by: str = joins.BY_LEASE


@dataclass(frozen=True)
class Story:
    """The steps in the life of one credential, in order.

    It shows itself as a table in a notebook and, with rich, in a terminal.
    """

    lease_id: str
    steps: tuple[Step, ...]

    def records(self) -> list[dict[str, Any]]:
        """Return a dictionary for each step; `seconds` counts from the first one."""
        start = self.steps[0].time if self.steps else 0.0
        return [{"seconds": round(step.time - start, 4)} | asdict(step) for step in self.steps]

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
        return Grid(f"The story of lease …{self.lease_id[-4:]}", HEADINGS, rows)


def _row(step: Step, seconds: float) -> tuple[str, ...]:
    asks = step.target if step.target != step.source else ""
    often = f" (x{step.times})" if step.times > 1 else ""
    took = "" if step.took is None else f"{step.took * 1000:.0f} ms"
    who = step.who or step.source
    return f"{seconds:6.2f}", who, asks, step.what + often, step.outcome, took, step.joined_by


def tell(facts: Facts, life: Lifetime, requests: Iterable[AuditedRequest]) -> Story:
    """Return the story of a credential.

    The lab's own looks are left out; calls repeated in a row are counted.

    Args:
        facts: all evidence of its lease.
        life: its lifetime.
        requests: the whole audit log, named: the login that the lease stems from is in it.
    """
    asked = _of_requests(facts, life, requests) if facts.request else _of_events(facts)
    steps = [*asked, *_of_calls(facts), *_by_itself(life)]
    return Story(facts.lease_id, tuple(_in_short(sorted(steps, key=lambda step: step.time))))


def _of_requests(
    facts: Facts, life: Lifetime, requests: Iterable[AuditedRequest]
) -> Iterator[Step]:
    accessor = facts.request.accessor if facts.request else None
    for one in requests:
        if one.path == LOOKUP:
            continue
        if one.lease_id == facts.lease_id:
            yield _asked(one, accessor, joins.BY_LEASE)
        elif accessor and accessor in (one.made_accessor, one.ended_accessor):
            yield _asked(one, accessor, BY_TOKEN)
        elif one.time == life.revoked:
            yield _asked(one, accessor, BY_PREFIX)


def _of_events(facts: Facts) -> Iterator[Step]:
    """Return what the lab did itself: all that is known without Vault's audit log."""
    for event in facts.events:
        what = f"{event.kind} (by the lab)"
        yield Step(event.time, None, APPLICATION, VAULT, "", what, "ok")


def _asked(one: AuditedRequest, accessor: str | None, joined_by: str) -> Step:
    is_application = accessor is not None and accessor in (one.accessor, one.made_accessor)
    return Step(
        time=one.time,
        took=one.duration,
        source=APPLICATION,
        target=VAULT,
        who="" if is_application else joins.caller(one),
        what=joins.asked(one),
        outcome=one.error or _granted(one),
        joined_by=joined_by,
    )


def _granted(one: AuditedRequest) -> str:
    if one.is_issue:
        return f"lease …{(one.lease_id or '')[-4:]}, access key"
    return "a token" if one.made_accessor else "ok"


def _of_calls(facts: Facts) -> Iterator[Step]:
    makers = {user_of(one) for one in facts.calls if one.action == "CreateUser"}
    for one in facts.calls:
        who = user_of(one)
        if who == facts.user_name:
            yield _called(one, APPLICATION, "", "allowed", joins.BY_KEY)
        elif who in makers:
            yield _called(one, VAULT, "", "ok", joins.BY_USER)
        elif not one.action.startswith(READING):
            yield _called(one, APPLICATION, who or "an unknown key", "ok", joins.BY_USER)


def _called(one: Entry, source: str, who: str, granted: str, joined_by: str) -> Step:
    return Step(
        time=one.time,
        took=one.duration,
        source=source,
        target=AWS,
        who=who,
        what=one.action,
        outcome=one.error or granted,
        joined_by=joined_by,
    )


def _by_itself(life: Lifetime) -> Iterator[Step]:
    """Return what nobody asked for: Vault's own timer leaves no entry but its effects."""
    if life.ended_by == endings.EXPIRED and life.planned_end is not None:
        yield Step(life.planned_end, None, VAULT, VAULT, "", "the lease expires", "")


def _in_short(steps: Sequence[Step]) -> Iterator[Step]:
    """Fold what is done in a row: the uses of a key by kind, Vault's reading into one step."""
    for key, run in groupby(steps, key=_fold):
        together = list(run)
        if key is None or len(together) == 1:
            yield from together
        elif key[0] == VAULT:
            yield _folded(together)
        else:
            yield from _counted(together)


def _fold(step: Step) -> tuple[str, ...] | None:
    if step.target != AWS:
        return None
    if step.source == VAULT:
        return (VAULT, step.outcome) if step.what.startswith(READING) else None
    return (APPLICATION, step.who)


def _folded(steps: Sequence[Step]) -> Step:
    took = sum(step.took or 0.0 for step in steps)
    return replace(steps[0], took=took, what=", ".join(step.what for step in steps))


def _counted(steps: Sequence[Step]) -> Iterator[Step]:
    times = Counter((step.what, step.outcome) for step in steps)
    for step in steps:
        if often := times.pop((step.what, step.outcome), 0):
            yield replace(step, times=often)
