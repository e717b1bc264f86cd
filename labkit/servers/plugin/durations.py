"""Durations as Go writes them: `90m`, `1h30m0s`.

Source: Go's `time.ParseDuration` and `Duration.String`, and the additions of Vault's `parseutil`
(plain seconds, days).
"""

from __future__ import annotations

import re
from fractions import Fraction

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,  # micro sign
    "\u03bcs": 10**3,  # Greek mu
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_LONGEST = 2**63 - 1  # nanoseconds in Go's int64
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")
_UNIT = re.compile(r"[^0-9.]*")


def parse_duration(text: str) -> float:
    """Return the seconds a duration text stands for; whole seconds come as int.

    Args:
        text: whole seconds (`90`), whole days (`2d`), or a Go duration (`1h30m`, `1.5h`, `500ms`).

    Raises:
        ValueError: with Go's text, for instance `time: invalid duration "abc"`.
    """
    if not text:
        return 0
    if _INTEGER.fullmatch(text):
        nanoseconds = int(text) * _NANOSECONDS["s"]
    elif text.endswith("d"):
        nanoseconds = _days(text) * 24 * _NANOSECONDS["h"]
    else:
        nanoseconds = _go_nanoseconds(text)
    if abs(nanoseconds) > _LONGEST:
        raise ValueError(f'time: invalid duration "{text}"')
    whole, rest = divmod(nanoseconds, _NANOSECONDS["s"])
    return nanoseconds / _NANOSECONDS["s"] if rest else whole


def format_duration(seconds: float) -> str:
    """Write seconds as Go does: `1h30m0s`, `1.5s`, `200ms`, `0s`."""
    nanoseconds = round(Fraction(seconds) * 10**9)
    sign, nanoseconds = ("-" if nanoseconds < 0 else ""), abs(nanoseconds)
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < _NANOSECONDS["s"]:
        unit = next(u for u in ("ms", "\u00b5s", "ns") if nanoseconds >= _NANOSECONDS[u])
        return f"{sign}{_decimal(nanoseconds, _NANOSECONDS[unit])}{unit}"
    minutes, rest = divmod(nanoseconds, _NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, _NANOSECONDS['s'])}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else f"{sign}{text}"


def _days(text: str) -> int:
    count = text.removesuffix("d")
    if not _INTEGER.fullmatch(count):
        raise ValueError(f'strconv.ParseInt: parsing "{count}": invalid syntax')
    return int(count)


def _go_nanoseconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[0] in "+-" else text
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    total = 0
    while rest:
        number = _NUMBER.match(rest)
        if not number:
            raise ValueError(f'time: invalid duration "{text}"')
        rest = rest[number.end() :]
        unit = _unit(rest, text)
        rest = rest[len(unit) :]
        whole, fraction = number.group(1), number.group(2) or ""
        total += int(whole + fraction) * _NANOSECONDS[unit] // 10 ** len(fraction)
    return sign * total


def _unit(rest: str, text: str) -> str:
    match = _UNIT.match(rest)
    unit = match.group() if match else ""
    if not unit:
        raise ValueError(f'time: missing unit in duration "{text}"')
    if unit not in _NANOSECONDS:
        raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
    return unit


def _decimal(amount: int, unit: int) -> str:
    """Return amount / unit as a decimal without trailing zeros; unit is a power of ten."""
    whole, rest = divmod(amount, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
