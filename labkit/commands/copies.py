"""Copies of the notebooks in `work/`: running them leaves the committed notebooks alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from labkit.commands import editions
from labkit.errors import LabError
from labkit.machine.package import PACKAGE_HOME

ROOT = PACKAGE_HOME
APPLICATIONS = ("applications", "applications/tools")  # the programs that notebooks run


def originals(root: Path = ROOT) -> list[Path]:
    """Return the notebooks of the checkout, and the applications that they run.

    Raises:
        LabError: labkit has no checkout.
    """
    folder = root / "notebooks"
    found = sorted(folder.glob("*.ipynb"))
    if not found:
        raise LabError(
            f"There are no notebooks in {folder}: this labkit was installed without "
            "them. Use it in a checkout of its repository."
        )
    return [*found, *(one for name in APPLICATIONS for one in sorted((folder / name).glob("*.*")))]


def add_missing(root: Path = ROOT) -> Path:
    """Copy what `work/` does not have yet, and return that folder: notebooks, applications."""
    for original in originals(root):
        if not _copy_of(original, root).exists():
            _copy(original, root)
    return root / "work"


def reset(names: Sequence[str], *, sure: Callable[[str], bool], root: Path = ROOT) -> None:
    """Replace copies by their originals.

    Args:
        names: how the file names begin, like `03` or `applications`; empty means all of them.
        sure: asks a question and returns whether the answer is yes.
        root: the checkout.

    Raises:
        LabError: nothing has such a name.
    """
    meant = _named(names, root) if names else originals(root)
    changed = [one for one in meant if (copy := _copy_of(one, root)).exists() and differ(one, copy)]
    if changed and not sure(f"Discard your work in {', '.join(one.name for one in changed)}?"):
        return
    for original in meant:
        _copy(original, root)


def write_attendees(folder: Path, root: Path = ROOT) -> None:
    """Write the attendee's edition of the notebooks, and the applications, into a folder."""
    for original in originals(root):
        _write(folder / _place(original, root), editions.attendee(original))


def _named(names: Sequence[str], root: Path) -> list[Path]:
    meant = []
    for name in names:
        found = [one for one in originals(root) if str(_place(one, root)).startswith(name)]
        if not found:
            known = ", ".join(one.stem for one in originals(root) if one.suffix == ".ipynb")
            raise LabError(f"No notebook is called {name!r}; there are: {known}.")
        meant += found
    return meant


def differ(original: Path, copy: Path) -> bool:
    """Whether a copy is not the same as when it was made of its original."""
    return editions.working(original) != copy.read_text(encoding="utf-8")


def _place(original: Path, root: Path) -> Path:
    return original.relative_to(root / "notebooks")


def _copy_of(original: Path, root: Path) -> Path:
    return root / "work" / _place(original, root)


def _copy(original: Path, root: Path) -> None:
    (root / "work").mkdir(mode=0o700, exist_ok=True)
    _write(_copy_of(original, root), editions.working(original))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
