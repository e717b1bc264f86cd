"""Numbers and quoted strings as Go reads and writes them.

Source: Go's `strconv` (`ParseInt`, `Quote`) and the quoting of its `time` package.
"""

from __future__ import annotations

import re

_PREFIXES = {"0x": 16, "0o": 8, "0b": 2}
_SEPARATED = re.compile(r"(?:0[xob]_?)?[0-9a-z]+(?:_[0-9a-z]+)*", re.ASCII | re.IGNORECASE)
_ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
_UINT64_MAX = 2**64 - 1
INT64_MAX = 2**63 - 1


class OutOfRangeError(ValueError):
    """A number has no place in 64 bits; its text is Go's."""


def parse_int(text: str, base: int = 10) -> int:
    """Return a signed 64-bit integer, as Go's `strconv.ParseInt` reads it.

    Args:
        text: the digits, with an optional sign.
        base: 10, or 0 to read the prefixes 0x, 0o, 0b and 0, and underscores between digits.

    Raises:
        OutOfRangeError: `value out of range`.
        ValueError: `invalid syntax`.
    """
    negative = text.startswith("-")
    digits = text[1:] if text[:1] in ("+", "-") else text
    value = _unsigned(digits, base)
    if value > INT64_MAX + negative:
        raise OutOfRangeError("value out of range")
    return -value if negative else value


def quote(text: str) -> str:
    r"""Return a text in double quotes with Go's escapes: `"a\n"`, as `%q` prints it."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def time_quote(text: str) -> str:
    r"""Return a text in double quotes as Go's `time` package does: `"\xc3\xa9"` for one accent."""
    return '"' + "".join(_time_escaped(character) for character in text) + '"'


def _unsigned(digits: str, base: int) -> int:
    separators = "_" if base == 0 else ""
    base, body = _base_of(digits) if base == 0 else (base, digits)
    if not body:
        raise ValueError("invalid syntax")
    value = 0
    for character in body:
        if character != separators:
            value = value * base + _digit(character, base)
        if value > _UINT64_MAX:  # Go stops here, whatever follows
            raise OutOfRangeError("value out of range")
    if "_" in body and not _SEPARATED.fullmatch(digits):
        raise ValueError("invalid syntax")
    return value


def _base_of(digits: str) -> tuple[int, str]:
    prefix = digits[:2].lower()
    if prefix in _PREFIXES and len(digits) > len(prefix):
        return _PREFIXES[prefix], digits[2:]
    if digits.startswith("0") and len(digits) > 1:
        return 8, digits[1:]
    return 10, digits


def _digit(character: str, base: int) -> int:
    try:
        value = int(character, 36) if character.isascii() else base
    except ValueError:
        value = base
    if value >= base:
        raise ValueError("invalid syntax")
    return value


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < ord(" ") or character == "\x7f":
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - Go's width


def _time_escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "\x7f":
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode(errors="replace"))
