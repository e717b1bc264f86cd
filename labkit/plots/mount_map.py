"""What is mounted before and after."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from labkit.plots.cells import draw_cell, name_cells
from labkit.plots.style import FAINT, GOOD, VAULT_PALE, bare, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def mounts(before: Collection[str], after: Collection[str], ax: Axes, *, title: str) -> Axes:
    """Draw a row for each mount: what was there before, and what is there after.

    Args:
        before: paths of the mounts.
        after: paths of the mounts, later; those that are new are green.
        ax: where to draw.
        title: the finding.
    """
    paths = sorted({*before, *after}, key=lambda path: (path not in before, path))
    for row, path in enumerate(paths):
        for column, there in enumerate((before, after)):
            color = (VAULT_PALE if path in before else GOOD) if path in there else FAINT
            draw_cell(ax, row, column, "mounted" if path in there else "nothing", color=color)
    bare(titled(ax, title))
    name_cells(ax, paths, ("before", "after"))
    return ax
