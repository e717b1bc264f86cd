"""One look for all pictures: told apart by colour-blind readers, on a screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

# Okabe and Ito's palette (https://jfly.uni-koeln.de/color/).
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
VAULT, AWS, GOOD, BAD = BLUE, ORANGE, GREEN, VERMILION
VAULT_PALE = "#A6CBE3"
AWS_WORDS = "#8A5F00"  # orange words on white would be too faint to read
INK, FAINT = "#404040", "#F2F2F2"
TITLE_WIDTH = 88  # characters: what fits a figure nine inches wide

Bar = tuple[float, float, float]  # from, to (x), and the y of its upper edge


def titled(ax: Axes, finding: str) -> Axes:
    """State the finding, take away what carries no data, and stand on white in every theme."""
    ax.set_title(
        finding, loc="left", fontsize="medium", fontweight="bold", color="black", wrap=True
    )
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(INK)
    ax.tick_params(axis="both", colors=INK)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.label.set_color(INK)
    ax.yaxis.label.set_color(INK)
    ax.set_axisbelow(True)
    ax.set_facecolor("white")
    ax.figure.set_facecolor("white")
    return ax


def bare(ax: Axes) -> Axes:
    """Take the axes themselves away, where neither of them measures anything."""
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def whole_numbers(ax: Axes) -> None:
    """Let the y axis count things that cannot be halved."""
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(integer=True))


def bars(ax: Axes, found: Sequence[Bar], height: float, color: str) -> None:
    """Draw horizontal bars as one collection: thousands of them take no longer than a few."""
    from matplotlib.collections import PolyCollection

    corners = [
        [(left, top), (right, top), (right, top + height), (left, top + height)]
        for left, right, top in found
    ]
    whole = height >= 1  # bars that touch must leave no seam between them
    ax.add_collection(
        PolyCollection(corners, facecolors=color, linewidths=0, antialiased=not whole)
    )


def say(
    ax: Axes,
    words: str,
    at: tuple[float, float],
    *,
    right: float = 0,
    up: float = 0,
    ha: str = "left",
    color: str = INK,
) -> Annotation:
    """Write words beside a point, clear of what lies under them.

    Args:
        ax: where.
        words: what.
        at: the point, in data.
        right: how far to the right of it, in points.
        up: how far above it, in points.
        ha: what of the words stands there: left, center or right.
        color: of the words.
    """
    from matplotlib.patheffects import withStroke

    style: dict[str, Any] = {"xytext": (right, up), "textcoords": "offset points"}
    return ax.annotate(
        words,
        at,
        ha=ha,
        va="center",
        fontsize="small",
        color=color,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        **style,
    )


def mark_moments(ax: Axes, moments: Mapping[str, float], y: float) -> None:
    """Draw a dotted line for each moment, with its name at a height."""
    for what, when in moments.items():
        ax.axvline(when, color=INK, ls=":")
        ax.text(when, y, f" {what}", color=INK, fontsize="small")


def plural(number: int, noun: str) -> str:
    """Return "1 lease", "2 leases", "10,000 leases"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
