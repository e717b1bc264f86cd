"""How many files a process may have open: a lab with too few fails in odd places."""

from __future__ import annotations

import resource

from labkit.errors import StartError

NEEDED = 128


def require_open_files(needed: int = NEEDED) -> None:
    """Raise this process's limit of open files if it is too low for a lab.

    Raises:
        StartError: the hard limit does not allow it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise StartError(
            f"This process may have {hard} files open, but a lab needs {needed}. "
            f"Run `ulimit -n 1024` in a new shell, or ask who runs this machine to raise the limit."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
