"""Start an attendee's Jupyter server in a container, after the notebooks were put into the home.

Environment: LABKIT_CLASS_GIT_URL and LABKIT_CLASS_GIT_BRANCH name a repository to pull from, else
the notebooks of the image are copied: the attendee's edition, or the one that LABKIT_CLASS_EDITION
names. LABKIT_CLASS_RESET is the id of an order to reset.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
EDITIONS = {"attendee": CHECKOUT / "out/attendee", "instructor": CHECKOUT / "notebooks"}
PULL_SECONDS = 60


def edition(env: Mapping[str, str]) -> Path:
    """Return the folder of the notebooks that this person gets."""
    return EDITIONS[env.get("LABKIT_CLASS_EDITION") or "attendee"]


def put_notebooks(home: Path, env: Mapping[str, str], originals: Path) -> None:
    """Put the notebooks into the home; files that are there stay as they are."""
    folder = home / "notebooks"
    if _is_new_order(home, env.get("LABKIT_CLASS_RESET", "")) and folder.exists():
        folder.rename(_unused(home / "notebooks-before-reset"))
    if not _pulled(folder, env):
        _copy_missing(originals, folder)


def _is_new_order(home: Path, order: str) -> bool:
    """Whether this order to reset was not carried out yet; the Hub repeats the last one."""
    done = home / ".labkit-reset"
    if not order or (done.exists() and done.read_text() == order):
        return False
    done.write_text(order)
    return True


def _unused(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number, found = number + 1, path.with_name(f"{path.name}-{number + 1}")
    return found


def _pulled(folder: Path, env: Mapping[str, str]) -> bool:
    """Pull the repository with nbgitpuller, if there is one; return whether that worked."""
    if not (url := env.get("LABKIT_CLASS_GIT_URL")):
        return False
    branch = env.get("LABKIT_CLASS_GIT_BRANCH") or "main"
    command = [sys.executable, "-m", "nbgitpuller.pull", url, branch, str(folder)]
    try:
        subprocess.run(command, check=True, timeout=PULL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"Tried to pull {url}: {error}. The image's notebooks are used.\n")
        return False
    return True


def _copy_missing(originals: Path, folder: Path) -> None:
    for original in sorted(path for path in originals.rglob("*") if path.is_file()):
        copy = folder / original.relative_to(originals)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, copy)


if __name__ == "__main__":
    put_notebooks(Path.home(), os.environ, edition(os.environ))
    program = "jupyterhub-singleuser"
    os.execvp(program, [program, *sys.argv[1:]])  # noqa: S606 - no shell wanted
