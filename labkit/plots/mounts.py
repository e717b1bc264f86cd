"""What is mounted before and after."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from labkit.plots.style import FAINT, GOOD, VAULT_PALE, bare, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN = 0.05


def mounts(before: Collection[str], after: Collection[str], ax: Axes, *, title: str) -> Axes:
    """Draw a row for each mount: what was there before, and what is there after.

    Args:
        before: paths of the mounts.
        after: paths of the mounts, later; those that are new are green.
        ax: where to draw.
        title: the finding.
    """
    from matplotlib.patches import Rectangle

    paths = sorted({*before, *after}, key=lambda path: (path not in before, path))
    size = 1 - 2 * MARGIN
    for row, path in enumerate(paths):
        for column, there in enumerate((before, after)):
            color = (VAULT_PALE if path in before else GOOD) if path in there else FAINT
            corner = (column + MARGIN, row + MARGIN)
            ax.add_patch(Rectangle(corner, size, size, color=color))
            words = "mounted" if path in there else "nothing"
            ax.text(column + 0.5, row + 0.5, words, ha="center", va="center", fontsize="small")
    ax.set_xlim(0, 2)
    ax.set_ylim(len(paths), 0)
    bare(titled(ax, title))
    ax.set_xticks([0.5, 1.5], ["before", "after"])
    ax.set_yticks([row + 0.5 for row in range(len(paths))], paths)
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
    return ax
