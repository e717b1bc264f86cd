"""The part of an API path that names something."""

from __future__ import annotations


def name_pattern() -> str:
    """Return the pattern of a name: letters, digits and `_`, with `-`, `.` and `@` inside."""
    return r"(?P<name>\w(([\w-.@]+)?\w)?)"
