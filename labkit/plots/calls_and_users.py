"""A workload: each call of each client, and what the calls cost in IAM users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.aws.probes import REFUSED
from labkit.evidence.model.uses import OK
from labkit.plots.style import AWS, BAD, GOOD, INK, VAULT, plural, say, titled, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.workload import Workload

WORDS = {GOOD: "call succeeded", BAD: "AWS refused the key", AWS: "call failed otherwise"}
MARK_HEIGHT = 13  # points
BESIDE = 0.34  # rows between the marks of calls and those of users
LABEL_ROWS = (-0.72, -1.1)


def workload(found: Workload, ax: Axes) -> Axes:
    """Draw a row for each client: a mark for each call, and a triangle for each new IAM user.

    Args:
        found: what `Lab.workload` or `Evidence.workload` returned.
        ax: where to draw; about 0.6 inches high for each client.
    """
    for row, client in enumerate(found.clients):
        _marks(ax, row, found, client)
        _users(ax, found.made[client], row - BESIDE, "v", VAULT)
        _users(ax, found.deleted[client], row + BESIDE, "^", "white")
        words = f"{plural(found.users(client), 'user')}\n{found.failed(client)} failed"
        say(ax, words, (found.seconds, row), right=8)
    _events(ax, found)
    _legend(ax)
    ax.set_yticks(range(len(found.clients)), found.clients)
    ax.set_ylim(len(found.clients) - 0.4, -1.35)
    ax.set_xlim(0, found.seconds)
    ax.set_xlabel("seconds since the clients were started", loc="left")
    return titled(ax, finding(found))


def failed_and_users(found: Workload, ax: Axes) -> Axes:
    """Draw a point for each client: failed calls in percent, and IAM users that Vault made.

    Args:
        found: what `Lab.workload` or `Evidence.workload` returned.
        ax: where to draw.
    """
    for client in found.clients:
        at = (100 * found.share_failed(client), found.users(client))
        ax.plot(*at, "o", ms=8, color=VAULT, clip_on=False)
        say(ax, client, at, right=8, up=5)
    ax.set_xlim(-3, 115)
    ax.set_ylim(0, max((found.users(client) for client in found.clients), default=1) * 1.2)
    whole_numbers(ax)
    ax.set_xlabel("calls that failed, percent")
    ax.set_ylabel("IAM users made")
    ax.grid(alpha=0.3)
    return titled(ax, "Bottom left: few failures, few users")


def finding(found: Workload) -> str:
    """Return the sentence that the picture shows."""
    if not found.clients:
        return "No client made a call"
    ordered = sorted(found.clients, key=found.share_failed)
    best, worst = ordered[0], ordered[-1]
    return (
        f"The same {found.seconds:.0f} seconds: {found.share_failed(best):.0%} of the calls failed "
        f"for {best}, {found.share_failed(worst):.0%} for {worst}"
    )


def _users(ax: Axes, times: Sequence[float], row: float, marker: str, fill: str) -> None:
    ax.plot(times, [row] * len(times), marker, ms=5, color=VAULT, mfc=fill, zorder=3)


def _legend(ax: Axes) -> None:
    for color, words in WORDS.items():
        ax.plot([], [], "|", ms=9, mew=2, color=color, label=words)
    ax.plot([], [], "v", ms=6, color=VAULT, label="IAM user made")
    ax.plot([], [], "^", ms=6, color=VAULT, mfc="white", label="IAM user deleted")
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=5, frameon=False, fontsize="small"
    )


def _marks(ax: Axes, row: int, found: Workload, client: str) -> None:
    for color in WORDS:
        times = [
            use.time
            for use in found.uses
            if use.client == client and color_of(use.outcome) == color and use.time < found.seconds
        ]
        ax.plot(times, [row] * len(times), "|", ms=MARK_HEIGHT, mew=1.6, color=color)


def color_of(outcome: str) -> str:
    """Return the colour of an outcome."""
    if outcome == OK:
        return GOOD
    return BAD if outcome in REFUSED else AWS


def _events(ax: Axes, found: Workload) -> None:
    for number, event in enumerate(found.happenings):
        if event.seconds:
            ax.axvspan(event.time, event.time + event.seconds, color=INK, alpha=0.12, lw=0)
        else:
            ax.axvline(event.time, color=INK, ls=":", lw=1.2)
        say(ax, event.name, (event.time, LABEL_ROWS[number % 2]), right=3)
