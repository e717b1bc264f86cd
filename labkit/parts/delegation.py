"""Offer a part's method as a method of the whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pkgutil import resolve_name
from types import MethodType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from labkit.later import Later

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Method(Protocol[P, R_co]):
    """A function in a class body, as a type checker sees it."""

    def __get__(self, whole: object, owner: type | None = None) -> Callable[P, R_co]:
        """Bind the method to an object."""


class Delegate:
    """A method that calls a method of a part; see `of`."""

    def __init__(self, part: str, method: Callable[..., Any]) -> None:
        self._part, self._method = part, method

    def __get__(self, whole: object, owner: type | None = None) -> Callable[..., Any]:
        """Import the method, and bind it with its signature and docstring."""
        part, method = self._part, self._method
        if isinstance(method, Later):
            method = resolve_name(method.path)

        @wraps(method)
        def delegate(whole: object, /, *args: object, **kwargs: object) -> Any:  # noqa: ANN401
            return method(getattr(whole, part), *args, **kwargs)

        return delegate if whole is None else MethodType(delegate, whole)


def of(part: str, method: Callable[Concatenate[Any, P], R]) -> Method[P, R]:
    """Return a method that calls `method` on the part, with its signature and docstring.

    Args:
        part: the attribute of the whole that holds the part.
        method: a function of the part's class, which may be a `Later`.
    """
    return cast("Method[P, R]", Delegate(part, method))
