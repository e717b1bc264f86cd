"""Lease lifetimes: a bar for each lease as Vault saw it, and under it its IAM user as AWS did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from labkit.evidence.analyse.endings import ALIVE
from labkit.evidence.model.lease_ids import shorten
from labkit.plots.style import (
    AWS,
    AWS_WORDS,
    INK,
    TITLE_WIDTH,
    VAULT,
    VAULT_PALE,
    Bar,
    bars,
    plural,
    say,
    titled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.timeline import Lifetime

LEASE_HEIGHT, USER_HEIGHT, GAP = 0.32, 0.18, 0.03
MOST_WITH_NAMES = 40  # leases
ROOM_FOR_WORDS = 0.5  # inches a row; with less, the words would cover each other
CLOSE = 0.1  # of the width: two words on one line would cover each other
THINNEST = 4  # pixels of a row
BEYOND = 1.5  # a planned end is drawn up to this multiple of what was observed


def lease_lifetimes(lifetimes: Sequence[Lifetime], ax: Axes) -> Axes:
    """Draw a bar for each lease and, under it, one for its IAM user as AWS saw it.

    A lease's bar is pale between the last look that found it and the first that did not. Dotted:
    the end that Vault had planned; dashed: the max TTL, beyond which no renewal goes. What lies
    far to the right of all observations is named at the edge instead.

    Args:
        lifetimes: what `Lab.lifetimes` or `Evidence.lifetimes` returned.
        ax: where to draw; time runs in seconds since the first issue.

    Returns:
        The same Axes, its title stating the finding.
    """
    start = min((one.issued for one in lifetimes), default=0.0)
    last = max((one.last_seen for one in lifetimes), default=start)
    heights = _heights(ax, len(lifetimes))
    _draw_bars(ax, lifetimes, start, last, heights)
    edge = _edge(lifetimes, start, last)
    if _inches_a_row(ax, len(lifetimes)) >= ROOM_FOR_WORDS:
        for row, one in enumerate(lifetimes):
            _draw_plan(ax, row, one, start, edge)
            _draw_renewals(ax, row, [time - start for time in one.renewals], CLOSE * edge)
            _say_ends(ax, row, one, start, last)
        ax.set_ylim(len(lifetimes) - 0.35, -0.75)
    else:
        _draw_many_plans(ax, lifetimes, start, edge)
        _say_what_is_what(ax)
        ax.set_ylim(len(lifetimes), -1)
    _name_rows(ax, lifetimes)
    ax.set_xlim(-0.01 * edge, edge * 1.02)
    ax.set_xlabel("seconds since the first lease was issued; pale: ended between two looks")
    ax.grid(axis="x", alpha=0.3)
    return titled(ax, finding(lifetimes))


def finding(lifetimes: Sequence[Lifetime]) -> str:
    """Return the sentence that the picture of these lifetimes shows."""
    ended = Counter(one.ended_by for one in lifetimes if one.ended_by != ALIVE)
    if not ended:
        return "No lease has ended yet"
    ways = ", ".join(
        f"{count:,} {how.removeprefix('ended: ')}" for how, count in ended.most_common()
    )
    of_all = f"{ended.total():,} of {plural(len(lifetimes), 'lease')}"
    told = fill(f"{of_all} ended ({ways})", TITLE_WIDTH)
    delays = [one.delay for one in lifetimes if one.delay is not None]
    if not delays:
        return told
    return f"{told};\nAWS deleted each one's IAM user within {max(delays):.2f} s"


def _inches_a_row(ax: Axes, rows: int) -> float:
    return float(ax.bbox.height / ax.figure.dpi / max(rows, 1))


def _name_rows(ax: Axes, lifetimes: Sequence[Lifetime]) -> None:
    if len(lifetimes) > MOST_WITH_NAMES:
        ax.set_ylabel("leases, in the order of issue")
        return
    ax.set_yticks(range(len(lifetimes)), [f"lease {shorten(one.lease_id)}" for one in lifetimes])


def _edge(lifetimes: Sequence[Lifetime], start: float, last: float) -> float:
    """Return where the picture ends: room for the words, and for plans that are not too far off."""
    seen = max(last - start, 0.1)
    plans = [time - start for one in lifetimes for time in (one.planned_end, one.ceiling) if time]
    near = [plan for plan in plans if plan <= seen * BEYOND]
    return max([seen * 1.3, *(plan * 1.06 for plan in near)])


def _heights(ax: Axes, rows: int) -> tuple[float, float]:
    """Return the heights of a lease's bar and of its user's, as parts of a row.

    Where a row is thinner than two lines, the two lie upon each other: side by side they would blur
    into one colour. The user's bar then shows where it outlives the lease.
    """
    crowded = _inches_a_row(ax, rows) * ax.figure.dpi < THINNEST
    return (1.0, 1.0) if crowded else (LEASE_HEIGHT, USER_HEIGHT)


def _draw_bars(
    ax: Axes,
    lifetimes: Sequence[Lifetime],
    start: float,
    last: float,
    heights: tuple[float, float],
) -> None:
    lease_height, user_height = heights
    below = GAP if user_height == USER_HEIGHT else -user_height
    surely: list[Bar] = []
    perhaps: list[Bar] = []
    users: list[Bar] = []
    for row, one in enumerate(lifetimes):
        left, top = one.issued - start, row - lease_height
        seen, end = one.vault_seen_until(last)
        surely.append((left, seen - start, top))
        perhaps.append((seen - start, end - start, top))
        if one.user_created is not None:
            users.append((one.user_created - start, _user_end(one, last) - start, row + below))
    bars(ax, users, user_height, AWS)
    bars(ax, surely, lease_height, VAULT)
    bars(ax, perhaps, lease_height, VAULT_PALE)


def _user_end(one: Lifetime, last: float) -> float:
    return last if one.user_deleted is None else one.user_deleted


def _draw_plan(ax: Axes, row: int, one: Lifetime, start: float, edge: float) -> None:
    top, bottom = row - LEASE_HEIGHT - 0.08, row + USER_HEIGHT + 0.1
    far, planned = [], one.planned_end
    for words, time, dash in (("planned end", planned, ":"), ("max TTL", one.ceiling, "--")):
        if time is None:
            continue
        at = time - start
        if at > edge:
            far.append(f"{words} at {at:,.0f} s")
            continue
        ax.plot([at, at], [top, bottom], color=INK, ls=dash, lw=1.2)
        below = time != planned and planned is not None and abs(time - planned) < CLOSE * edge
        say(ax, words, (at, bottom if below else top), up=-5 if below else 5, ha="center")
    if far:
        say(ax, f"{', '.join(far)} →", (edge, row - LEASE_HEIGHT), up=5, ha="right")


def _draw_renewals(ax: Axes, row: int, times: Sequence[float], close: float) -> None:
    """Draw a tick for each renewal; those that are too close for words of their own share them."""
    y, together = row - LEASE_HEIGHT, 0
    for number, time in enumerate(times, start=1):
        ax.plot([time] * 2, [y, row], color="white", lw=2)
        together += 1
        if number < len(times) and times[number] - time < close:
            continue
        words = (
            f"renewal {number}" if together == 1 else f"renewals {number - together + 1}-{number}"
        )
        say(ax, words, (time, y), up=5, ha="center")
        together = 0


def _say_ends(ax: Axes, row: int, one: Lifetime, start: float, last: float) -> None:
    _, end = one.vault_seen_until(last)
    say(ax, f"lease {one.ended_by}", (end - start, row - LEASE_HEIGHT / 2), right=4)
    if one.user_created is None:
        return
    words = "still there" if one.user_deleted is None else "deleted"
    words += "" if one.delay is None else f" {one.delay:+.2f} s"
    at = (_user_end(one, last) - start, row + GAP + USER_HEIGHT / 2)
    say(ax, f"IAM user {words}", at, right=4)


def _draw_many_plans(ax: Axes, lifetimes: Sequence[Lifetime], start: float, edge: float) -> None:
    """Draw planned ends and renewals as one collection each."""
    plans: Callable[[Lifetime], tuple[float, ...]] = lambda one: (  # noqa: E731
        () if one.planned_end is None else (one.planned_end,)
    )
    _ticks(ax, lifetimes, plans, start, edge, INK)
    _ticks(ax, lifetimes, lambda one: one.renewals, start, edge, "white")


def _ticks(
    ax: Axes,
    lifetimes: Sequence[Lifetime],
    times: Callable[[Lifetime], tuple[float, ...]],
    start: float,
    edge: float,
    color: str,
) -> None:
    from matplotlib.collections import LineCollection

    lines = [
        [(time - start, row - LEASE_HEIGHT), (time - start, row + USER_HEIGHT)]
        for row, one in enumerate(lifetimes)
        for time in times(one)
        if time - start <= edge
    ]
    ax.add_collection(LineCollection(lines, colors=color, linewidths=0.8))


def _say_what_is_what(ax: Axes) -> None:
    for place, (words, color) in enumerate(
        [("lease (Vault)", VAULT), ("IAM user (AWS)", AWS_WORDS), ("planned end", INK)]
    ):
        ax.annotate(
            words,
            (1.0, 0.98 - 0.05 * place),
            xycoords="axes fraction",
            ha="right",
            va="top",
            fontsize="small",
            color=color,
            fontweight="bold",
        )
