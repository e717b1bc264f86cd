"""Notebooks are worked on as copies, and the originals stay as they are."""

from pathlib import Path

import nbformat
import pytest

from labkit.commands import copies
from labkit.errors import LabError


def notebook(name: str) -> str:
    """Return a notebook with a cell of each kind that editions leave out."""
    v4 = nbformat.v4
    cells = [
        v4.new_code_cell(f"original of {name}", outputs=[v4.new_output("stream", text="42")]),
        v4.new_code_cell("the solution", metadata={"tags": ["solution"], "exercise": "checked"}),
        v4.new_code_cell("what happened", metadata={"tags": ["solution"]}),  # of an experiment
        v4.new_code_cell("lab.stop()", metadata={"tags": ["stop"]}),
    ]
    return str(nbformat.writes(v4.new_notebook(cells=cells)))


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    for name in ("00_a", "01_b"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(notebook(name))
    copies.add_missing(tmp_path)
    return tmp_path


def worked_on(root: Path) -> Path:
    copy = root / "work/01_b.ipynb"
    copy.write_text("my work")
    return copy


def test_a_second_start_keeps_what_was_worked_on(root: Path) -> None:
    copy = worked_on(root)
    (root / "work/00_a.ipynb").unlink()

    copies.add_missing(root)

    assert copy.read_text() == "my work"
    assert sources(root / "work/00_a.ipynb")[0] == "original of 00_a"
    assert sources(root / "notebooks/01_b.ipynb")[0] == "original of 01_b"


@pytest.mark.parametrize("names", [[], ["01"], ["01_b"]])
def test_a_reset_asks_before_it_discards_work(root: Path, names: list[str]) -> None:
    copy = worked_on(root)
    asked: list[str] = []

    def refuse(question: str) -> bool:
        asked.append(question)
        return False

    copies.reset(names, sure=refuse, root=root)
    assert copy.read_text() == "my work"
    copies.reset(names, sure=lambda _: True, root=root)

    assert sources(copy)[0] == "original of 01_b"
    assert asked == ["Discard your work in 01_b.ipynb?"]


def test_a_reset_of_one_leaves_the_others(root: Path) -> None:
    copy = worked_on(root)

    copies.reset(["00"], sure=lambda _: pytest.fail("nothing to ask"), root=root)

    assert copy.read_text() == "my work"


def test_an_unknown_name_is_refused_with_the_known(root: Path) -> None:
    with pytest.raises(LabError, match=r"No notebook is called '7'; there are: 00_a, 01_b\."):
        copies.reset(["7"], sure=lambda _: True, root=root)


def test_without_notebooks_the_error_says_why(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="installed without them"):
        copies.add_missing(tmp_path)


def test_the_applications_are_copied_and_kept(root: Path) -> None:
    folder = root / "notebooks" / "applications"
    (folder / "tools").mkdir(parents=True)
    for name in ("naive.py", "agent.hcl", "tools/cli.sh"):
        (folder / name).write_text(f"original of {name}")
    copies.add_missing(root)
    (root / "work/applications/naive.py").write_text("my work")

    copies.add_missing(root)

    assert (root / "work/applications/naive.py").read_text() == "my work"
    assert (root / "work/applications/agent.hcl").read_text() == "original of agent.hcl"
    assert (root / "work/applications/tools/cli.sh").read_text() == "original of tools/cli.sh"


@pytest.mark.parametrize("names", [[], ["applications"]])
def test_a_reset_brings_the_applications_back(root: Path, names: list[str]) -> None:
    original = root / "notebooks/applications/naive.py"
    original.parent.mkdir()
    original.write_text("original")
    copies.add_missing(root)
    (root / "work/applications/naive.py").write_text("my work")

    copies.reset(names, sure=lambda question: question.endswith("in naive.py?"), root=root)

    assert (root / "work/applications/naive.py").read_text() == "original"


def test_a_copy_has_outputs_but_neither_the_stop_nor_what_a_check_shows(root: Path) -> None:
    copy = nbformat.read(root / "work/00_a.ipynb", as_version=4)

    assert [cell.source for cell in copy.cells] == ["original of 00_a", "what happened"]
    assert copy.cells[0].outputs[0].text == "42"


def test_the_originals_keep_the_solutions_for_the_instructor(root: Path) -> None:
    copies.reset([], sure=lambda _: True, root=root)

    assert "the solution" in sources(root / "notebooks/00_a.ipynb")


def test_the_attendees_edition_has_neither_solutions_nor_outputs(root: Path) -> None:
    (root / "notebooks/applications").mkdir()
    (root / "notebooks/applications/naive.py").write_text("print()")

    copies.write_attendees(root / "out", root)

    attendees = nbformat.read(root / "out/00_a.ipynb", as_version=4)
    assert [cell.source for cell in attendees.cells] == ["original of 00_a"]
    assert attendees.cells[0].outputs == []
    assert (root / "out/applications/naive.py").read_text() == "print()"
