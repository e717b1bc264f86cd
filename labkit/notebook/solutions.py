"""The solutions of exercises, as they stand in the notebooks."""

from __future__ import annotations

import json
from pathlib import Path

from labkit.errors import LabError
from labkit.machine.package import PACKAGE_HOME

NOTEBOOKS = PACKAGE_HOME / "notebooks"
TAG = "solution"


def read(notebook: str, check: str, folder: Path = NOTEBOOKS) -> str:
    """Return the source of the cells that solve an exercise.

    Args:
        notebook: the first two digits of the notebook's file name.
        check: the name of the exercise's check.
        folder: where the notebooks are.

    Raises:
        LabError: there are no notebooks with solutions here.
    """
    found = [
        "".join(cell["source"])
        for path in sorted(folder.glob(f"{notebook}_*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if TAG in cell["metadata"].get("tags", ()) and cell["metadata"].get("exercise") == check
    ]
    if not found:
        raise LabError(
            f"There is no solution of {check} in {folder}. This labkit was installed without the "
            f"notebooks; look at notebook {notebook} in the repository, or ask the instructor."
        )
    return "\n\n".join(found)
