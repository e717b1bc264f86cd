"""What jobs made and left, from evidence without servers, and its picture."""

import dataclasses

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from labkit import plots
from labkit.evidence.analyse.jobs import FinishedJobs, Life, finished_jobs
from labkit.evidence.model.requests import AuditedRequest
from labkit.evidence.model.uses import Job
from labkit.plots.style import BAD, VAULT
from tests.evidence.pieces import call

FIRST = Job("first", 100, 110, 0, tokens=1, leases=1, users=1)
SECOND = Job("second", 110, 120, 0, tokens=0, leases=0, users=0)


def user(job: str, number: int = 0) -> str:
    return f"vault-approle-workload-{job}-170000000{number}-AbCdEf"


def login(time: float, error: str | None = None) -> AuditedRequest:
    path = "auth/approle/login"
    return AuditedRequest(time=time, operation="update", path=path, error=error)


def found() -> FinishedJobs:
    requests = [login(99), login(101), login(112), login(113), login(114, "permission denied")]
    calls = [
        call("CreateUser", time=102, about=user("first")),
        call("DeleteUser", time=140, about=user("first")),
        call("CreateUser", time=111, about=user("second")),
        call("CreateUser", time=112, about=user("second", 1)),
        call("CreateUser", time=113, about=user("second", 2), error="Throttling"),
        call("CreateUser", time=113, about=user("second-to-none")),
        call("DeleteUser", time=118, about=user("second", 1)),
    ]
    return finished_jobs([FIRST, SECOND], requests, calls)


def test_logins_and_users_are_those_of_the_job() -> None:
    first, second = found().finished

    assert (first.logins, first.users) == (1, (Life(2, 40),))
    assert (second.logins, second.users) == (2, (Life(1, None), Life(2, 8)))


def test_the_table_has_what_was_made_and_what_was_left() -> None:
    assert found().table.rows == (
        ("first", "0", "1", "1", "1", "1", "1"),
        ("second", "0", "2", "2", "0", "0", "0"),
    )


def axes() -> Axes:
    return Figure(figsize=(9, 3)).subplots()


def bars(ax: Axes, color: str) -> list[tuple[float, float]]:
    """Return from where to where bars of a colour go."""
    drawn = [one for one in ax.patches if isinstance(one, Rectangle) and one.get_width()]
    of_color = [one for one in drawn if to_hex(one.get_facecolor()).upper() == color]
    return [(one.get_x(), one.get_x() + one.get_width()) for one in of_color]


def test_a_bar_changes_its_colour_where_the_job_ended() -> None:
    ax = plots.users_of_jobs(found(), axes())

    assert bars(ax, VAULT) == [(2, 10), (1, 10), (2, 8)]
    assert bars(ax, BAD) == [(10, 40), (10, 40)]  # the last: never deleted, so to the end


def test_the_picture_names_the_jobs_that_left_users() -> None:
    ax = plots.users_of_jobs(found(), axes())
    tidy = dataclasses.replace(FIRST, users=0)

    assert ax.get_title("left") == "IAM users outlived the jobs first; second left none"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    alone = plots.users_of_jobs(finished_jobs([tidy], [], []), axes())
    assert alone.get_title("left") == "No job left an IAM user behind"
