"""Check the arguments of the lab's methods: a wrong one is named, and nothing is done."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from labkit.errors import LabError

P = ParamSpec("P")
R = TypeVar("R")
Kinds = type | tuple[type, ...]
NUMBER = (int, float)


def checked(**expected: Kinds) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that checks a method's arguments before the method runs.

    Args:
        expected: for each argument that is checked, its type or types.

    Raises:
        LabError: at the call: an argument is missing, unknown or of another type.
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(method)
        call = f"lab.{method.__name__}"
        usage = f"{call}({', '.join(list(signature.parameters)[1:])})"

        @wraps(method)
        def checking(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                given = signature.bind(*args, **kwargs).arguments
            except TypeError as error:
                raise LabError(
                    f"{usage}: {error}. help(lab.{method.__name__}) says more."
                ) from None
            for name, kinds in expected.items():
                if name in given:
                    _check(usage, name, given[name], kinds)
            return method(*args, **kwargs)

        return checking

    return decorate


def _check(usage: str, name: str, value: object, kinds: Kinds) -> None:
    allowed = kinds if isinstance(kinds, tuple) else (kinds,)
    is_flag_for_number = isinstance(value, bool) and bool not in allowed
    if is_flag_for_number or not isinstance(value, allowed):
        words = " or ".join("None" if kind is type(None) else kind.__name__ for kind in allowed)
        raise LabError(f"{usage}: {name} must be {words}, but it is {type(value).__name__}.")
