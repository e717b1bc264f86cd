"""Times in the layouts of Go's package time: the moment 2006-01-02 15:04:05, as it is to look."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_PARTS = {
    "2006": "%Y",
    "06": "%y",
    "January": "%B",
    "Jan": "%b",
    "01": "%m",
    "Monday": "%A",
    "Mon": "%a",
    "02": "%d",
    "15": "%H",
    "03": "%I",
    "04": "%M",
    "05": "%S",
    "PM": "%p",
    "MST": "%Z",
    "-0700": "%z",
}
# Longer ones first, and the single digits last: "2" would else take "2006" apart.
_ZONES = ("Z07:00", "Z0700", "Z07", "-07:00", "-07")
_WORDS = sorted(map(re.escape, (*_PARTS, *_ZONES)), key=len, reverse=True)
_PART = re.compile("|".join(_WORDS) + r"|[.,](?:0+|9+)(?!\d)|_2|pm|[1-5]")


def in_layout(layout: str, now: float) -> str:
    """Write a moment in the zone of this process as a layout of Go's says.

    Args:
        layout: such as `2006-01-02T15:04:05Z`; what is no part of a time stays.
        now: seconds since 1970 (UTC).
    """
    moment = datetime.fromtimestamp(now, UTC).astimezone()
    small = _without_zeros(moment)

    def written(found: re.Match[str]) -> str:
        part = found[0]
        if part in _PARTS:
            return moment.strftime(_PARTS[part])
        if part in _ZONES:
            return _zone(part, moment.strftime("%z"))
        if part in small:
            return small[part]
        return _fraction(part, f"{moment.microsecond:06d}000"[: len(part) - 1])

    return _PART.sub(written, layout)


def _without_zeros(moment: datetime) -> dict[str, str]:
    """Return the parts of a moment that `strftime` would fill with zeros or write in capitals."""
    return {
        "1": str(moment.month),
        "2": str(moment.day),
        "3": str(moment.hour % 12 or 12),
        "4": str(moment.minute),
        "5": str(moment.second),
        "_2": f"{moment.day:2d}",
        "pm": moment.strftime("%p").lower(),
    }


def _zone(part: str, offset: str) -> str:
    """Write an offset such as `+0130`; a part with a Z writes UTC as `Z`."""
    if part.startswith("Z") and int(offset) == 0:
        return "Z"
    hours, minutes = offset[:3], offset[3:5]
    if part.endswith(":00"):
        return f"{hours}:{minutes}"
    return hours + minutes if part.endswith("0700") else hours


def _fraction(part: str, digits: str) -> str:
    """Write a fraction of a second; a part of nines drops the zeros at its end."""
    if "9" in part:
        digits = digits.rstrip("0")
    return part[0] + digits if digits else ""
