"""Remember secrets by value, and hide them wherever they appear."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict

from labkit.redact.shapes import HIDDEN

SHORTEST = 8  # characters; hiding shorter values would spoil ordinary text
LIMIT = 4096  # values; the oldest are forgotten first


class KnownSecrets:
    """A bounded set of secret values; thread-safe.

    Args:
        limit: number of values to keep.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._values: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, *values: str | None) -> None:
        """Remember values; None and values under 8 characters are ignored."""
        with self._lock:
            for value in values:
                if value and len(value) >= SHORTEST:
                    self._values.pop(value, None)
                    self._values[value] = None
            while len(self._values) > self._limit:
                self._values.popitem(last=False)

    def hide(self, text: str) -> str:
        """Return the text without any known value."""
        with self._lock:
            values = list(self._values)
        return hide_values(text, values)

    def __repr__(self) -> str:
        """Say how many values are known, and none of them."""
        return f"{type(self).__name__}({len(self._values)} values)"


def hide_values(text: str, values: list[str]) -> str:
    """Return the text with each value hidden, also where it is escaped as in JSON."""
    found = {form for value in values for form in _forms(value) if form in text}
    for form in sorted(found, key=len, reverse=True):  # a value may contain another
        text = text.replace(form, HIDDEN)
    return text


def _forms(value: str) -> tuple[str, ...]:
    if value.isalnum():
        return (value,)
    return value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]


KNOWN = KnownSecrets()
remember = KNOWN.add
