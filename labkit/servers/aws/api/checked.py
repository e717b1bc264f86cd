"""Checks of values that come from outside, with the sentence that says what is wrong."""

from __future__ import annotations


def check_type(name: str, value: object, *kinds: type) -> None:
    """Raise TypeError unless a value has one of these types; a bool is no number."""
    if isinstance(value, bool) or not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} must be {wanted}, not {type(value).__name__}")


def check(condition: bool, message: str) -> None:  # noqa: FBT001 - reads like an assertion
    """Raise ValueError with this message unless the condition holds."""
    if not condition:
        raise ValueError(message)
