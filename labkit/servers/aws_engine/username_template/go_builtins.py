"""The built-in functions of Go's text/template, for texts, whole numbers and truth values.

Source: the documentation of Go's package text/template.
"""

# ruff: noqa: TRY004 - the renderer passes on a ValueError only

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from urllib.parse import quote_plus

from labkit.servers.aws_engine.username_template.go_format import TemplateValue, kind, printf, shown

_ESCAPES_IN_HTML = {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;"}
_ESCAPES_IN_HTML |= {">": "&gt;"}
_ESCAPES_IN_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"'}
_ESCAPES_IN_JS |= {sign: f"\\u{ord(sign):04X}" for sign in "<>&="}
_ESCAPES_IN_JS |= {chr(code): f"\\u{code:04X}" for code in range(0x20)}
MOST_INDEXES = 3  # of a slice


def builtin(name: str, values: list[TemplateValue]) -> TemplateValue:
    """Call a built-in function.

    Raises:
        ValueError: if its arguments are too few, too many, or of a wrong type.
    """
    least, most = _COUNTS.get(name, (0, None))
    if len(values) < least or (most is not None and len(values) > most):
        raise ValueError(f"wrong number of args: got {len(values)}")
    return BUILTINS[name](*values)


def _compared(
    compare: Callable[[TemplateValue, TemplateValue], bool],
    first: TemplateValue,
    other: TemplateValue,
) -> bool:
    return _comparable(first, other) and compare(first, other)


def _eq(first: TemplateValue, *others: TemplateValue) -> bool:
    return any(_comparable(first, other) and first == other for other in others)


def _comparable(first: TemplateValue, other: TemplateValue) -> bool:
    if type(first) is not type(other):
        raise ValueError("incompatible types for comparison")
    return True


def _and(*values: TemplateValue) -> TemplateValue:
    return next((each for each in values if not each), values[-1])


def _or(*values: TemplateValue) -> TemplateValue:
    return next((each for each in values if each), values[-1])


def _len(value: TemplateValue) -> int:
    if not isinstance(value, str):
        raise ValueError(f"len of type {kind(value)}")
    return len(_bytes(value))


def _index(value: TemplateValue, *indexes: TemplateValue) -> TemplateValue:
    for index in indexes:
        if not isinstance(value, str):
            raise ValueError(f"can't index item of type {kind(value)}")
        value = _bytes(value)[_place(index, len(_bytes(value)) - 1)]
    return value


def _slice(value: TemplateValue, *indexes: TemplateValue) -> str:
    if not isinstance(value, str):
        raise ValueError(f"can't slice item of type {kind(value)}")
    if len(indexes) == MOST_INDEXES:
        raise ValueError("cannot 3-index slice a string")
    data = _bytes(value)
    places = [_place(index, len(data)) for index in indexes]
    for start, end in pairwise(places):
        if start > end:
            raise ValueError(f"invalid slice index: {start} > {end}")
    start, end = places + [0, len(data)][len(places) :]
    return data[start:end].decode(errors="replace")


def _place(index: TemplateValue, most: int) -> int:
    if isinstance(index, bool) or not isinstance(index, int):
        raise ValueError(f"cannot index slice/array with type {kind(index)}")
    if not 0 <= index <= most:
        raise ValueError(f"index out of range: {index}")
    return index


def _print(*values: TemplateValue) -> str:
    """Join values as Go's Sprint: a blank between two of which neither is a text."""
    text = "".join(
        shown(value) + ("" if str in (type(value), type(after)) else " ")
        for value, after in pairwise(values)
    )
    return text + "".join(shown(value) for value in values[-1:])


def _println(*values: TemplateValue) -> str:
    return " ".join(map(shown, values)) + "\n"


def _printf(first: TemplateValue, *others: TemplateValue) -> str:
    if not isinstance(first, str):
        raise ValueError(f"wrong type: expected string; got {kind(first)}")
    return printf(first, *others)


def _escaped(escapes: Mapping[str, str], *values: TemplateValue) -> str:
    return "".join(escapes.get(sign, sign) for sign in _print(*values))


def _urlquery(*values: TemplateValue) -> str:
    return quote_plus(_bytes(_print(*values)), safe="")


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")


BUILTINS: Mapping[str, Callable[..., TemplateValue]] = {
    "and": _and,
    "or": _or,
    "not": operator.not_,
    "eq": _eq,
    "ne": partial(_compared, operator.ne),
    "lt": partial(_compared, operator.lt),
    "le": partial(_compared, operator.le),
    "gt": partial(_compared, operator.gt),
    "ge": partial(_compared, operator.ge),
    "len": _len,
    "index": _index,
    "slice": _slice,
    "print": _print,
    "println": _println,
    "printf": _printf,
    "html": partial(_escaped, _ESCAPES_IN_HTML),
    "js": partial(_escaped, _ESCAPES_IN_JS),
    "urlquery": _urlquery,
}
_COUNTS: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys(("and", "or", "index", "printf"), (1, None)),
    **dict.fromkeys(("not", "len"), (1, 1)),
    **dict.fromkeys(("ne", "lt", "le", "gt", "ge"), (2, 2)),
    "eq": (2, None),
    "slice": (1, 4),
}
