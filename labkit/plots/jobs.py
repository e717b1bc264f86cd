"""Jobs: how long the IAM users of each lived, beside how long the job ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.plots.style import BAD, INK, VAULT, plural, say, titled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.jobs import Finished, FinishedJobs, Life

ROOM = 0.7  # of a row, for the bars of a job


def users_of_jobs(found: FinishedJobs, ax: Axes) -> Axes:
    """Draw a row for each job: a bar for each of its IAM users, and a line where the job ended.

    Args:
        found: what `Lab.jobs` or `Evidence.finished_jobs` returned.
        ax: where to draw; about 0.7 inches high for each job.
    """
    end = latest(found)
    for row, one in enumerate(found.finished):
        _row(ax, one, row, end)
        say(ax, plural(len(one.users), "user"), (end, row), right=8)
    _legend(ax)
    ax.set_yticks(range(len(found.names)), found.names)
    ax.set_ylim(len(found.names) - 0.4, -0.6)
    ax.set_xlim(0, end)
    ax.set_xlabel("seconds since the job was started", loc="left")
    return titled(ax, finding(found))


def finding(found: FinishedJobs) -> str:
    """Return the sentence that the picture shows."""
    left = [one.job.name for one in found.finished if one.job.users]
    if not left:
        return "No job left an IAM user behind"
    others = [name for name in found.names if name not in left]
    end = f"; {' and '.join(others)} left none" if others else ""
    return f"IAM users outlived the jobs {', '.join(left)}{end}"


def latest(found: FinishedJobs) -> float:
    """Return when the last user was deleted or the last job ended, in seconds since its start."""
    ends = [one.seconds for one in found.finished]
    ends += [life.deleted or life.made for one in found.finished for life in one.users]
    return max(ends, default=1.0)


def _row(ax: Axes, one: Finished, row: int, end: float) -> None:
    height = ROOM / max(len(one.users), 3)
    top = row - height * len(one.users) / 2
    for number, life in enumerate(one.users):
        _bar(ax, life, one.seconds, top + (number + 0.5) * height, height, end)
    ax.plot([one.seconds] * 2, [row - 0.42, row + 0.42], color=INK, lw=2)


def _bar(ax: Axes, life: Life, job_end: float, y: float, height: float, end: float) -> None:
    died = end if life.deleted is None else life.deleted
    used = min(died, job_end)
    ax.barh(y, used - life.made, height * 0.8, life.made, color=VAULT)
    ax.barh(y, max(died - used, 0), height * 0.8, used, color=BAD)


def _legend(ax: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Artist] = [
        Patch(color=VAULT, label="IAM user while the job ran"),
        Patch(color=BAD, label="IAM user after the job"),
        Line2D([], [], color=INK, lw=2, label="the job ended"),
    ]
    legend = ax.legend(handles=handles, loc="upper center", ncols=3, bbox_to_anchor=(0.5, -0.2))
    legend.set_frame_on(False)
