"""Each exercise of each notebook: red before and after wrong attempts, green after a solution."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from labkit.commands import editions
from labkit.notebook.checks.checks import Checks
from labkit.notebook.exercise import Check, exercises
from tests.notebook.later_answers import LATER_ANSWERS
from tests.notebook.own_answers import ANSWERS as FIRST_ANSWERS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EXERCISES = exercises().values()
ANSWERS = FIRST_ANSWERS | LATER_ANSWERS
PATHS = [
    path
    for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    if any(path.name.startswith(one.notebook) for one in EXERCISES)
]


def cells_with(path: Path, tag: str) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if tag in cell.metadata.get("tags", ())]


def names_of(path: Path, tag: str) -> list[str]:
    found = [cell.metadata.get("exercise") for cell in cells_with(path, tag)]
    return [name for name in found if name]  # an experiment has a solution, but no check


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_exercise_has_a_turn_a_check_and_a_solution(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell for cell in cells if cell.cell_type == "markdown"]
    asked = sum(cell.source.startswith("### Exercise") for cell in texts)
    known = [one.name for one in EXERCISES if path.name.startswith(one.notebook)]

    assert names_of(path, "check") == names_of(path, "solution") == known
    assert len(cells_with(path, "your-turn")) == asked == len(known)
    code = [cell for cell in cells_with(path, "solution") if cell.cell_type == "code"]
    assert all(cell.metadata["jupyter"]["source_hidden"] for cell in code)


def test_every_exercise_has_a_check_answers_and_three_hints() -> None:
    assert {one.name for one in EXERCISES} == {
        name for name, one in vars(Checks).items() if isinstance(one, Check)
    }
    assert {one.name for one in EXERCISES} == ANSWERS.keys()
    assert all(len(one.hints) >= 3 for one in EXERCISES)


def needed(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the cells that the exercises need: all, or those tagged `setup` and the exercises.

    nbval runs all cells, and compares what the checks say then.
    """
    if not any("setup" in cell.metadata.get("tags", ()) for cell in cells):
        return cells
    [start] = [number for number, cell in enumerate(cells) if cell.id == "exercises"]
    [*_, end] = [number for number, cell in enumerate(cells) if "exercise" in cell.metadata]
    before = [cell for cell in cells[:start] if "setup" in cell.metadata.get("tags", ())]
    stop = [cell for cell in cells[end:] if "stop" in cell.metadata.get("tags", ())]
    return [*before, *cells[start : end + 1], *stop]


def answered(path: Path) -> Any:
    """Return a notebook whose learner answers wrongly twice, then rightly, then runs all."""
    notebook = nbformat.read(path, as_version=4)
    cells: list[nbformat.NotebookNode] = []
    for cell in needed(notebook.cells):
        if "check" not in cell.metadata.get("tags", ()):
            cells.append(cell)
            continue
        check, answers = cell.source, ANSWERS[cell.metadata["exercise"]]
        red = f"verdict = {check}\nassert not verdict and verdict.hint"
        steps = [red]
        for attempt in answers.wrong:
            steps += [attempt, red]
        steps += [answers.own, f"verdict = {check}\nassert verdict, verdict"]
        cells += [nbformat.v4.new_code_cell(step) for step in steps]
    notebook.cells = cells
    return notebook


@pytest.mark.integration
def test_the_lab_survives_run_all_of_the_attendees_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    [path] = NOTEBOOKS.glob("03_*.ipynb")
    notebook = nbformat.reads(editions.attendee(path), as_version=4)
    alive = "assert lab.look(lab.issue('ec2-only')[1]).key_works"
    notebook.cells.append(nbformat.v4.new_code_cell(alive))

    execute(notebook, monkeypatch)  # a cell that fails is named in the error


@pytest.mark.integration
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_check_tells_wrong_from_right_and_the_solution_works_after_an_own_answer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(answered(path), monkeypatch)


def execute(notebook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_RUNTIME", "embedded")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    place = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=120, resources=place).execute()
