"""What a learner has done: progress and certificate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.display.tables import Grid, Tabular
from labkit.notebook import verdict_log
from labkit.notebook.exercise import Exercise, exercises
from labkit.notebook.verdict_log import Record
from labkit.parts.arguments import checked
from labkit.parts.connection import Connection


@dataclass(frozen=True)
class Achievement:
    """What the record says of one exercise.

    Args:
        exercise: the exercise.
        tries: how often the check said *not yet* before it first said *done*.
        done: when the check first said *done*, ISO 8601 in UTC; None if it never did.
        hint: what was missing at the last try; empty once done.
    """

    exercise: Exercise
    tries: int = 0
    done: str | None = None
    hint: str = ""


@dataclass(frozen=True)
class Progress(Tabular):
    """How far a learner is."""

    achievements: tuple[Achievement, ...]

    @property
    def done(self) -> int:
        """How many exercises are done."""
        return sum(one.done is not None for one in self.achievements)

    def __repr__(self) -> str:
        """Return how many exercises are done."""
        return f"{self.done} of {len(self.achievements)} exercises done"

    @property
    def table(self) -> Grid:
        """The table, with a row for each exercise."""
        headings = ("notebook", "exercise", "check", "done", "not yet")
        return Grid(repr(self), headings, tuple(map(_row, self.achievements)))


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
        return progress(exercises().values(), verdict_log.read(verdict_log.path(os.environ)))

    @checked(name=str, path=(str, Path))
    def certificate(self, name: str, path: str | Path = "certificate.html") -> Path:
        """Write a certificate of the exercises that are done, signed by the lab's transit key.

        Args:
            name: your name.
            path: the file to write; `labkit verify` checks it.

        Raises:
            LabError: no exercise is done yet, or the lab is stopped.
        """
        from labkit.notebook import certificate

        page = certificate.issue(self._on.running().root, name, self.progress())
        file = Path(path)
        file.write_text(page, encoding="utf-8")
        return file


def progress(exercises: Iterable[Exercise], records: Sequence[Record]) -> Progress:
    """Return how far the records lead through the exercises."""
    return Progress(tuple(_achievement(one, records) for one in exercises))


def _achievement(exercise: Exercise, records: Sequence[Record]) -> Achievement:
    own = [one for one in records if one.check == exercise.name]
    first = next((number for number, one in enumerate(own) if one.done), None)
    if first is None:
        return Achievement(exercise, len(own), hint=own[-1].hint if own else "")
    return Achievement(exercise, first, own[first].time)


def _row(one: Achievement) -> tuple[str, ...]:
    exercise = one.exercise
    when = one.done.replace("T", " ").removesuffix("+00:00") + " UTC" if one.done else one.hint
    number = str(exercise.number)
    return (exercise.notebook, number, exercise.name, when or "not tried", str(one.tries or ""))
