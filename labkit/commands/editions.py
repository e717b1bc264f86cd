"""Editions of a notebook: the committed one, the copy to work on, and the attendee's."""

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


def write_attendees(originals: list[Path], folder: Path) -> None:
    """Write the attendee's edition of each notebook into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for original in originals:
        (folder / original.name).write_text(attendee(original), encoding="utf-8")


def _without(original: Path, tags: frozenset[str], *, outputs: bool = True) -> str:
    from nbconvert import NotebookExporter
    from nbconvert.preprocessors import ClearOutputPreprocessor, TagRemovePreprocessor

    exporter = NotebookExporter()
    remove = TagRemovePreprocessor(remove_cell_tags=set(tags))
    exporter.register_preprocessor(remove, enabled=True)
    if not outputs:
        exporter.register_preprocessor(ClearOutputPreprocessor(), enabled=True)
    text, _ = exporter.from_filename(str(original))
    return str(text)
