"""What AWS answered to a key: at each use, or after a wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED
from labkit.plots.style import BAD, GOOD, INK, mark_moments, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = {True: GOOD, False: BAD}


def uses(
    answers: Mapping[str, Sequence[tuple[float, str]]],
    ax: Axes,
    *,
    title: str,
    moments: Mapping[str, float] | None = None,
) -> Axes:
    """Draw a mark for each use of each key: green if AWS allowed it, red if it refused.

    Args:
        answers: by the key's name, when it was used (seconds) and "allowed" or an error code.
        ax: where to draw.
        title: the finding.
        moments: what happened meanwhile, and when; each is a dotted line.
    """
    for row, seen in enumerate(answers.values()):
        for allowed, color in COLORS.items():
            times = [when for when, answer in seen if (answer == ALLOWED) is allowed]
            ax.plot(times, [row] * len(times), "|", ms=16, mew=2, color=color)
    mark_moments(ax, moments or {}, -0.7)
    ax.set_yticks(range(len(answers)), list(answers))
    ax.set_ylim(len(answers) - 0.4, -1.1)
    ax.set_xlim(left=0)
    ax.set_xlabel("seconds; each mark is a use: green allowed, red refused by AWS")
    return titled(ax, title)


def waits(answers: Mapping[str, tuple[str, float]], ax: Axes, *, title: str, known: float) -> Axes:
    """Draw how long each way to wait for a new key took, and what AWS answered then.

    Args:
        answers: by the way, AWS's answer and the seconds from the issue to the answer.
        ax: where to draw.
        title: the finding.
        known: seconds after which AWS knew the key.
    """
    for row, (answer, seconds) in enumerate(answers.values()):
        ax.barh(row, seconds, height=0.6, color=COLORS[answer == ALLOWED])
        ax.text(seconds, row, f" {answer}", va="center", color=INK)
    mark_moments(ax, {"AWS knows the key": known}, -0.7)
    ax.set_yticks(range(len(answers)), list(answers))
    ax.set_xlim(0, 1.2 * max(seconds for _, seconds in answers.values()))
    ax.set_ylim(len(answers) - 0.4, -1.1)
    ax.set_xlabel("seconds from the issue to the answer")
    return titled(ax, title)
