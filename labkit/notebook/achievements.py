"""The learner's own way through the notebooks, from the record of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.display.tables import Grid, Tabular
from labkit.notebook.exercise import Exercise
from labkit.notebook.verdict_log import Record


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


def progress(exercises: Sequence[Exercise], records: Sequence[Record]) -> Progress:
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
