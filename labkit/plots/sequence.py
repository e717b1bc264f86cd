"""Sequence diagram: Application, Vault, AWS IAM, and an arrow for each real entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from labkit.plots.style import AWS, AWS_WORDS, BAD, GOOD, INK, VAULT, bare, say, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.story import Lane, Story, StoryStep

LANES: tuple[Lane, ...] = ("Application", "Vault", "AWS IAM")
COLORS = dict(zip(LANES, (GOOD, VAULT, AWS), strict=True))
WORDS = COLORS | {"AWS IAM": AWS_WORDS}
ROW_INCHES, HEAD_INCHES = 0.3, 1.0
LONGEST = 62  # characters of a label


@dataclass(frozen=True)
class Arrow:
    """One row of the diagram.

    Args:
        time: epoch seconds UTC.
        source: the lane it starts from.
        target: the lane it leads to.
        words: what stands on it.
        is_answer: whether it is an answer, drawn dashed.
        is_refusal: whether something was refused.
    """

    time: float
    source: Lane
    target: Lane
    words: str
    is_answer: bool = False
    is_refusal: bool = False


def sequence_height(story: Story) -> float:
    """Return the inches that a story's diagram needs to be readable."""
    return HEAD_INCHES + ROW_INCHES * len(arrows(story))


def sequence_diagram(story: Story, ax: Axes) -> Axes:
    """Draw a story from top to bottom: full arrows ask, dashed ones answer, with their durations.

    Rows are in the order of time, not to scale; the seconds stand on the left.

    Args:
        story: what `Lab.story` or `Evidence.story` returned.
        ax: where to draw; `sequence_height` tells how high it should be.
    """
    found = arrows(story)
    bottom = len(found) + 0.5
    for place, lane in enumerate(LANES):
        ax.plot([place, place], [0, bottom], color=COLORS[lane], lw=2, alpha=0.5, zorder=0)
        ax.text(place, -0.45, lane, ha="center", weight="bold", color=WORDS[lane])
    start = found[0].time if found else 0.0
    for row, arrow in enumerate(found, start=1):
        ax.text(-0.2, row, f"{arrow.time - start:.2f} s", ha="right", va="center", size="small")
        _draw(ax, row, arrow)
    ax.set_xlim(-0.5, 2.25)
    ax.set_ylim(bottom, -1.1)
    return bare(titled(ax, finding(story)))


def finding(story: Story) -> str:
    """Return the sentence that the diagram shows."""
    issue = next((step for step in story.steps if step.outcome.result == "lease"), None)
    calls = sum(
        step.times * len(step.actions)
        for step in story.steps
        if step.source == "Vault" and step.target == "AWS IAM"
    )
    if issue is None or issue.took is None:
        return f"Vault made {calls} AWS calls for this credential"
    deleted = any("DeleteUser" in step.actions for step in story.steps)
    until = "in its whole life" if deleted else "until now"
    return f"A credential in {issue.took * 1000:.0f} ms; Vault made {calls} AWS calls {until}"


def arrows(story: Story) -> list[Arrow]:
    """Return the arrows of a story, in the order of time; a request to Vault has an answer."""
    return sorted(_arrows(story), key=lambda arrow: arrow.time)


def _arrows(story: Story) -> Iterator[Arrow]:
    for step in story.steps:
        who = f"{step.who}: " if step.who else ""
        refused, outcome = step.outcome.refused, str(step.outcome)
        if step.target == "Vault" and step.source != step.target:
            yield Arrow(step.time, step.source, step.target, f"{who}{step.what}")
            words = f"{outcome}{_took(step)}"
            end = step.time + (step.took or 0.0)
            yield Arrow(end, step.target, step.source, words, is_answer=True, is_refusal=refused)
        else:
            often = f" (x{step.times})" if step.times > 1 else ""
            told = f" {outcome}" if refused or step.outcome.result == "allowed" else ""
            words = f"{who}{step.in_brief}{often}{told}{_took(step)}"
            yield Arrow(step.time, step.source, step.target, words, is_refusal=refused)


def _took(step: StoryStep) -> str:
    return "" if step.took is None else f", {step.took * 1000:.0f} ms"


def _draw(ax: Axes, row: int, arrow: Arrow) -> None:
    left, right = LANES.index(arrow.source), LANES.index(arrow.target)
    color = BAD if arrow.is_refusal else INK
    words = shorten(arrow.words, LONGEST, placeholder=" …")
    if left == right:
        ax.plot([left], [row], "o", color=COLORS[arrow.source], markersize=6)
        say(ax, words, (left, row), right=8, color=color)
        return
    style = {"arrowstyle": "-|>", "color": color, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    style["linestyle"] = "--" if arrow.is_answer else "-"
    ax.annotate("", (right, row), (left, row), arrowprops=style)
    across_vault = {left, right} == {0, 2}
    at = 1.5 if across_vault else (left + right) / 2
    say(ax, words, (at, row), up=6, ha="center", color=color)
