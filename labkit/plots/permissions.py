"""Who can do what: identities against actions, each cell a real request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labkit.evidence.model.attempts import ALLOWED, BY_AWS, BY_VAULT, Attempt
from labkit.plots.style import AWS, FAINT, GOOD, VAULT, bare, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = {ALLOWED: GOOD, BY_VAULT: VAULT, BY_AWS: AWS}
MARGIN = 0.04


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
    from matplotlib.patches import Rectangle

    columns = list(dict.fromkeys(attempt.identity for attempt in attempts))
    actions = list(dict.fromkeys(attempt.action for attempt in attempts))
    outcomes = {(attempt.identity, attempt.action): attempt.outcome for attempt in attempts}
    size = 1 - 2 * MARGIN
    for row, action in enumerate(actions):
        for column, identity in enumerate(columns):
            outcome = outcomes.get((identity, action), "")
            corner = (column + MARGIN, row + MARGIN)
            ax.add_patch(Rectangle(corner, size, size, color=COLORS.get(outcome, FAINT)))
            ax.text(
                column + 0.5, row + 0.5, (words or {}).get(outcome, outcome), **_centered(outcome)
            )
    ax.set_xlim(0, max(len(columns), 1))
    ax.set_ylim(max(len(actions), 1), 0)
    bare(titled(ax, title or finding(attempts)))
    ax.set_xticks([column + 0.5 for column in range(len(columns))], columns, fontweight="bold")
    ax.set_yticks([row + 0.5 for row in range(len(actions))], actions)
    ax.set_title(ax.get_title("left"), loc="left", pad=14, fontsize="medium", fontweight="bold")
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
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


def _centered(outcome: str) -> dict[str, Any]:
    color = "white" if outcome == BY_VAULT else "black"
    return {"ha": "center", "va": "center", "fontsize": "small", "color": color}
