"""Population: live leases and IAM users over time; a gap between them is an orphan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.plots.style import AWS, BAD, VAULT, plural, say, titled, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.population import Population


def population(found: Population, ax: Axes) -> Axes:
    """Draw the number of live leases and of IAM users over time, one step for each change.

    Args:
        found: what `Lab.population` or `Evidence.population` returned.
        ax: where to draw; time runs in seconds since the first change.
    """
    start = found.times[0] if found.times else 0.0
    times = [time - start for time in found.times]
    ax.plot(times, found.users, drawstyle="steps-post", color=AWS, lw=5, solid_capstyle="butt")
    ax.plot(times, found.leases, drawstyle="steps-post", color=VAULT, lw=1.8)
    ax.fill_between(
        times, found.leases, found.users, step="post", color=BAD, alpha=0.35, linewidth=0
    )
    if times:
        _say_counts(ax, times[-1], found)
        ax.set_xlim(0, max(times[-1], 0.1) * 1.2)
    ax.set_ylim(0, max((*found.leases, *found.users, 1)) * 1.15)
    whole_numbers(ax)
    ax.set_xlabel("seconds since the first lease was issued")
    ax.grid(alpha=0.3)
    return titled(ax, finding(found))


def finding(found: Population) -> str:
    """Return the sentence that the picture shows."""
    if not found.times:
        return "No lease was issued"
    most = max(found.leases)
    if found.orphans > 0:
        return f"{plural(found.orphans, 'IAM user')} in AWS without a lease in the end"
    if found.orphans < 0:
        return f"{plural(-found.orphans, 'lease')} without an IAM user in the end"
    return f"Leases and IAM users are one line: up to {most:,}, in the end {found.leases[-1]:,}"


def _say_counts(ax: Axes, last: float, found: Population) -> None:
    low, high = (0, 0) if found.orphans else (5, 19)  # points; one above the other, off the axis
    say(ax, f"{plural(found.users[-1], 'IAM user')}", (last, found.users[-1]), right=4, up=high)
    say(ax, f"{plural(found.leases[-1], 'lease')}", (last, found.leases[-1]), right=4, up=low)
