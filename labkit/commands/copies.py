"""Copies of the notebooks in `work/`: running them leaves the committed notebooks alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from labkit.commands import editions
from labkit.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONS = "applications"  # the programs that notebook 12 runs


def originals(root: Path = ROOT) -> list[Path]:
    """Return the notebooks of the checkout; raise LabError where labkit has no checkout."""
    found = sorted((root / "notebooks").glob("*.ipynb"))
    if not found:
        raise LabError(
            f"There are no notebooks in {root / 'notebooks'}: this labkit was installed without "
            "them. Use it in a checkout of its repository."
        )
    return found


def add_missing(root: Path = ROOT) -> Path:
    """Copy what `work/` does not have yet, and return that folder: notebooks, applications."""
    for original in originals(root):
        copy = _copy_of(original, root)
        if not copy.exists():
            copy.write_text(editions.working(original), encoding="utf-8")
    for original in sorted((root / "notebooks" / APPLICATIONS).glob("*.*")):
        copy = root / "work" / APPLICATIONS / original.name
        copy.parent.mkdir(exist_ok=True)
        if not copy.exists():
            shutil.copyfile(original, copy)
    return root / "work"


def reset(names: Sequence[str], *, sure: Callable[[str], bool], root: Path = ROOT) -> None:
    """Replace copies by their originals.

    Args:
        names: how the notebooks' file names begin, like `03`; empty means all of them.
        sure: asks a question and returns whether the answer is yes.
        root: the checkout.

    Raises:
        LabError: no notebook has such a name.
    """
    meant = _named(names, root) if names else originals(root)
    changed = [one for one in meant if (copy := _copy_of(one, root)).exists() and differ(one, copy)]
    if changed and not sure(f"Discard your work in {', '.join(one.name for one in changed)}?"):
        return
    for original in meant:
        _copy_of(original, root).write_text(editions.working(original), encoding="utf-8")


def _named(names: Sequence[str], root: Path) -> list[Path]:
    meant = []
    for name in names:
        found = [one for one in originals(root) if one.name.startswith(name)]
        if not found:
            known = ", ".join(one.stem for one in originals(root))
            raise LabError(f"No notebook is called {name!r}; there are: {known}.")
        meant += found
    return meant


def differ(original: Path, copy: Path) -> bool:
    """Whether a copy is not the same as when it was made of its original."""
    return editions.working(original) != copy.read_text(encoding="utf-8")


def _copy_of(original: Path, root: Path) -> Path:
    folder = root / "work"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / original.name
