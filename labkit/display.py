"""A table that changes in place: in a notebook's output, or in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from labkit.tables import Grid

AROUND_ROWS = 8  # lines of a table besides its rows, and the prompt


def in_place() -> Callable[[Grid], None]:
    """Return what shows a table, the next one in its place; where nobody looks, nothing is shown.

    It may be called from any thread.
    """
    if _in_notebook():
        return _Notebook().show
    if sys.stdout.isatty():
        return _Terminal().show
    return lambda _: None


def _in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


class _Notebook:
    """One output of a cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, table: Grid) -> None:
        """Show the table where the first one was shown."""
        from IPython.display import display

        if self._handle is None:
            self._handle = display(table, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(table)


class _Terminal:
    """The lines above the cursor: the next table is written over the last."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console()
        self._lines = 0

    def show(self, table: Grid) -> None:
        """Show the table over the one before; only what fits, for nothing above can be reached."""
        fitting = table.shortened(self._console.height - AROUND_ROWS)
        with self._console.capture() as capture:
            self._console.print(fitting)
        up = f"\x1b[{self._lines}F\x1b[J" if self._lines else ""
        written = capture.get()
        self._console.file.write(up + written)
        self._console.file.flush()
        self._lines = written.count("\n")
