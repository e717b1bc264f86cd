"""How a patch gets into moto."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:  # noqa: ANN401 - any of moto's
    """Let `around(original, ...)` be called wherever moto calls a function or method of its own."""
    original = getattr(owner, name)

    @wraps(original)
    def patched(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the original
        return around(original, *arguments, **named)

    setattr(owner, name, patched)


def add(owner: Any, name: str, value: Any) -> None:  # noqa: ANN401 - any of moto's
    """Give a class of moto's what it lacks."""
    setattr(owner, name, value)
