"""The calls of a thief: accepted and refused, a row for each key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.evidence.analyse.calls import is_accepted
from labkit.plots.style import BAD, GOOD, INK, plural, say, titled
from labkit.redact import shorten_key_id

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.servers.aws.api.entry import Entry


def thief_calls(calls: Sequence[Entry], ax: Axes) -> Axes:
    """Draw each call of a thief: a dot if AWS accepted its key, a line if not.

    Args:
        calls: of AWS's journal, those of the thief's keys, in the order of their times.
        ax: where to draw, in seconds since the first call.
    """
    start = calls[0].time if calls else 0.0
    keys = list(dict.fromkeys(call.access_key_id or "" for call in calls))
    for row, key in enumerate(keys):
        own = [call for call in calls if call.access_key_id == key]
        for accepted, color, mark in ((True, BAD, "o"), (False, GOOD, "|")):
            times = [call.time - start for call in own if is_accepted(call) is accepted]
            ax.plot(times, [row] * len(times), mark, color=color, markersize=8)
    if accepted_times := [call.time - start for call in calls if is_accepted(call)]:
        last = max(accepted_times)
        ax.axvline(last, color=INK, ls=":", lw=1.2)
        say(ax, "last accepted call", (last, -0.6), right=4)
    ax.set_yticks(range(len(keys)), [shorten_key_id(key) for key in keys])
    ax.set_ylim(max(len(keys), 1) - 0.4, -0.9)
    ax.set_xlabel("seconds since the thief's first call (dot: accepted, line: refused)")
    ax.grid(axis="x", alpha=0.3)
    return titled(ax, finding(calls))


def finding(calls: Sequence[Entry]) -> str:
    """Return the sentence that the picture shows."""
    accepted = [call for call in calls if is_accepted(call)]
    if not accepted:
        return "AWS accepted no call of the thief"
    took = accepted[-1].time - calls[0].time
    refused = len(calls) - len(accepted)
    often = plural(len(accepted), "call")
    return f"AWS accepted {often} of the thief within {took:.1f} s, and refused {refused:,}"
