"""Pictures from evidence: each function takes data and Axes and returns the Axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.timeline import Lifetime

# Okabe and Ito's palette: told apart by colour-blind readers, on screen and on paper.
VAULT, AWS, PLAN = "#0072B2", "#E69F00", "#595959"
LEASE_HEIGHT, USER_HEIGHT, GAP = 0.32, 0.18, 0.03


def lease_lifetimes(lifetimes: Sequence[Lifetime], ax: Axes) -> Axes:
    """Draw a bar for each lease and, under it, one for its IAM user as AWS saw it.

    A lease's bar is pale between the last look that found it and the first that did not.

    Args:
        lifetimes: what `labkit.timeline.lifetimes` returned.
        ax: where to draw; time runs in seconds since the first issue.

    Returns:
        The same Axes, its title stating the finding.
    """
    start = min((one.issued for one in lifetimes), default=0.0)
    last = max((one.last_seen for one in lifetimes), default=start)
    for row, one in enumerate(lifetimes):
        if one.planned_end is not None:
            _draw_plan(ax, row, one.planned_end - start)
        _draw_lease(ax, row, one, start, last)
        _draw_user(ax, row, one, start, last)
    ax.set_yticks(range(len(lifetimes)), [f"lease …{one.lease_id[-4:]}" for one in lifetimes])
    ax.set_ylim(len(lifetimes) - 0.4, -0.75)
    ax.set_xlabel("seconds since the first lease was issued")
    ax.set_title(finding(lifetimes), loc="left", fontsize="medium", fontweight="bold")
    return _plain(ax)


def finding(lifetimes: Sequence[Lifetime]) -> str:
    """Return the sentence that the picture of these lifetimes shows."""
    delays = [one.delay for one in lifetimes if one.delay is not None]
    if not delays:
        return "No lease has ended yet"
    return (
        f"{len(delays)} of {len(lifetimes)} leases ended; AWS deleted each one's IAM user "
        f"within {max(delays):.2f} s"
    )


def _draw_plan(ax: Axes, row: int, planned_end: float) -> None:
    top, bottom = row - LEASE_HEIGHT - 0.1, row + USER_HEIGHT + 0.1
    ax.plot([planned_end, planned_end], [top, bottom], color=PLAN, ls=":", lw=1.5)
    ax.annotate("planned end", (planned_end, top), **_beside(0, 5, ha="center"))


def _draw_lease(ax: Axes, row: int, one: Lifetime, start: float, last: float) -> None:
    seen, end = one.vault_seen_until(last)
    y, left = row - LEASE_HEIGHT / 2, one.issued - start
    ax.barh(y, end - one.issued, LEASE_HEIGHT, left=left, color=VAULT, alpha=0.35)
    ax.barh(y, seen - one.issued, LEASE_HEIGHT, left=left, color=VAULT)
    ax.annotate(f"lease {one.ended_by}", (end - start, y), **_beside(4, 0))
    for number, time in enumerate(one.renewals, start=1):
        ax.plot([time - start] * 2, [y - 0.1, y + 0.1], color="white", lw=2)
        top = (time - start, row - LEASE_HEIGHT)
        ax.annotate(f"renewal {number}", top, **_beside(0, 5, ha="center"))


def _draw_user(ax: Axes, row: int, one: Lifetime, start: float, last: float) -> None:
    if one.user_created is None:
        return
    end = last if one.user_deleted is None else one.user_deleted
    y = row + USER_HEIGHT / 2 + GAP
    ax.barh(y, end - one.user_created, USER_HEIGHT, left=one.user_created - start, color=AWS)
    words = "still there" if one.delay is None else f"deleted {one.delay:+.2f} s"
    ax.annotate(f"IAM user {words}", (end - start, y), **_beside(4, 0))


def _beside(right: float, up: float, ha: str = "left") -> dict[str, Any]:
    """Return how words stand beside a point, by an offset in points."""
    return {
        "xytext": (right, up),
        "textcoords": "offset points",
        "ha": ha,
        "va": "center",
        "fontsize": "small",
        "color": PLAN,
    }


def _plain(ax: Axes) -> Axes:
    """Take away what carries no data, and stand on white in every theme."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    ax.set_facecolor("white")
    ax.margins(x=0.16)
    return ax
