"""The lab of this process: `%vault` talks to it, and a second lab is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import LabError

if TYPE_CHECKING:
    from labkit.parts.connection import Connection


_current: list[Connection] = []


def current() -> Connection:
    """Return the lab that runs in this process; raise LabError if none does."""
    if not _current:
        raise LabError("No lab runs in this process. Start one with lab = Lab.start().")
    return _current[-1]


def refuse_second() -> None:
    """Raise LabError if a lab runs in this process."""
    if _current:
        raise LabError(
            f"This process has a lab already ({_current[-1]!r}). "
            "Use it, or end it with its stop() before you start another. To run a notebook from "
            "its beginning: Kernel, Restart Kernel and Run All Cells."
        )


def register(lab: Connection) -> None:
    """Make a lab the current lab."""
    _current[:] = [lab]


def forget(lab: Connection) -> None:
    """Forget a lab that stops; no-op if it is not the current lab."""
    if lab in _current:
        _current.clear()
