"""Durations as Go writes them: `90m`, `1h30m0s`.

Source: Go's `time.ParseDuration` and `Duration.String`, and `ParseDurationSecond` of Vault's
`parseutil` (plain seconds, days).
"""

from __future__ import annotations

import re
from fractions import Fraction

from labkit.servers.plugin.go_syntax import (
    INT64_MAX,
    OutOfRangeError,
    parse_int,
    quote,
    time_quote,
)

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
_SECOND = _NANOSECONDS["s"]
_DAY = 24 * _NANOSECONDS["h"]
_LIMIT = INT64_MAX + 1  # Go computes in uint64 and compares with 1 << 63
_OVERFLOW = "multiplication of durations resulted in overflow, one operand may be too large"
_NUMBER = re.compile(r"([0-9]*)(?:\.([0-9]*))?")
_UNIT = re.compile(r"[^0-9.]*")


def parse_duration(text: str) -> float:
    """Return the seconds a duration text stands for; whole seconds come as int.

    Args:
        text: whole seconds (`90`), whole days (`2d`), or a Go duration (`1h30m`, `1.5h`, `500ms`).

    Raises:
        ValueError: with Go's text, for instance `time: invalid duration "abc"`.
    """
    nanoseconds = _nanoseconds(text)
    whole, rest = divmod(nanoseconds, _SECOND)
    return nanoseconds / _SECOND if rest else whole


def format_duration(seconds: float) -> str:
    """Write seconds as Go does: `1h30m0s`, `1.5s`, `200ms`, `0s`."""
    nanoseconds = round(Fraction(seconds) * 10**9)
    sign, nanoseconds = ("-" if nanoseconds < 0 else ""), abs(nanoseconds)
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < _SECOND:
        unit = next(u for u in ("ms", "\u00b5s", "ns") if nanoseconds >= _NANOSECONDS[u])
        return f"{sign}{_decimal(nanoseconds, _NANOSECONDS[unit])}{unit}"
    minutes, rest = divmod(nanoseconds, _NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, _SECOND)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else f"{sign}{text}"


def _nanoseconds(text: str) -> int:
    if not text:
        return 0
    try:
        seconds = parse_int(text)
    except ValueError:
        return _days(text) if text.endswith("d") else _go_nanoseconds(text)
    return _bounded(seconds * _SECOND)


def _days(text: str) -> int:
    count = text.removesuffix("d")
    try:
        days = parse_int(count)
    except ValueError as error:
        raise ValueError(f"strconv.ParseInt: parsing {quote(count)}: {error}") from error
    return _bounded(days * _DAY)


def _bounded(nanoseconds: int) -> int:
    if not -_LIMIT <= nanoseconds < _LIMIT:
        raise OutOfRangeError(_OVERFLOW)
    return nanoseconds


def _go_nanoseconds(text: str) -> int:
    negative = text.startswith("-")
    rest = text[1:] if text[0] in "+-" else text
    if rest == "0":
        return 0
    total = 0
    while True:
        amount, rest = _leading_amount(rest, text)
        total += amount
        if total > _LIMIT:
            raise _invalid(text)
        if not rest:
            break
    if not negative and total == _LIMIT:
        raise _invalid(text)
    return -total if negative else total


def _leading_amount(rest: str, text: str) -> tuple[int, str]:
    """Return the nanoseconds of the leading number and unit, and what follows them."""
    whole, fraction = _leading_number(rest)
    if not (whole or fraction):
        raise _invalid(text)
    rest = rest[len(whole) + (0 if fraction is None else 1 + len(fraction)) :]
    if int(whole or "0") > _LIMIT:
        raise _invalid(text)
    name = _leading_unit(rest, text)
    unit = _NANOSECONDS[name]
    amount = int(whole or "0") * unit + _fraction(fraction or "", unit)
    if amount > _LIMIT:
        raise _invalid(text)
    return amount, rest[len(name) :]


def _leading_number(rest: str) -> tuple[str, str | None]:
    match = _NUMBER.match(rest)
    return (match.group(1), match.group(2)) if match else ("", None)


def _leading_unit(rest: str, text: str) -> str:
    match = _UNIT.match(rest)
    unit = match.group() if match else ""
    if not unit:
        raise ValueError(f"time: missing unit in duration {time_quote(text)}")
    if unit not in _NANOSECONDS:
        raise ValueError(f"time: unknown unit {time_quote(unit)} in duration {time_quote(text)}")
    return unit


def _fraction(digits: str, unit: int) -> int:
    """Return a fraction of a unit in nanoseconds, by Go's floating-point arithmetic."""
    kept, scale = 0, 1.0
    for digit in digits:
        if kept > INT64_MAX // 10:
            break  # Go ignores further digits
        kept = kept * 10 + int(digit)
        scale *= 10
    return int(float(kept) * (float(unit) / scale))


def _invalid(text: str) -> ValueError:
    return ValueError(f"time: invalid duration {time_quote(text)}")


def _decimal(amount: int, unit: int) -> str:
    """Return amount / unit as a decimal without trailing zeros; unit is a power of ten."""
    whole, rest = divmod(amount, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
