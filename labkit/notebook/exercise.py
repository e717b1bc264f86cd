"""An exercise: its check, the hints, and the solution after an attempt."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from inspect import signature
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, overload

from labkit.errors import LabError
from labkit.later import Later
from labkit.notebook import verdict_log
from labkit.notebook.verdicts import Verdict, not_yet
from labkit.redact import redact_text

if TYPE_CHECKING:
    from labkit.notebook.checks.look import Look

P = ParamSpec("P")
ATTEMPTS_BEFORE_SOLUTION = 2


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


class ExercisedLab:
    """A lab with checks as attributes, as `lab.check` is.

    Args:
        look: what each check is given to look at the lab.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self.failed = Counter[str]()  # how often each check said *not yet*
        self.hinted = Counter[str]()  # how many hints of each check were given

    if not TYPE_CHECKING:  # a type checker knows which checks there are

        def __getattr__(self, name: str) -> None:
            """Say that there is no such check."""
            raise AttributeError(
                f"lab.check has no check {name!r}. Tab after `lab.check.` lists all checks; "
                "lab.progress() shows the exercise of each."
            )


class BoundCheck(Generic[P]):
    """The check of an exercise on a lab; it has the docstring and the signature of its function.

    Args:
        exercise: the exercise.
        run: the function.
        on: the lab.
    """

    def __init__(
        self, exercise: Exercise, run: Callable[Concatenate[Look, P], Verdict], on: ExercisedLab
    ) -> None:
        self._exercise, self._run, self._on = exercise, run, on
        self.__doc__ = run.__doc__
        self.__signature__ = signature(partial(run, on.look))

    def __repr__(self) -> str:
        """Return the name of the check."""
        return f"lab.check.{self._exercise.name}"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Verdict:
        """Return whether the exercise is done; record the verdict."""
        from botocore.exceptions import BotoCoreError, ClientError
        from hvac.exceptions import VaultError
        from requests import RequestException

        try:
            verdict = self._run(self._on.look, *args, **kwargs)
        except (LabError, VaultError, ClientError, BotoCoreError, RequestException) as error:
            verdict = not_yet(redact_text(str(error)))  # something is not set up yet
        self._on.failed[self._exercise.name] += not verdict.done
        verdict_log.record(self._exercise.notebook, self._exercise.name, verdict)
        return verdict

    def hint(self) -> Text:
        """Return the next hint; each call says more, and the last hint is repeated."""
        name, hints = self._exercise.name, self._exercise.hints
        number = min(self._on.hinted[name] + 1, len(hints))
        self._on.hinted[name] = number
        return Text(f"Hint {number} of {len(hints)}: {hints[number - 1]}")

    def solution(self) -> Text:
        """Return a solution, once the check has said *not yet* to two attempts.

        Raises:
            LabError: the notebook with the solutions is not here.
        """
        from labkit.notebook import solutions

        name = self._exercise.name
        tried = self._on.failed[name]
        if (missing := ATTEMPTS_BEFORE_SOLUTION - tried) > 0:
            return Text(
                f"Try first: the check has said 'not yet' {tried} times, the solution is "
                f"shown after {ATTEMPTS_BEFORE_SOLUTION} ({missing} more). "
                f"lab.check.{name}.hint() helps."
            )
        return Text(solutions.read(self._exercise.notebook, name))


class Check(Generic[P]):
    """A check as an attribute of a class; as an attribute of an object it is a `BoundCheck`.

    Args:
        run: the function that checks; it gets the owner's `look` first. It may be a `Later`.
    """

    def __init__(self, run: Callable[Concatenate[Look, P], Verdict]) -> None:
        self._run = run

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, on: None, owner: type) -> Check[P]: ...
    @overload
    def __get__(self, on: ExercisedLab, owner: type) -> BoundCheck[P]: ...
    def __get__(self, on: ExercisedLab | None, owner: type) -> Check[P] | BoundCheck[P]:
        """Return the check of an object, with its function imported; or the check itself."""
        if on is None:
            return self
        run = resolve_name(self._run.path) if isinstance(self._run, Later) else self._run
        return BoundCheck(exercises()[self._name], run, on)


@cache
def exercises() -> dict[str, Exercise]:
    """Return the exercises by the names of their checks, in the order of the notebooks."""
    with Path(__file__).with_name("exercises.toml").open("rb") as file:
        known = tomllib.load(file)
    return {name: _exercise(name, **one) for name, one in known.items()}


def _exercise(name: str, number: str, hints: list[str]) -> Exercise:
    notebook, _, own = number.partition(".")
    return Exercise(name, notebook, int(own), tuple(hints))
