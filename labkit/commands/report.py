"""`labkit run`: the whole flow in the terminal, its picture, and the executed notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from rich.console import Console

from labkit.commands import copies, jupyter
from labkit.commands.narration import Narration
from labkit.commands.whole_flow import whole_flow
from labkit.errors import LabError
from labkit.evidence.analyse.proof import table
from labkit.lab import Lab
from labkit.runtimes.process import ServerProcess

if TYPE_CHECKING:
    from labkit.evidence.analyse.timeline import Lifetime

NOTEBOOK = copies.ROOT / "notebooks" / "00_the_whole_flow.ipynb"
NOTEBOOK_SECONDS = 180.0


def run(out: Path, console: Console, notebook: Path = NOTEBOOK) -> None:
    """Run the flow and write `whole-flow.html` and `lease-lifetimes.png` below `out`.

    The notebook runs beside it on a lab of its own, so that both wait for their leases at once.
    Where labkit was installed without the notebooks, there is no `whole-flow.html`.

    Raises:
        LabError: nothing can be written to `out`, or the flow, an observation or the notebook
            failed.
    """
    _prepare(out)
    written = ["lease-lifetimes.png"]
    with ExitStack() as stack:
        if notebook.exists():
            stack.enter_context(executing(notebook, out / "whole-flow.html", console))
            written.insert(0, "whole-flow.html")
        else:
            console.print(f"without {notebook.name}: this labkit was installed without notebooks")
        lab = stack.enter_context(Lab.start())
        console.print(f"{lab.runtime.name} runtime: {lab.reason}", markup=False, highlight=False)
        whole_flow(lab, Narration(lab, console))
        draw(lab.lifetimes(), out / "lease-lifetimes.png")
        console.print()
        console.print(table(lab.evidence.proofs))
    for name in written:
        console.print(f"written: {out / name}", markup=False, highlight=False)


def _prepare(out: Path) -> None:
    """Create the folder, and find out before the flow starts whether files can be written to it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise LabError(
            f"Tried to write to {out}: {error.strerror}. Name another folder with --out."
        ) from error


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

    It runs under the supervisor, so that it ends with this process, however this process ends.

    Raises:
        LabError: the notebook failed, or took longer than three minutes.
    """
    html.unlink(missing_ok=True)
    with jupyter.kernel_folder() as folder:
        command, env = _command(notebook, html, folder), jupyter.kernel_environment(folder)
        process = ServerProcess("notebook", command, folder=folder, env=env)
        try:
            yield
            with console.status("waiting for the notebook to finish"):
                status = process.wait(NOTEBOOK_SECONDS)
        finally:
            process.stop()
        if status is None:
            raise LabError(
                f"Timed out after {NOTEBOOK_SECONDS:.0f} s: {notebook.name} did not finish."
                f"{process.log_tail()}"
            )
        if status:
            raise LabError(f"{notebook.name} failed.{process.log_tail(lines=30)}")


def _command(notebook: Path, html: Path, folder: Path) -> list[str]:
    """Return nbconvert's command line; without `ip`, the sockets would be in its own directory."""
    where = ["--output-dir", str(html.parent.resolve()), "--output", html.name]
    kernel = [jupyter.KERNEL_OPTION, f"--KernelManager.ip={folder / 'kernel'}"]
    options = ["--to", "html", "--execute", *kernel]
    return [sys.executable, "-m", "nbconvert", *options, *where, str(notebook)]
