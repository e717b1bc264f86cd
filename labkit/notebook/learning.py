"""What a learner has done: progress and certificate."""

from __future__ import annotations

import os
from pathlib import Path

from labkit.notebook import achievements, certificate
from labkit.notebook import verdict_log as records
from labkit.notebook.achievements import Progress
from labkit.notebook.exercise import exercises
from labkit.parts.arguments import checked
from labkit.parts.connection import Connection


class Learning:
    """The learner of a lab.

    Args:
        on: the lab's servers.
    """

    def __init__(self, on: Connection) -> None:
        self._on = on

    def progress(self) -> Progress:
        """Return how far you are through the exercises of all notebooks.

        It is read from a file that outlives the kernel; LABKIT_PROGRESS names another file, or
        is `off`.
        """
        return achievements.progress(
            [*exercises().values()], records.read(records.path(os.environ))
        )

    @checked(name=str, path=(str, Path))
    def certificate(self, name: str, path: str | Path = "certificate.html") -> Path:
        """Write a certificate of the exercises that are done, signed by the lab's transit key.

        Args:
            name: your name.
            path: the file to write; `labkit verify` checks it.

        Raises:
            LabError: no exercise is done yet, or the lab is stopped.
        """
        page = certificate.issue(self._on.running().root, name, self.progress())
        file = Path(path)
        file.write_text(page, encoding="utf-8")
        return file
