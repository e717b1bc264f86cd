"""Editions of a notebook: the committed one, the copy to work on, and the attendee's.

The committed notebook is the instructor's edition: it has everything. Other files, such as the
applications that a notebook runs, are the same in each.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

SOLUTION, STOP, EXERCISE = "solution", "stop", "exercise"
WORKING = frozenset({STOP})  # what the copy leaves out: Run All must not end the lab
ATTENDEE = frozenset({STOP, SOLUTION})


def working(original: Path) -> str:
    """Return the copy to work on: with outputs, and with the solutions that no check can show.

    `lab.check.<name>.solution()` shows the others. Run All does not stop the lab.
    """
    if original.suffix != ".ipynb":
        return original.read_text(encoding="utf-8")
    notebook = _read(original)
    notebook.cells = [cell for cell in notebook.cells if not _is_shown_by_check(cell)]
    return _without(notebook, WORKING)


def attendee(original: Path) -> str:
    """Return the attendee's edition: without solutions and outputs."""
    if original.suffix != ".ipynb":
        return original.read_text(encoding="utf-8")
    return _without(_read(original), ATTENDEE, outputs=False)


def _read(original: Path) -> NotebookNode:
    import nbformat

    notebook: NotebookNode = nbformat.read(original, as_version=4)
    return notebook


def _is_shown_by_check(cell: NotebookNode) -> bool:
    return SOLUTION in cell.metadata.get("tags", ()) and EXERCISE in cell.metadata


def _without(notebook: NotebookNode, tags: frozenset[str], *, outputs: bool = True) -> str:
    from nbconvert import NotebookExporter
    from nbconvert.preprocessors import ClearOutputPreprocessor, TagRemovePreprocessor

    exporter = NotebookExporter()
    remove = TagRemovePreprocessor(remove_cell_tags=set(tags))
    exporter.register_preprocessor(remove, enabled=True)
    if not outputs:
        exporter.register_preprocessor(ClearOutputPreprocessor(), enabled=True)
    text, _ = exporter.from_notebook_node(notebook)
    return str(text)
