"""Offer a part's method as a method of the whole, and import a part when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pkgutil import resolve_name
from types import MethodType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Later:
    """A class, or a method of it, that is imported when it is called.

    Args:
        path: the module, a colon and the name in it, as `pkgutil.resolve_name` takes it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        # Sphinx shows an annotation by these
        self.__module__, _, self.__qualname__ = path.partition(":")

    def __getattr__(self, name: str) -> Later:
        if name.startswith("__"):
            raise AttributeError(f"{self.path} is not imported yet, so it has no {name}.")
        return Later(f"{self.path}.{name}")

    def __call__(self, *args: object) -> Any:  # noqa: ANN401 - of the class that is imported
        """Import it, and call it."""
        return resolve_name(self.path)(*args)


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
