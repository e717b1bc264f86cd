from dataclasses import replace
from datetime import UTC, datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labkit.evidence.analyse.timeline import Lifetime, lifetimes
from labkit.evidence.model.lease_events import Event
from labkit.plots import finding, lease_lifetimes
from tests.evidence.pieces import call, lease, sample


def axes() -> Axes:
    return Figure().subplots()


def widths(ax: Axes) -> list[list[float]]:
    """Return how long the bars are: IAM users, leases surely alive, leases perhaps alive."""
    return [
        [round(float(path.get_extents().width), 2) for path in bars.get_paths()]
        for bars in ax.collections
    ]


def expired_and_revoked() -> list[Lifetime]:
    events = [
        Event(0, "issue", lease("a")),
        Event(0, "issue", lease("b", expires=7)),
        Event(2, "renew", replace(lease("b"), expire_time=datetime.fromtimestamp(8, UTC))),
        Event(3, "revoke", lease("b", expires=8)),
    ]
    samples = [sample("a", time=5.8), sample("a", time=6.1, alive=False)]
    calls = [call("CreateUser", "a"), call("DeleteUser", "a", time=6.05)]
    calls += [call("CreateUser", "b"), call("DeleteUser", "b", time=3.25)]
    return lifetimes(events, samples, calls)


def test_the_bars_are_as_long_as_what_was_observed() -> None:
    ax = lease_lifetimes(expired_and_revoked(), axes())

    users, surely, perhaps = widths(ax)

    assert users == [6.05, 3.25]
    assert surely == [5.8, 3.0]
    assert perhaps == [0.3, 0.0]


def test_the_words_say_how_each_ended() -> None:
    ax = lease_lifetimes(expired_and_revoked(), axes())

    words = [text.get_text() for text in ax.texts]

    assert "lease expired" in words
    assert "lease revoked" in words
    assert "renewal 1" in words
    assert "IAM user deleted +0.25 s" in words


def test_renewals_too_close_for_words_of_their_own_share_them() -> None:
    [life, _] = expired_and_revoked()
    renewed = replace(life, renewals=(1.0, 1.1, 1.2, 4.0))

    words = [text.get_text() for text in lease_lifetimes([renewed], axes()).texts]

    assert [one for one in words if "renewal" in one] == ["renewals 1-3", "renewal 4"]


def test_the_title_is_the_finding() -> None:
    ax = lease_lifetimes(expired_and_revoked(), axes())

    assert ax.get_title("left") == finding(expired_and_revoked())
    assert finding(expired_and_revoked()).startswith("2 of 2 leases ended")
    assert finding(expired_and_revoked()).endswith("within 0.25 s")


def test_nothing_to_draw_is_no_error() -> None:
    assert finding([]) == "No lease has ended yet"
    assert lease_lifetimes([], axes()).get_title("left") == "No lease has ended yet"


def test_a_lease_that_lives_on_is_drawn_to_the_last_look() -> None:
    living = lifetimes([Event(0, "issue", lease())], [sample(time=4)], [call("CreateUser", time=0)])

    ax = lease_lifetimes(living, axes())

    assert widths(ax) == [[4], [4], [0]]
    assert "IAM user still there" in [text.get_text() for text in ax.texts]


def test_the_ceiling_is_drawn_where_it_is_near_and_named_where_it_is_far() -> None:
    near, far = (
        lifetimes([Event(0, "issue", replace(lease(), max_ttl=most))], [sample(time=5)], [])
        for most in (7, 7200)
    )

    assert "max TTL" in [text.get_text() for text in lease_lifetimes(near, axes()).texts]
    assert "max TTL at 7,200 s →" in [
        text.get_text() for text in lease_lifetimes(far, axes()).texts
    ]


def test_many_leases_are_drawn_without_words_that_would_cover_each_other() -> None:
    events = [Event(n, "issue", lease(str(n), issued=n, expires=n + 6)) for n in range(500)]
    ended = [call("DeleteUser", str(n), time=n + 6.1) for n in range(500)]

    ax = lease_lifetimes(lifetimes(events, [], ended), axes())

    assert [text.get_text() for text in ax.texts] == [
        "lease (Vault)",
        "IAM user (AWS)",
        "planned end",
    ]
    assert len(widths(ax)[1]) == 500
    assert finding(lifetimes(events, [], ended)).startswith("500 of 500 leases ended (500 expired)")
