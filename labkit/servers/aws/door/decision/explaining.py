"""A decision as the journal keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.servers.aws.api.entry import Decided, StatementEntry
from labkit.servers.aws.door.decision.authorization import Authorization
from labkit.servers.aws.iam import Decision, StatementResult


def decided(authorization: Authorization) -> Decided | None:
    """Return the decision that denied a call, or the first; None if nothing was needed."""
    decision = authorization.denial or next(iter(authorization.decisions), None)
    return of_decision(decision, authorization.rule, decision.decisive) if decision else None


def of_decision(decision: Decision, rule: str, rows: Iterable[StatementResult]) -> Decided:
    """Return a decision with some of its rows."""
    return Decided(
        action=decision.call.action,
        resource=decision.call.resource,
        reason=decision.reason.value,
        layer=decision.layer.value if decision.layer else None,
        rule=rule,
        sentence=decision.sentence(),
        rows=tuple(_row(row) for row in rows),
    )


def _row(row: StatementResult) -> StatementEntry:
    return StatementEntry(
        row.layer.value, row.policy, row.statement, row.effect, row.applied, row.why
    )
