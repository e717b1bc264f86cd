"""The verdict on an exercise: done, or not yet and a hint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from labkit.errors import LabError
from labkit.redact import redact_text

P = ParamSpec("P")


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


def not_yet(hint: str) -> Verdict:
    """Return the verdict of an exercise that is not done."""
    return Verdict(done=False, hint=hint)


def hinting(check: Callable[P, Verdict]) -> Callable[P, Verdict]:
    """Turn an error of Vault, of AWS or of the lab into a hint: something is not set up yet."""

    @wraps(check)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Verdict:
        from botocore.exceptions import BotoCoreError, ClientError
        from hvac.exceptions import VaultError
        from requests import RequestException

        try:
            return check(*args, **kwargs)
        except (LabError, VaultError, ClientError, BotoCoreError, RequestException) as error:
            return not_yet(redact_text(str(error)))

    return checked
