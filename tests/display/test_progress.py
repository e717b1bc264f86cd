"""Tables that change in place, in a real kernel and on a real terminal."""

import os
import pty
import re
import subprocess
import sys
from typing import Any

import pytest

IN_THREAD = """
import threading
from labkit.display.progress import in_place
from labkit.display.tables import Grid
show = in_place()
show(Grid("first", ("a",), (("1",), ("2",))))
thread = threading.Thread(target=lambda: show(Grid("second", ("a",), (("<3>",),))))
thread.start(); thread.join()
"""

WAITING = """
from labkit.display.waiting import wait_until
looks = iter([False, False, True])
wait_until(lambda: next(looks), expected=5, at_most=9, description="rain")
"""


@pytest.mark.integration
def test_a_notebook_shows_the_latest_table_in_the_place_of_the_first() -> None:
    [output] = outputs_of(IN_THREAD)

    assert "second" in output["data"]["text/html"]
    assert "&lt;3&gt;" in output["data"]["text/html"]


@pytest.mark.integration
def test_a_saved_notebook_shows_how_a_wait_ended() -> None:
    [output] = outputs_of(WAITING)

    assert re.fullmatch(r"rain: █{20}\| 0\.[3-9] of 0\.[3-9] s", output["data"]["text/plain"])


@pytest.mark.integration
def test_a_terminal_shows_the_latest_table_over_the_first() -> None:
    seen = run_in_terminal(IN_THREAD)

    first, up, second = seen.partition("\x1b[7F\x1b[J")
    assert "first" in first
    assert first.count("\n") == 7, seen
    assert up
    assert "second" in second


@pytest.mark.integration
def test_nothing_is_shown_where_nobody_looks() -> None:
    command = [sys.executable, "-c", IN_THREAD]

    assert subprocess.run(command, capture_output=True, check=True).stdout == b""


def outputs_of(code: str) -> list[dict[str, Any]]:
    """Return what a cell with this code leaves in a saved notebook."""
    import nbclient
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=30).execute()
    outputs: list[dict[str, Any]] = notebook.cells[0].outputs
    return outputs


def run_in_terminal(code: str) -> str:
    """Return what a program writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", code], stdout=theirs, stderr=theirs) as program:
        os.close(theirs)
        written = b""
        while chunk := read(ours):
            written += chunk
        program.wait(30)
    os.close(ours)
    return written.decode()


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        return b""
