"""Cells in rows and columns, each with a colour and a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN = 0.04


def draw_cell(
    ax: Axes, row: int, column: int, words: str, *, color: str, ink: str = "black"
) -> None:
    """Draw one cell with words in its middle."""
    from matplotlib.patches import Rectangle

    size = 1 - 2 * MARGIN
    ax.add_patch(Rectangle((column + MARGIN, row + MARGIN), size, size, color=color))
    style = {"ha": "center", "va": "center", "fontsize": "small", "color": ink}
    ax.text(column + 0.5, row + 0.5, words, **style)  # type: ignore[arg-type] # matplotlib's


def name_cells(ax: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Write the names of the columns above, and those of the rows at the left."""
    ax.set_xlim(0, max(len(columns), 1))
    ax.set_ylim(max(len(rows), 1), 0)
    ax.set_xticks([column + 0.5 for column in range(len(columns))], columns, fontweight="bold")
    ax.set_yticks([row + 0.5 for row in range(len(rows))], rows)
    ax.set_title(ax.get_title("left"), loc="left", pad=14, fontsize="medium", fontweight="bold")
    ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False)
