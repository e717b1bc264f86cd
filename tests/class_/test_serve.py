"""The notebooks in an attendee's home: copied once, pulled where there is a repository, reset."""

import subprocess
from pathlib import Path

import pytest

from tests import class_  # noqa: F401 - makes the class's folder importable

import serve  # isort: skip


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    folder = tmp_path / "originals"
    (folder / "pictures").mkdir(parents=True)
    (folder / "00.ipynb").write_text("zero")
    (folder / "pictures/00.png").write_text("picture")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_notebooks_are_copied_once_and_work_is_kept(home: Path, originals: Path) -> None:
    serve.put_notebooks(home, {}, originals)
    (home / "notebooks/00.ipynb").write_text("mine")
    (originals / "01.ipynb").write_text("one")
    serve.put_notebooks(home, {}, originals)

    found = {path.name: path.read_text() for path in (home / "notebooks").rglob("*.*")}
    assert found == {"00.ipynb": "mine", "00.png": "picture", "01.ipynb": "one"}


def test_a_reset_is_carried_out_once_and_keeps_the_work_aside(home: Path, originals: Path) -> None:
    serve.put_notebooks(home, {}, originals)
    for order, text in (("1", "mine"), ("1", "mine again"), ("2", "later")):
        (home / "notebooks/00.ipynb").write_text(text)
        serve.put_notebooks(home, {"LABKIT_CLASS_RESET": order}, originals)
        after = (home / "notebooks/00.ipynb").read_text()
        assert after == ("mine again" if text == "mine again" else "zero")

    assert (home / "notebooks-before-reset/00.ipynb").read_text() == "mine"
    assert (home / "notebooks-before-reset-2/00.ipynb").read_text() == "later"


def test_notebooks_are_pulled_where_there_is_a_repository(home: Path, originals: Path) -> None:
    git = ["git", "-C", str(originals), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    env = {"LABKIT_CLASS_GIT_URL": originals.as_uri()}

    serve.put_notebooks(home, env, originals / "none")

    assert (home / "notebooks/00.ipynb").read_text() == "zero"
    assert (home / "notebooks/.git").is_dir()


def test_the_images_notebooks_are_used_when_the_repository_is_gone(
    home: Path, originals: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    env = {"LABKIT_CLASS_GIT_URL": (originals / "gone").as_uri()}

    serve.put_notebooks(home, env, originals)

    assert (home / "notebooks/00.ipynb").read_text() == "zero"
    assert "The image's notebooks are used." in capfd.readouterr().err


def test_the_image_has_the_attendees_edition_and_the_hub_may_name_the_instructors() -> None:
    assert serve.edition({}).name == "attendee"
    assert serve.edition({"LABKIT_CLASS_EDITION": "instructor"}) == serve.CHECKOUT / "notebooks"
