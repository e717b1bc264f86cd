"""Remember secrets by value, and hide them wherever they appear."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict

from labkit.redact.shapes import HIDDEN

SHORTEST = 8  # characters; hiding shorter values would spoil ordinary text
LIMIT = 4096  # values; the oldest are forgotten first


_values: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


def remember(*values: str | None) -> None:
    """Remember values; None and values under 8 characters are ignored. Thread-safe."""
    with _lock:
        for value in values:
            if value and len(value) >= SHORTEST:
                _values.pop(value, None)
                _values[value] = None
        while len(_values) > LIMIT:
            _values.popitem(last=False)


def hide_known(text: str) -> str:
    """Return the text without any known value. Thread-safe."""
    with _lock:
        values = list(_values)
    return hide_values(text, values)


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
