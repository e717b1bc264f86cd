"""The analysis and the pictures of a workload, from evidence without servers."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from labkit import plots
from labkit.errors import LabError
from labkit.evidence.analyse.workload import END, START, Workload, workload
from labkit.evidence.model.uses import Happening, Use
from labkit.plots.style import AWS, BAD, GOOD
from labkit.servers.aws.api.entry import Entry

BEGIN = 1_700_000_000.0


def call(seconds: float, action: str, user: str, error: str | None = None) -> Entry:
    return Entry(
        time=BEGIN + seconds,
        duration=0.01,
        service="iam",
        action=action,
        region="us-east-1",
        access_key_id=None,
        principal=None,
        target_user=user,
        target_key_id=None,
        status=200,
        error=error,
    )


def user(client: str) -> str:
    return f"vault-approle-workload-{client}-1700000000-AbCdEf"


@pytest.fixture
def found() -> Workload:
    uses = [Use(BEGIN + 1 + n, "steady", "ok") for n in range(8)]
    uses += [Use(BEGIN + 1 + n, "brittle", "ok" if n < 2 else "AuthFailure") for n in range(8)]
    uses += [Use(BEGIN + 9, "brittle", "ConnectionError"), Use(BEGIN - 50, "older", "ok")]
    happenings = [
        Happening(BEGIN - 60, START),
        Happening(BEGIN - 40, END),
        Happening(BEGIN, START),
        Happening(BEGIN + 3, "leases revoked"),
        Happening(BEGIN + 5, "Vault away", 2.0),
        Happening(BEGIN + 10, END),
    ]
    calls = [
        call(-50, "CreateUser", user("steady")),
        call(0.5, "CreateUser", user("steady")),
        call(4.5, "CreateUser", user("steady")),
        call(4.7, "CreateUser", user("steady"), "Throttling"),
        call(0.6, "CreateUser", user("brittle")),
        call(0.7, "CreateUser", "vault-approle-my-ec2-role-1700000000-AbCdEf"),
        call(3.1, "DeleteUser", user("brittle")),
        call(11.0, "DeleteUser", user("steady")),
    ]
    return workload(uses, happenings, calls)


def axes() -> Axes:
    return Figure(figsize=(9, 4)).subplots()


def test_only_the_last_workload_counts(found: Workload) -> None:
    assert found.clients == ["steady", "brittle"]
    assert found.seconds == 10


def test_calls_and_users_are_counted_for_each_client(found: Workload) -> None:
    assert found.failed("brittle") == 7
    assert found.failed("brittle", since=8.5) == 1
    assert found.share_failed("steady") == 0
    assert (found.users("steady"), found.left("steady")) == (2, 2)
    assert (found.users("brittle"), found.left("brittle")) == (1, 0)


def test_the_table_has_a_row_for_each_client(found: Workload) -> None:
    assert found.table.rows == (("steady", "8", "0", "2", "2"), ("brittle", "9", "7", "1", "0"))


def test_ends_of_leases_join_the_events_in_order(found: Workload) -> None:
    names = [event.name for event in found.with_ends({4: "lease ends"}).happenings]

    assert names == ["leases revoked", "lease ends", "Vault away"]


def xs(line: Line2D) -> list[float]:
    return [float(x) for x in np.asarray(line.get_xdata())]


def test_a_call_has_the_colour_of_its_outcome(found: Workload) -> None:
    ax = plots.workload(found, axes())
    marks = [line for line in ax.lines if line.get_marker() == "|" and xs(line)]
    shown = {to_hex(line.get_color()).upper(): len(xs(line)) for line in marks[-3:]}

    assert shown == {GOOD: 2, BAD: 6, AWS: 1}


def test_the_picture_names_clients_events_and_its_finding(found: Workload) -> None:
    ax = plots.workload(found, axes())
    words = [text.get_text() for text in ax.texts]

    assert [label.get_text() for label in ax.get_yticklabels()] == ["steady", "brittle"]
    assert {"leases revoked", "Vault away", "2 users\n0 failed", "1 user\n7 failed"} <= set(words)
    assert "0% of the calls failed for steady, 78% for brittle" in ax.get_title("left")


def test_the_second_picture_has_a_point_for_each_client(found: Workload) -> None:
    ax = plots.failed_and_users(found, axes())

    points = [(round(xs(line)[0]), float(np.asarray(line.get_ydata())[0])) for line in ax.lines]
    assert points == [(0, 2), (78, 1)]
    assert [text.get_text() for text in ax.texts] == ["steady", "brittle"]


def test_no_workload_is_an_error() -> None:
    with pytest.raises(LabError, match="No evidence of any workload"):
        workload([], [], [])
