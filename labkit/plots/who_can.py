"""Who can do what: identities against actions, each cell a real request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED
from labkit.evidence.model.uses import BY_AWS, BY_VAULT, Attempt
from labkit.plots.cells import draw_cell, name_cells
from labkit.plots.style import AWS, FAINT, GOOD, VAULT, bare, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = {ALLOWED: GOOD, BY_VAULT: VAULT, BY_AWS: AWS}


def who_can_do_what(
    attempts: Sequence[Attempt],
    ax: Axes,
    *,
    words: Mapping[str, str] | None = None,
    title: str = "",
) -> Axes:
    """Draw a cell for each identity and action: allowed, denied by Vault, denied by AWS.

    A pale cell was not tried: a token says nothing to AWS, and an AWS key nothing to Vault.

    Args:
        attempts: what `Lab.who_can_do_what` returned.
        ax: where to draw.
        words: what to write in a cell instead of its outcome.
        title: the finding; empty counts the outcomes.
    """
    columns = list(dict.fromkeys(attempt.identity for attempt in attempts))
    actions = list(dict.fromkeys(attempt.action for attempt in attempts))
    outcomes = {(attempt.identity, attempt.action): attempt.outcome for attempt in attempts}
    for row, action in enumerate(actions):
        for column, identity in enumerate(columns):
            outcome = outcomes.get((identity, action), "")
            color, ink = COLORS.get(outcome, FAINT), "white" if outcome == BY_VAULT else "black"
            draw_cell(ax, row, column, (words or {}).get(outcome, outcome), color=color, ink=ink)
    bare(titled(ax, title or finding(attempts)))
    name_cells(ax, actions, columns)
    return ax


def permissions(
    refused: Mapping[tuple[str, str], bool],
    ax: Axes,
    *,
    title: str,
    words: tuple[str, str] = (BY_AWS, ALLOWED),
) -> Axes:
    """Draw a cell for each role and action: whether AWS refused it.

    Args:
        refused: role and action, and whether AWS refused.
        ax: where to draw.
        title: the finding.
        words: what to write in a cell if AWS refused, and if it did not.
    """
    found = [Attempt(*pair, BY_AWS if no else ALLOWED) for pair, no in refused.items()]
    named = dict(zip((BY_AWS, ALLOWED), words, strict=True))
    return who_can_do_what(found, ax, words=named, title=title)


def finding(attempts: Sequence[Attempt]) -> str:
    """Return the sentence that the matrix shows."""
    allowed = sum(one.outcome == ALLOWED for one in attempts)
    vault = sum(one.outcome == BY_VAULT for one in attempts)
    aws = sum(one.outcome == BY_AWS for one in attempts)
    return (
        f"Two locks: of {len(attempts)} requests, {allowed} were allowed, "
        f"{vault} denied by Vault, {aws} by AWS"
    )
