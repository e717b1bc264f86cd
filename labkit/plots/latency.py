"""Revocation latency: how long keys outlive the call that revokes their leases."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from labkit.plots.style import AWS, INK, plural, say, titled, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.latency import Latency

MOST_DOTS = 200


def revocation_latency(found: Sequence[Latency], ax: Axes) -> Axes:
    """Draw, for each lease, the time from the call to revoke it to AWS's first refusal.

    A line leads from the last use of the key that AWS accepted to the first that it refused: the
    key ended somewhere between. The leases stand in the order of their latency.

    Args:
        found: what `labkit.evidence.analyse.latency.latencies` returned.
        ax: where to draw, in milliseconds.
    """
    ordered = sorted(found, key=lambda one: one.at_most)
    rows = range(1, len(ordered) + 1)
    refused = [one.at_most * 1000 for one in ordered]
    ax.hlines(rows, [one.at_least * 1000 for one in ordered], refused, color=AWS, lw=1.5)
    ax.plot(refused, rows, ".", color=INK, markersize=7 if len(ordered) <= MOST_DOTS else 2)
    if ordered:
        middle = median(refused)
        ax.plot([middle, middle], [0, len(ordered) + 0.3], color=INK, ls=":", lw=1.2)
        say(ax, f"median {middle:.0f} ms", (middle, len(ordered) + 0.8), ha="center")
        last = (refused[-1], len(ordered))
        say(ax, "first refusal", last, right=8)
        ax.set_xlim(0, refused[-1] * 1.25)
    ax.set_ylim(0.2, len(ordered) + 1.4)
    ax.set_ylabel("leases, fastest first")
    whole_numbers(ax)
    ax.set_xlabel("milliseconds since Vault was asked to revoke")
    ax.grid(axis="x", alpha=0.3)
    return titled(ax, finding(found))


def finding(found: Sequence[Latency]) -> str:
    """Return the sentence that the picture shows."""
    if not found:
        return "No revoked key was tried"
    longest = max(one.at_most for one in found) * 1000
    each = "the revoked key" if len(found) == 1 else f"each of {plural(len(found), 'revoked key')}"
    return f"AWS refused {each} within {ceil(longest)} ms of the call"
