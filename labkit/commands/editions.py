"""Editions of a notebook: the committed one, the copy to work on, and the attendee's.

Other files, such as the applications that a notebook runs, are the same in each.
"""

from __future__ import annotations

from pathlib import Path

SOLUTION, STOP = "solution", "stop"
WORKING = frozenset({STOP})  # what the copy leaves out: Run All must not end the lab
ATTENDEE = frozenset({STOP, SOLUTION})


def working(original: Path) -> str:
    """Return the copy to work on: with outputs and folded solutions; Run All keeps the lab."""
    return _without(original, WORKING)


def attendee(original: Path) -> str:
    """Return the attendee's edition: without solutions and outputs."""
    return _without(original, ATTENDEE, outputs=False)


def _without(original: Path, tags: frozenset[str], *, outputs: bool = True) -> str:
    if original.suffix != ".ipynb":
        return original.read_text(encoding="utf-8")
    from nbconvert import NotebookExporter
    from nbconvert.preprocessors import ClearOutputPreprocessor, TagRemovePreprocessor

    exporter = NotebookExporter()
    remove = TagRemovePreprocessor(remove_cell_tags=set(tags))
    exporter.register_preprocessor(remove, enabled=True)
    if not outputs:
        exporter.register_preprocessor(ClearOutputPreprocessor(), enabled=True)
    text, _ = exporter.from_filename(str(original))
    return str(text)
