"""The servers of the standing lab of `labkit up`, used by another process."""

from __future__ import annotations

from pathlib import Path

from labkit.runtimes.endpoints import Endpoints
from labkit.runtimes.standing import Standing


class Attached:
    """The servers that a keeper holds; this process starts and stops none of them.

    Args:
        found: what the keeper tells about its lab.
    """

    shared = False
    shows_plugins = False

    def __init__(self, found: Standing) -> None:
        self.name = found.runtime
        self._found = found

    def start(self) -> Endpoints:
        """Return where the standing lab's servers answer."""
        return self._found.endpoints

    def stop(self) -> None:
        """Leave the servers to their keeper."""

    def audit_log(self) -> Path | None:
        """Return the file of Vault's audit log; None if this process cannot read it."""
        named = self._found.endpoints.audit_log
        return Path(named) if named else None
