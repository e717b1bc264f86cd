"""Build the site: `python .site/build.py OUT`. Stages the sources in OUT/source, then runs Sphinx.

The notebooks are taken as committed, with their outputs; nothing is executed.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from error_pages import errors_page
from replay import replay_page
from slides import write_slides

SITE = Path(__file__).resolve().parent
ROOT = SITE.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EVIDENCE = ROOT / "tests" / "data" / "evidence.jsonl"
WORDS_A_MINUTE = 150
MINUTES_A_CELL = 0.4  # to read a code cell and its output
BAR = re.compile(r"[\d.]+ of ([\d.]+) s")  # a finished progress bar in an output


def main(out: Path) -> int:
    """Build the site below `out` and return Sphinx's exit status."""
    source = out / "source"
    shutil.rmtree(source, ignore_errors=True)
    ignored = shutil.ignore_patterns("*.py", "*.js", "__pycache__")
    shutil.copytree(SITE, source, ignore=ignored)
    for name in ("conf.py", "short_names.py"):
        shutil.copy(SITE / name, source)
    copy_notebooks(source / "notebooks")
    (source / "errors.md").write_text(errors_page(ROOT / "labkit"))
    (source / "path.md").write_text(path_page())
    script = (SITE / "replay.js").read_text()
    (source / "replay.md").write_text(replay_page(EVIDENCE, script))
    (source / "engine.md").write_text(engine_page())
    html = out / "html"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    status = subprocess.run([*command, str(source), str(html)], check=False).returncode
    if status == 0:
        write_slides(NOTEBOOKS[0], html / "slides.html")
    return status


def engine_page() -> str:
    """Return the page on the engine and the plugin protocol: their own docstrings."""
    parts = [(SITE / "engine.md").read_text()]
    for title, room in (("The engine", "aws_engine"), ("The plugin protocol", "plugin")):
        module = ast.parse((ROOT / "labkit" / "servers" / room / "__init__.py").read_text())
        parts.append(f"## {title}\n\n{ast.get_docstring(module)}\n")
    return "\n".join(parts)


def copy_notebooks(folder: Path) -> None:
    """Copy the notebooks and their pictures, and write the list of pages."""
    shutil.copytree(ROOT / "notebooks" / "pictures", folder / "pictures")
    for path in NOTEBOOKS:
        shutil.copy(path, folder)
    names = "\n".join(path.stem for path in NOTEBOOKS)
    text = f"# The notebooks\n\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"
    (folder / "index.md").write_text(text)


def path_page() -> str:
    """Return the page that leads through the notebooks, with the time that each needs."""
    rows = [_row(path) for path in NOTEBOOKS]
    head = (
        "# The path through the notebooks\n\nStart with the whole flow. Then take one step after "
        "the other; each notebook starts a lab of its own, so that you can begin anywhere.\n\n"
        "Minutes are for reading, at 150 words a minute; exercises are extra. The seconds are what "
        "the progress bars in the notebook's outputs say that it waited.\n\n"
        "| notebook | question | minutes | seconds of waiting |\n|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def _row(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    prose = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = sum(cell.cell_type == "code" for cell in cells)
    minutes = round(len(prose.split()) / WORDS_A_MINUTE + code * MINUTES_A_CELL)
    title = cells[0].source.splitlines()[0].removeprefix("# ")
    question = " ".join(cells[0].source.split("**")[1].split())
    link = f"[{title}](notebooks/{path.stem})"
    return f"| {link} | {question} | {minutes} | {seconds_of_waiting(cells):.0f} |"


def seconds_of_waiting(cells: list[nbformat.NotebookNode]) -> float:
    """Return the seconds that the progress bars in a notebook's outputs add up to."""
    outputs = [out for cell in cells for out in cell.get("outputs", [])]
    shown = [out.get("data", {}).get("text/plain", "") for out in outputs]
    return sum(float(seconds) for text in shown for seconds in BAR.findall(text))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
