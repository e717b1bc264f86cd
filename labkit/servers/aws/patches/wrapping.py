"""How a patch gets into moto."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps


def wrap(owner: object, name: str, around: Callable[..., object]) -> None:
    """Let `around(original, ...)` be called wherever moto calls a function or method of its own."""
    original = getattr(owner, name)

    @wraps(original)
    def patched(*arguments: object, **named: object) -> object:
        return around(original, *arguments, **named)

    setattr(owner, name, patched)


def add(owner: object, name: str, value: object) -> None:
    """Give a class of moto's what it lacks."""
    setattr(owner, name, value)
