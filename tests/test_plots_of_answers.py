"""The pictures of answers, of pairs and of mounts show what they are given, and no more."""

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from labkit import plots
from labkit.plots.style import AWS, BAD, FAINT, GOOD


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def words(ax: Axes) -> str:
    return " ".join(text.get_text() for text in ax.texts)


def colors(ax: Axes) -> list[str]:
    found = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [to_hex(patch.get_facecolor()) for patch in found]


def test_each_use_is_a_mark_in_the_colour_of_its_answer(ax: Axes) -> None:
    answers = {"static key": [(0, "allowed"), (1, "allowed")], "dynamic key": [(2, "AuthFailure")]}

    plots.uses(answers, ax, title="found", moments={"end": 1.5})

    marks = [line for line in ax.lines if line.get_marker() == "|"]
    seen = [(line.get_color(), list(line.get_xdata())) for line in marks]  # type: ignore[arg-type]
    assert [one for one in seen if one[1]] == [(GOOD, [0, 1]), (BAD, [2])]
    assert "end" in words(ax)
    assert ax.get_title("left") == "found"


def test_each_wait_is_as_long_as_it_took_and_tells_the_answer(ax: Axes) -> None:
    plots.waits({"sleep": ("AuthFailure", 1), "probe": ("allowed", 2.5)}, ax, title="", known=2)

    assert [patch.get_width() for patch in ax.patches] == [1, 2.5]  # type: ignore[attr-defined]
    assert colors(ax) == [BAD.lower(), GOOD.lower()]
    assert "AuthFailure" in words(ax)


def test_a_pair_has_a_bar_for_the_lease_and_one_for_the_secret(ax: Axes) -> None:
    pairs = {"iam_user": plots.Pair(3, 3.2, "AuthFailure"), "session": plots.Pair(3, 8)}

    plots.lease_and_secret(pairs, ax, title="", below="the key works", moments={"revoked": 3})

    assert [patch.get_width() for patch in ax.patches] == [3, 3.2, 3, 8]  # type: ignore[attr-defined]
    assert all(word in words(ax) for word in ("AuthFailure", "the key works", "revoked"))


def test_a_new_mount_is_green_and_only_in_the_second_column(ax: Axes) -> None:
    plots.mounts({"sys/"}, {"sys/", "aws/"}, ax, title="")

    old_before, old_after, new_before, new_after = colors(ax)
    assert old_before == old_after
    assert (new_before, new_after) == (FAINT.lower(), GOOD.lower())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["sys/", "aws/"]


def test_permissions_are_coloured_and_worded_by_whether_aws_refused(ax: Axes) -> None:
    refused = {("ec2-only", "CreateUser"): True, ("ec2-only", "DescribeInstances"): False}

    plots.permissions(refused, ax, title="found", words=("needed", "not needed"))

    assert words(ax).split("  ") == ["needed not needed"]
    assert colors(ax) == [to_hex(AWS), to_hex(GOOD)]
