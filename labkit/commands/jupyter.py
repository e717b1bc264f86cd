"""Start JupyterLab and the notebooks' kernels so that no other local user can reach them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from labkit.commands import copies, foreground
from labkit.runtimes.folders_of_killed_labs import hold

# A kernel's TCP ports answer every local user; its Unix sockets are in a folder of this user.
KERNEL_OPTION = "--KernelManager.transport=ipc"


@contextmanager
def kernel_folder() -> Iterator[Path]:
    """Give a short private folder for the kernels' sockets: their paths have at most 107 bytes."""
    with (
        tempfile.TemporaryDirectory(prefix="labkit-", dir=_short_folder()) as folder,
        hold(Path(folder)),
    ):
        yield Path(folder)


def _short_folder() -> str | None:
    return "/tmp" if len(tempfile.gettempdir()) > 40 else None  # noqa: PLR2004, S108 - made private


def kernel_environment(folder: Path) -> dict[str, str]:
    """Return our environment, with the kernels' connection files and sockets in a folder."""
    return dict(os.environ) | {"JUPYTER_RUNTIME_DIR": str(folder)}


def lab(options: Sequence[str]) -> int:
    """Open JupyterLab on copies of the notebooks, and return its exit status when it ends.

    Args:
        options: more options for `jupyter lab`.

    Raises:
        LabError: there are no notebooks here, or no command line of Vault.
    """
    root = copies.add_missing()
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1", KERNEL_OPTION]
    as_root = ["--allow-root"] if os.getuid() == 0 else []
    with kernel_folder() as folder, foreground.with_tools(kernel_environment(folder)) as env:
        command += [f"--ServerApp.root_dir={root}", *as_root, *options]
        return foreground.run(command, env, umask=foreground.PRIVATE)
