"""Notebooks are worked on as copies, and the originals stay as they are."""

from pathlib import Path

import pytest

from labkit.commands import copies
from labkit.errors import LabError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    for name in ("00_a", "01_b"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(f"original of {name}")
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
    assert (root / "work/00_a.ipynb").read_text() == "original of 00_a"
    assert (root / "notebooks/01_b.ipynb").read_text() == "original of 01_b"


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

    assert copy.read_text() == "original of 01_b"
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
    folder.mkdir()
    for name in ("naive.py", "agent.hcl"):
        (folder / name).write_text(f"original of {name}")
    copies.add_missing(root)
    (root / "work/applications/naive.py").write_text("my work")

    copies.add_missing(root)

    assert (root / "work/applications/naive.py").read_text() == "my work"
    assert (root / "work/applications/agent.hcl").read_text() == "original of agent.hcl"
