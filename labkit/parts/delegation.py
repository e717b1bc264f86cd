"""Offer a part's method as a method of the whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Method(Protocol[P, R_co]):
    """A function in a class body, as a type checker sees it."""

    def __get__(self, whole: object, owner: type | None = None) -> Callable[P, R_co]:
        """Bind the method to an object."""


def of(part: str, method: Callable[Concatenate[Any, P], R]) -> Method[P, R]:
    """Return a method that calls `method` on the part, with its signature and docstring.

    Args:
        part: the attribute of the whole that holds the part.
        method: a function of the part's class.
    """

    @wraps(method)
    def delegate(whole: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:  # noqa: ANN401
        return method(getattr(whole, part), *args, **kwargs)

    return cast("Method[P, R]", delegate)
