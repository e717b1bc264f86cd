"""Pictures of storms: capacity, and a simulated population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.plots.style import AWS, BAD, INK, VAULT, plural, say, titled, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.linear_fit import LinearFit
    from labkit.evidence.analyse.simulation import Simulated

Measured = tuple[int, float]  # leases, and the seconds that they took
HOUR = 3_600


def capacity(
    measured: Sequence[Measured], line: LinearFit, ax: Axes, *, checked: Measured | None = None
) -> Axes:
    """Draw measurements, the line through them, and a further measurement beside its prediction.

    Args:
        measured: what the line was fitted to.
        line: `labkit.experiments.storm.fit` of it.
        ax: where to draw, in seconds over the number of leases.
        checked: what was predicted and then measured.
    """
    points = [*measured, *([checked] if checked else [])]
    most = max((size for size, _ in points), default=1)
    ax.plot([0, most], [line.at(0), line.at(most)], color=INK, ls=":", lw=1.2)
    ax.plot(*zip(*measured, strict=True), "o", color=VAULT, markersize=7)
    say(ax, "measured", measured[-1], right=8, up=-8)
    if checked is not None:
        size, seconds = checked
        ax.plot([size, size], [line.at(size), seconds], color=BAD, lw=1.5)
        ax.plot(size, line.at(size), "o", mfc="white", color=INK, markersize=7)
        ax.plot(size, seconds, "o", color=BAD, markersize=7)
        say(ax, f"predicted {line.at(size):.1f} s", (size, line.at(size)), right=-10, ha="right")
        say(ax, f"measured {seconds:.1f} s", checked, right=10)
    ax.set_xlim(0, most * 1.22)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("leases in the storm")
    ax.set_ylabel("seconds")
    ax.grid(alpha=0.3)
    return titled(ax, _finding(line, checked))


def _finding(line: LinearFit, checked: Measured | None) -> str:
    each = f"{line.per_lease * 1000:.0f} ms for each lease"
    if checked is None:
        return each
    size, seconds = checked
    error = seconds / line.at(size) - 1
    return f"{each}; the prediction for {size:,} leases is {abs(error):.0%} off"


def simulated(found: Simulated, ax: Axes, *, limit: int, hours: float) -> Axes:
    """Draw the simulated IAM users over time, beside the limit of the account.

    Args:
        found: what `labkit.experiments.storm.simulate` returned.
        ax: where to draw, in hours.
        limit: IAM users in an account.
        hours: how much of the beginning is drawn.
    """
    drawn = [(time / HOUR, alive) for time, alive in zip(found.times, found.alive, strict=True)]
    seen = [point for point in drawn if point[0] <= hours]
    ax.axhline(limit, color=BAD, ls="--", lw=1.2)
    ax.plot(*zip(*seen, strict=True), color=AWS, lw=2.5)
    say(ax, f"AWS's limit: {plural(limit, 'user')}", (0, limit), right=6, up=9, color=BAD)
    ax.set_xlim(0, hours)
    ax.set_ylim(0, limit * 1.2)
    whole_numbers(ax)
    ax.set_xlabel("simulated hours since the first read")
    ax.set_ylabel("IAM users")
    ax.grid(alpha=0.3)
    words = f"{found.issued:,} leases take {found.seconds / HOUR / 24:.1f} days"
    return titled(ax, f"{words}; AWS refuses {found.refused:,} reads meanwhile")
