"""Editions of a notebook: the committed one, the copy to work on, and the attendee's.

The committed notebook is the instructor's edition: it has everything. Other files, such as the
applications that a notebook runs, are the same in each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

SOLUTION, STOP, EXERCISE = "solution", "stop", "exercise"


def working(original: Path) -> str:
    """Return the copy to work on: with outputs, and with the solutions that no check can show.

    `lab.check.<name>.solution()` shows the others. Run All does not stop the lab.
    """
    return _edition(
        original,
        lambda cell, tags: STOP in tags or (SOLUTION in tags and EXERCISE in cell.metadata),
    )


def attendee(original: Path) -> str:
    """Return the attendee's edition: without solutions and outputs."""
    return _edition(original, lambda _, tags: STOP in tags or SOLUTION in tags, outputs=False)


def _edition(
    original: Path, left_out: Callable[[NotebookNode, Sequence[str]], bool], *, outputs: bool = True
) -> str:
    """Return a file; of a notebook, without some cells."""
    if original.suffix != ".ipynb":
        return original.read_text(encoding="utf-8")
    import nbformat

    notebook: NotebookNode = nbformat.read(original, as_version=4)
    every = [(cell, cell.metadata.get("tags", ())) for cell in notebook.cells]
    notebook.cells = [cell for cell, tags in every if not left_out(cell, tags)]
    for cell in notebook.cells:
        if cell.cell_type == "code" and not outputs:
            cell.outputs, cell.execution_count = [], None
    return f"{nbformat.writes(notebook)}\n"
