"""Count the lines of labkit that each notebook loads: `python -m tests.bench.lines`.

Executes the notebooks on embedded servers, which takes ten minutes.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.bench.figures import Figure, report
from tests.loaded import LIMIT, SHOW_FILES, total

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def lines(path: Path) -> Figure:
    """Execute a notebook, and count."""
    book = nbformat.read(path, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell(SHOW_FILES))
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=600, resources=place).execute()
    shown = book.cells[-1].outputs[0]["text"].split()
    return Figure(f"{path.stem}: {len(shown)} modules", total(shown), LIMIT, "lines")


def main() -> int:
    os.environ |= {"LABKIT_RUNTIME": "embedded", "LABKIT_STORM_LEASES": "400"}
    wanted = sys.argv[1:] or [path.name[:2] for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    return report("Lines of labkit that a notebook loads", [lines(found(one)) for one in wanted])


def found(number: str) -> Path:
    """Return the notebook that begins with two digits."""
    return next(NOTEBOOKS.glob(f"{number}_*.ipynb"))


if __name__ == "__main__":
    sys.exit(main())
