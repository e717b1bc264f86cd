"""The verdict on an exercise: done, or not yet and a hint."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Whether an exercise is done, and what to look at if not."""

    done: bool
    hint: str = ""

    def __repr__(self) -> str:
        """Return the verdict in words."""
        return "done" if self.done else f"not yet: {self.hint}"

    def __bool__(self) -> bool:
        """Return whether the exercise is done, so that a solution can assert it."""
        return self.done


DONE = Verdict(done=True)


def done_if(condition: object, hint: str) -> Verdict:
    """Return the verdict of an exercise that is done if something holds."""
    return DONE if condition else not_yet(hint)


def not_yet(hint: str) -> Verdict:
    """Return the verdict of an exercise that is not done."""
    return Verdict(done=False, hint=hint)
