"""Tell the story of a credential: one step for each request, call and end, repetitions counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from labkit.evidence.analyse import endings
from labkit.evidence.analyse.facts import Facts, JoinedBy
from labkit.evidence.analyse.story import Lane, Outcome, Result, Story, StoryStep
from labkit.evidence.analyse.timeline import Lifetime
from labkit.evidence.model.requests import LOOKUP, AuditedRequest, Requests
from labkit.servers.aws.api.entry import Entry

READING = ("Get", "List")
EXPIRES = "the lease expires"


def tell(told: Sequence[tuple[Facts, Lifetime]], requests: Requests) -> Story:
    """Return the story of one or more credentials.

    The lab's own looks are left out; calls repeated in a row are counted.

    Args:
        told: all evidence of each lease, and its lifetime, in the order of issue.
        requests: the whole audit log, named: the login that a lease stems from is in it.
    """
    steps: list[StoryStep] = []
    for facts, life in told:
        asked = _of_requests(facts, life, requests) if facts.request else _of_events(facts)
        shared = {step for step in steps if step.joined_by in ("token", "prefix of the lease_id")}
        steps += [step for step in asked if step not in shared]
        steps += [*_of_calls(facts), *_by_itself(life)]
    in_order = sorted(steps, key=lambda step: step.time)
    return Story(tuple(facts.lease_id for facts, _ in told), tuple(_in_short(in_order)))


def _of_requests(facts: Facts, life: Lifetime, requests: Requests) -> Iterator[StoryStep]:
    accessor = facts.request.accessor if facts.request else None
    cause = life.cause.request if life.cause else None
    for one in requests:
        if one.path == LOOKUP:
            continue
        if one.lease_id == facts.lease_id:
            yield _asked(one, accessor, "lease_id")
        elif accessor and accessor in (one.made_accessor, one.ended_accessor):
            yield _asked(one, accessor, "token")
        elif one is cause:
            yield _asked(one, accessor, "prefix of the lease_id")


def _of_events(facts: Facts) -> Iterator[StoryStep]:
    """Return what the lab did itself: all that is known without Vault's audit log."""
    for event in facts.events:
        actions = (f"{event.kind} (by the lab)",)
        yield StoryStep(event.time, None, "Application", "Vault", "", actions, Outcome("ok"))


def _asked(one: AuditedRequest, accessor: str | None, joined_by: JoinedBy) -> StoryStep:
    is_application = accessor is not None and accessor in (one.accessor, one.made_accessor)
    return StoryStep(
        one.time,
        one.duration,
        "Application",
        "Vault",
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
            yield _called(one, "Application", "", "allowed", "access key")
        elif one.caller in makers:
            yield _called(one, "Vault", "", "ok", "IAM user")
        elif not one.action.startswith(READING):
            yield _called(one, "Application", one.caller or "an unknown key", "ok", "IAM user")


def _called(one: Entry, source: Lane, who: str, granted: Result, joined_by: JoinedBy) -> StoryStep:
    return StoryStep(
        one.time,
        one.duration,
        source,
        "AWS IAM",
        who,
        actions=(one.action,),
        outcome=Outcome("refused", one.error) if one.error else Outcome(granted),
        joined_by=joined_by,
    )


def _by_itself(life: Lifetime) -> Iterator[StoryStep]:
    """Return what nobody asked for: Vault's own timer leaves no entry but its effects."""
    if life.ended_by == endings.EXPIRED and life.planned_end is not None:
        nothing = Outcome("none")
        yield StoryStep(life.planned_end, None, "Vault", "Vault", "", (EXPIRES,), nothing)


def _in_short(steps: Sequence[StoryStep]) -> Iterator[StoryStep]:
    """Fold what is done in a row: the uses of a key by kind, Vault's reading into one step."""
    for key, run in groupby(steps, key=_fold):
        together = list(run)
        if key is None or len(together) == 1:
            yield from together
        elif together[0].source == "Vault":
            took = sum(step.took or 0.0 for step in together)
            yield replace(together[0], took=took, actions=tuple(step.what for step in together))
        else:
            yield from _counted(together)


def _fold(step: StoryStep) -> tuple[object, ...] | None:
    """Return what steps have in common that are told as one; None for a step on its own."""
    if step.target != "AWS IAM":
        return None
    if step.source == "Vault":
        return ("Vault", step.outcome) if step.what.startswith(READING) else None
    return ("Application", step.who)


def _counted(steps: Sequence[StoryStep]) -> Iterator[StoryStep]:
    times = Counter((step.what, step.outcome) for step in steps)
    for step in steps:
        if often := times.pop((step.what, step.outcome), 0):
            yield replace(step, times=often)
