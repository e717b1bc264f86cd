"""An exercise: its check, the hints, and the solution after an attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, overload

from labkit.errors import LabError
from labkit.notebook import solutions, verdict_log
from labkit.notebook.verdicts import Verdict, not_yet
from labkit.redact import redact_text

if TYPE_CHECKING:
    from labkit.notebook.checks.look import Look

P = ParamSpec("P")
ATTEMPTS_BEFORE_SOLUTION = 2


class Marked(Protocol):
    """An object that has checks as attributes, as `lab.check` has."""

    @property
    def look(self) -> Look:
        """What a check is given to look at the lab."""

    @property
    def counts(self) -> dict[str, int]:
        """How often each check said *not yet*, and how many hints were given."""


class Text(str):
    """A text that a notebook shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


@dataclass(frozen=True)
class Exercise:
    """What is known of an exercise besides its check.

    Args:
        name: name of the check, as in `lab.check.<name>`.
        notebook: the first two digits of the notebook's file name.
        number: the number of the exercise in the notebook.
        hints: from the first nudge to the last, which almost tells.
    """

    name: str
    notebook: str
    number: int
    hints: tuple[str, ...]


@dataclass(frozen=True)
class BoundCheck(Generic[P]):
    """The check of an exercise on a lab.

    Args:
        exercise: the exercise.
        run: the check itself.
        counts: how often each check of the lab said *not yet*, and how many hints were given.
    """

    exercise: Exercise
    run: Callable[P, Verdict] = field(repr=False)
    counts: dict[str, int] = field(repr=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Verdict:
        """Return whether the exercise is done; record the verdict."""
        verdict = _verdict(lambda: self.run(*args, **kwargs))
        if not verdict.done:
            self.counts[self.exercise.name] = self._tried + 1
        verdict_log.record(self.exercise.notebook, self.exercise.name, verdict)
        return verdict

    def hint(self) -> Text:
        """Return the next hint; each call says more, and the last hint is repeated."""
        given = self.counts.get(self._hint_key, 0)
        self.counts[self._hint_key] = given + 1
        hints = self.exercise.hints
        number = min(given, len(hints) - 1)
        return Text(f"Hint {number + 1} of {len(hints)}: {hints[number]}")

    def solution(self) -> Text:
        """Return a solution, once the check has said *not yet* to two attempts.

        Raises:
            LabError: the notebook with the solutions is not here.
        """
        if (missing := ATTEMPTS_BEFORE_SOLUTION - self._tried) > 0:
            name = self.exercise.name
            return Text(
                f"Try first: the check has said 'not yet' {self._tried} times, the solution is "
                f"shown after {ATTEMPTS_BEFORE_SOLUTION} ({missing} more). "
                f"lab.check.{name}.hint() helps."
            )
        return Text(solutions.read(self.exercise.notebook, self.exercise.name))

    @property
    def _tried(self) -> int:
        return self.counts.get(self.exercise.name, 0)

    @property
    def _hint_key(self) -> str:
        return f"{self.exercise.name} hints"


class Check(Generic[P]):
    """A function that checks an exercise; as an attribute it gives a `BoundCheck`.

    Args:
        exercise: the exercise.
        run: the function; it gets the owner's `look` first.
    """

    def __init__(self, exercise: Exercise, run: Callable[Concatenate[Look, P], Verdict]) -> None:
        self.exercise = exercise
        self.run = run
        self.__doc__ = run.__doc__

    @overload
    def __get__(self, on: None, owner: type) -> Check[P]: ...
    @overload
    def __get__(self, on: Marked, owner: type) -> BoundCheck[P]: ...
    def __get__(self, on: Marked | None, owner: type) -> Check[P] | BoundCheck[P]:
        """Return the check of an object, or the check itself from the class."""
        if on is None:
            return self
        return BoundCheck(self.exercise, partial(self.run, on.look), on.counts)


def exercise(
    notebook: str, number: int, *hints: str
) -> Callable[[Callable[Concatenate[Look, P], Verdict]], Check[P]]:
    """Make a function the check of an exercise.

    Args:
        notebook: the first two digits of the notebook's file name.
        number: the number of the exercise in the notebook.
        hints: what `hint()` says, from the first nudge to the last.
    """

    def made(run: Callable[Concatenate[Look, P], Verdict]) -> Check[P]:
        return Check(Exercise(run.__name__, notebook, number, hints), run)

    return made


def exercises(checks: type) -> list[Exercise]:
    """Return the exercises whose checks a class has, in the order of the notebooks."""
    found: list[Any] = [getattr(checks, name) for name in dir(checks)]
    known = [one.exercise for one in found if isinstance(one, Check)]
    return sorted(known, key=lambda one: (one.notebook, one.number))


def _verdict(check: Callable[[], Verdict]) -> Verdict:
    """Turn an error of Vault, of AWS or of the lab into a hint: something is not set up yet."""
    from botocore.exceptions import BotoCoreError, ClientError
    from hvac.exceptions import VaultError
    from requests import RequestException

    try:
        return check()
    except (LabError, VaultError, ClientError, BotoCoreError, RequestException) as error:
        return not_yet(redact_text(str(error)))
