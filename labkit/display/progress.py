"""What changes in place, in a notebook's output or in a terminal: a table, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from labkit.display.tables import Grid

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


def progress_bar(what: str, form: str, **options: Any) -> Any:  # noqa: ANN401 - tqdm's
    """Return a tqdm bar that moves in place: in a terminal, or as text in a notebook's output.

    As text, and not as a widget: a saved notebook then shows how it ended.

    Args:
        what: what makes progress.
        form: tqdm's `bar_format`.
        options: more of tqdm's.
    """
    from tqdm import tqdm

    file = _NotebookLine() if _in_notebook() else None
    return tqdm(desc=what, bar_format=form, file=file, **options)


def _in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


class _Notebook:
    """One output of a cell."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, what: object, *, raw: bool = False) -> None:
        """Show something where the first one was shown; raw is a dict of MIME types."""
        from IPython.display import display

        if self._handle is None:
            self._handle = display(what, raw=raw, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(what, raw=raw)


class _NotebookLine(_Notebook):
    """A file whose last line is one output of a cell."""

    encoding = "utf-8"  # tqdm asks whether it may draw blocks

    def write(self, text: str) -> None:
        """Show a line in the place of the one before."""
        if line := text.strip("\r\n"):
            self.show({"text/plain": line}, raw=True)

    def flush(self) -> None:
        """Do nothing: a line is shown at once."""


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
