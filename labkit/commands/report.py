"""`labkit run`: the whole flow in the terminal, its picture, and the executed notebook."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from labkit.commands.narration import Narration
from labkit.commands.whole_flow import whole_flow
from labkit.errors import LabError
from labkit.evidence.analyse.proof import table
from labkit.lab import Lab

if TYPE_CHECKING:
    from labkit.evidence.analyse.timeline import Lifetime

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "00_the_whole_flow.ipynb"
NOTEBOOK_SECONDS = 180.0


def run(out: Path, console: Console) -> None:
    """Run the flow and write `whole-flow.html` and `lease-lifetimes.png` below `out`.

    The notebook runs beside it on a lab of its own, so that both wait for their leases at once.

    Raises:
        LabError: the flow, an observation or the notebook failed.
    """
    out.mkdir(exist_ok=True)
    with executing(NOTEBOOK, out / "whole-flow.html", console), Lab.start() as lab:
        console.print(f"{lab.runtime.name} runtime: {lab.reason}", markup=False, highlight=False)
        whole_flow(lab, Narration(lab, console))
        draw(lab.lifetimes(), out / "lease-lifetimes.png")
        console.print()
        console.print(table(lab.evidence.proofs))
    for name in ("whole-flow.html", "lease-lifetimes.png"):
        console.print(f"written: {out / name}", markup=False, highlight=False)


def draw(lifetimes: list[Lifetime], path: Path) -> None:
    """Write the picture of these lifetimes to a file."""
    from matplotlib.figure import Figure

    from labkit.plots import lease_lifetimes

    figure = Figure(figsize=(9, 1.2 + 0.9 * len(lifetimes)), layout="constrained")
    lease_lifetimes(lifetimes, figure.subplots())
    figure.savefig(path, dpi=150)


@contextmanager
def executing(notebook: Path, html: Path, console: Console) -> Iterator[None]:
    """Execute a notebook into an HTML page while the block runs; wait for it at the end.

    Raises:
        LabError: the notebook failed, or took longer than three minutes.
    """
    log = html.with_suffix(".log")
    html.unlink(missing_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(_command(notebook, html), stdout=output, stderr=output)
    try:
        yield
        with console.status("waiting for the notebook to finish"):
            process.wait(NOTEBOOK_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{notebook.name} did not finish; its log is {log}.") from error
    finally:
        _end(process)
    if process.returncode:
        raise LabError(f"{notebook.name} failed:\n{log.read_text()[-2000:]}")
    log.unlink()


def _command(notebook: Path, html: Path) -> list[str]:
    where = ["--output-dir", str(html.parent.resolve()), "--output", html.name]
    options = ["--to", "html", "--execute"]
    return [sys.executable, "-m", "nbconvert", *options, *where, str(notebook)]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a notebook that still runs end its kernel, which takes its lab along."""
    if process.poll() is None:
        process.terminate()
        process.wait(10)
