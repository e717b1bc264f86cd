"""The pictures besides that of the lifetimes, drawn from recorded evidence."""

from collections.abc import Callable

import matplotlib.colors
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from labkit import plots
from labkit.evidence.analyse.latency import Latency
from labkit.evidence.analyse.population import Population
from labkit.evidence.analyse.story import Story
from labkit.evidence.evidence import Evidence
from labkit.evidence.model.uses import Attempt
from labkit.plots.sequence import arrows
from tests.evidence.record import RECORDED


def axes() -> Axes:
    return Figure(figsize=(9, 6)).subplots()


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence.load(RECORDED)


@pytest.fixture(scope="module")
def story(evidence: Evidence) -> Story:
    return evidence.story(evidence.lifetimes()[0].lease_id)


def test_the_diagram_has_an_arrow_for_each_request_and_each_answer(story: Story) -> None:
    asked = [step for step in story.steps if step.target == "Vault" != step.source]

    found = arrows(story)

    assert len(found) == len(story.steps) + len(asked)
    assert [one.time for one in found] == sorted(one.time for one in found)


def test_vaults_answer_comes_after_the_calls_it_made(story: Story) -> None:
    told = [one.words.partition(",")[0] for one in arrows(story)]

    issue = told.index("read aws/creds/my-ec2-role")

    assert told[issue + 1 : issue + 4] == ["CreateUser", "PutUserPolicy", "CreateAccessKey"]
    assert told[issue + 4].startswith("lease …")


def test_the_diagram_names_its_lanes_and_states_a_finding(story: Story) -> None:
    ax = plots.sequence_diagram(story, axes())

    assert {"Application", "Vault", "AWS IAM"} <= set(words(ax))
    assert "Vault made 10 AWS calls in its whole life" in ax.get_title("left")


def test_a_refusal_stands_out_in_the_diagram(story: Story) -> None:
    ax = plots.sequence_diagram(story, axes())

    colors = {text.get_color() for text in ax.texts if "InvalidClientTokenId" in text.get_text()}

    assert colors == {"#D55E00"}


def test_a_story_of_nothing_is_drawn_empty() -> None:
    ax = plots.sequence_diagram(Story(("aws/creds/x/y",), ()), axes())

    assert ax.get_title("left") == "Vault made 0 AWS calls for this credential"


def test_the_matrix_has_a_word_for_each_attempt(evidence: Evidence) -> None:
    ax = plots.who_can_do_what(evidence.attempts, axes())

    told = [word for word in words(ax) if word]

    assert sorted(told) == sorted(one.outcome for one in evidence.attempts)
    assert "16 were allowed, 6 denied by Vault, 6 by AWS" in ax.get_title("left")


def test_the_application_may_only_issue_and_its_key_only_use_ec2(evidence: Evidence) -> None:
    allowed = {(one.identity, one.action) for one in evidence.attempts if one.outcome == "allowed"}

    assert {action for who, action in allowed if who == "application token"} == {
        "issue credentials"
    }
    assert {action for who, action in allowed if who == "dynamic key"} == {
        "EC2 DescribeInstances",
        "STS GetCallerIdentity",
    }


def test_a_cell_that_was_not_tried_stays_blank() -> None:
    attempts = [Attempt("a", "x", "allowed"), Attempt("b", "y", "denied by AWS")]

    ax = plots.who_can_do_what(attempts, axes())

    assert sorted(words(ax)) == ["", "", "allowed", "denied by AWS"]


def test_latency_is_drawn_from_the_last_use_to_the_first_refusal() -> None:
    ax = plots.revocation_latency([Latency("b", 0.02, 0.05), Latency("a", 0.01, 0.03)], axes())

    [spans] = ax.collections
    assert isinstance(spans, LineCollection)
    drawn = [[round(float(x)) for x, _ in segment] for segment in spans.get_segments()]

    assert drawn == [[10, 30], [20, 50]]
    assert ax.get_title("left") == "AWS refused each of 2 revoked keys within 50 ms of the call"
    assert "median 40 ms" in words(ax)


def test_one_line_and_a_gap_are_told_apart() -> None:
    together = plots.population(Population((0, 5), (1, 0), (1, 0)), axes())
    apart = plots.population(Population((0, 5), (1, 0), (1, 1)), axes())

    assert together.get_title("left").startswith("Leases and IAM users are one line")
    assert apart.get_title("left") == "1 IAM user in AWS without a lease in the end"
    assert {"1 IAM user", "0 leases"} <= set(words(apart))


@pytest.mark.parametrize(
    ("draw", "nothing", "title"),
    [
        (plots.revocation_latency, [], "No revoked key was tried"),
        (plots.population, Population((), (), ()), "No lease was issued"),
        (plots.who_can_do_what, [], "Two locks: of 0 requests"),
    ],
)
def test_nothing_to_draw_is_no_error(
    draw: Callable[[object, Axes], Axes], nothing: object, title: str
) -> None:
    assert draw(nothing, axes()).get_title("left").startswith(title)


def test_every_picture_is_dark_on_white_whatever_the_theme(
    evidence: Evidence, story: Story
) -> None:
    drawn = [
        plots.lease_lifetimes(evidence.lifetimes(), axes()),
        plots.sequence_diagram(story, axes()),
        plots.who_can_do_what(evidence.attempts, axes()),
        plots.revocation_latency([Latency("a", 0.01, 0.03)], axes()),
        plots.population(evidence.population(), axes()),
    ]

    for ax in drawn:
        assert matplotlib.colors.to_hex(ax.figure.get_facecolor()) == "#ffffff"
        assert matplotlib.colors.to_hex(ax.get_facecolor()) == "#ffffff"
        assert ax.title.get_color() == "black"
        ax.figure.canvas.draw()
