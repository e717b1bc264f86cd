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
    "MST": "UTC",
    "Z07:00": "Z",
    "-07:00": "+00:00",
    "-0700": "+0000",
}
# Longer ones first, and the single digits last: "2" would else take "2006" apart.
_PART = re.compile(
    "|".join(sorted(map(re.escape, _PARTS), key=len, reverse=True)) + r"|[.,]0+(?!\d)|_2|pm|[1-5]"
)


def in_layout(layout: str, now: float) -> str:
    """Write a moment in UTC as a layout of Go's says.

    Args:
        layout: such as `2006-01-02T15:04:05Z`; what is no part of a time stays.
        now: seconds since 1970 (UTC).
    """
    moment = datetime.fromtimestamp(now, UTC)
    hour = moment.hour % 12 or 12
    small = {
        "1": moment.month,
        "2": moment.day,
        "3": hour,
        "4": moment.minute,
        "5": moment.second,
        "_2": f"{moment.day:2d}",
        "pm": moment.strftime("%p").lower(),
    }

    def written(found: re.Match[str]) -> str:
        part = found[0]
        if part in _PARTS:
            return moment.strftime(_PARTS[part])
        if part in small:
            return str(small[part])
        return part[0] + f"{moment.microsecond:06d}000"[: len(part) - 1]

    return _PART.sub(written, layout)
