"""`printf` as Go's package fmt does it, for texts, whole numbers and truth values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

TemplateValue: TypeAlias = "str | int | bool"

_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?P<verb>.?)", re.S)
_INTEGER_VERBS = "dxXob"
_STRING_VERBS: Mapping[str, Callable[[str], str]] = {
    "s": str,
    "q": lambda text: json.dumps(text, ensure_ascii=False),
    "x": lambda text: text.encode(errors="replace").hex(),
    "X": lambda text: text.encode(errors="replace").hex().upper(),
}
WIDEST = 1000  # characters; Go stops at a million, but no name is nearly as long


def printf(template: str, *values: TemplateValue) -> str:
    """Return a text with each verb replaced by the next value, and Go's own notes where it cannot.

    Raises:
        ValueError: if a width or precision is too large.
    """
    rest = list(values)

    def written(found: re.Match[str]) -> str:
        verb = found["verb"]
        if verb == "%":
            return "%"
        if not verb:
            return "%!(NOVERB)"
        if not rest:
            return f"%!{verb}(MISSING)"
        return _padded(_formatted(found, rest.pop(0)), found)

    text = _VERB.sub(written, template)
    if rest:
        extra = ", ".join(f"{kind(value)}={shown(value)}" for value in rest)
        text += f"%!(EXTRA {extra})"
    return text


def shown(value: TemplateValue) -> str:
    """Return a value as Go prints it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def kind(value: TemplateValue) -> str:
    """Return the name of a value's type in Go."""
    return {bool: "bool", int: "int", str: "string"}[type(value)]


def _formatted(found: re.Match[str], value: TemplateValue) -> str:
    verb = found["verb"]
    if verb == "v" or (verb == "t" and isinstance(value, bool)):
        return shown(value)
    if isinstance(value, str):
        precision = found["precision"]
        text = value if precision is None else value[: _number(precision)]
        return _STRING_VERBS[verb](text) if verb in _STRING_VERBS else _wrong(verb, value)
    if isinstance(value, bool) or verb not in _INTEGER_VERBS:
        return _wrong(verb, value)
    return format(value, f"+{verb}" if "+" in found["flags"] else verb)


def _padded(text: str, found: re.Match[str]) -> str:
    width = _number(found["width"])
    if "-" in found["flags"]:
        return text.ljust(width)
    return text.zfill(width) if "0" in found["flags"] else text.rjust(width)


def _number(digits: str) -> int:
    number = int(digits[:10] or "0")
    if number > WIDEST:
        raise ValueError(f"printf: a width of {number} is more than {WIDEST}")
    return number


def _wrong(verb: str, value: TemplateValue) -> str:
    return f"%!{verb}({kind(value)}={shown(value)})"
