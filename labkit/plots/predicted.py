"""Predictions against observations: one row for each question."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.evidence.model.predictions import Prediction
from labkit.plots.style import BAD, FAINT, GOOD, INK, VAULT, bare, plural, say, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE_WIDTH = 46  # characters of a question beside its row
BAR_END = 0.7  # of the row; the words follow
HEIGHT = 0.46


def predictions(found: Sequence[Prediction], ax: Axes) -> Axes:
    """Draw a row for each prediction: the observed number as a bar, the predicted as a mark.

    Each row has its own scale. Words, True and False stand as words.

    Args:
        found: `Evidence.predictions`, or those of some verdicts.
        ax: where to draw; about 0.6 inches high for each row.
    """
    for row, one in enumerate(found):
        color = {True: GOOD, False: BAD}.get(one.right, INK)  # type: ignore[arg-type]
        ax.barh(row, 1.0, height=0.9, color=FAINT, zorder=0)
        if one.is_number:
            _bar(ax, row, one)
        words = f"predicted {one.shown(one.predicted)}\nobserved {one.shown(one.observed)}"
        left = BAR_END + 0.04 if one.is_number else 0.02
        say(ax, words, (left, row), color=INK)
        ax.plot([1.0], [row], marker="s", color=color, markersize=9, clip_on=False)
        say(ax, _verdict(one), (1.0, row), right=9, color=INK)
    ax.set_ylim(max(len(found), 1) - 0.45, -0.55)
    ax.set_xlim(0, 1.12)
    bare(titled(ax, finding(found)))
    if any(one.is_number for one in found):
        ax.set_xlabel("bar: observed, line: predicted; each row has its own scale", loc="left")
    ax.set_yticks(range(len(found)), [textwrap.fill(one.question, LINE_WIDTH) for one in found])
    return ax


def finding(found: Sequence[Prediction]) -> str:
    """Return the sentence that the picture shows."""
    decided = [one for one in found if one.right is not None]
    if not decided:
        return f"{plural(len(found), 'prediction')}, nothing observed yet"
    right = sum(bool(one.right) for one in decided)
    return f"{right} of {plural(len(decided), 'prediction')} right"


def _bar(ax: Axes, row: int, one: Prediction) -> None:
    predicted, observed = float(one.predicted), float(one.observed or 0)
    scale = BAR_END / max(abs(predicted), abs(observed), 1e-9)
    ax.barh(row, abs(observed) * scale, height=HEIGHT, color=VAULT, zorder=1)
    mark = abs(predicted) * scale
    ax.plot([mark, mark], [row - 0.36, row + 0.36], color=INK, lw=2.5, zorder=2)


def _verdict(one: Prediction) -> str:
    return {True: "right", False: "wrong", None: "open"}[one.right]
