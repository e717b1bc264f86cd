"""Decisions of the AWS side as tables: which statement of which policy decided."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.aws.admin import AwsAdmin
from labkit.aws.sessions import AWSKeys
from labkit.display.tables import Grid
from labkit.errors import AwsSideError
from labkit.servers.aws.api.entry import Decided, Entry

COLUMNS = ("layer", "policy", "statement", "effect", "applied", "why")


def explain(entry: Entry) -> Grid:
    """Return who decided on a call of the journal, statement by statement.

    Args:
        entry: of the journal of the AWS side.

    Raises:
        AwsSideError: no policy was asked: the call was refused before, or needs no permission.
    """
    decision = entry.decision
    if decision is None:
        answer = entry.error or "allowed"
        raise AwsSideError(
            f"explain {entry.action}: AWS answered {answer} without asking a policy. "
            "Explain a call that was allowed or denied by policies."
        )
    return table(decision)


def can(
    aws: AwsAdmin,
    credentials: AWSKeys,
    action: str,
    resource: str = "*",
    context: Mapping[str, str] | None = None,
) -> Grid:
    """Return whether a key could do something now, with all statements that were considered.

    Args:
        aws: the AWS side.
        credentials: the key.
        action: such as "s3:GetObject".
        resource: an ARN.
        context: condition keys and values, besides those of the key itself.

    Raises:
        AwsSideError: AWS does not accept the key, or could not be reached.
    """
    return table(aws.decision(credentials.access_key, action, resource, context or {}))


def table(decision: Decided) -> Grid:
    """Return a decision as a table, with the verdict as its title."""
    rows = tuple(
        (row.layer, row.policy, row.statement, row.effect, "yes" if row.applied else "no", row.why)
        for row in decision.rows
    )
    by = f" by {decision.layer}" if decision.layer else ""
    return Grid(f"{decision.reason}{by}: {decision.sentence}", COLUMNS, rows)
