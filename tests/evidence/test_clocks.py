from hypothesis import given
from hypothesis import strategies as st

from labkit.evidence.analyse.clocks import lead, shifted
from tests.evidence.pieces import call, issue

ISSUE = issue(user_name="user-a", time=10)


def test_calls_within_the_request_that_caused_them_show_no_difference() -> None:
    assert lead([call("CreateUser", time=10.0)], [ISSUE]) == 0


def test_calls_before_the_request_show_a_clock_that_is_behind() -> None:
    assert round(lead([call("CreateUser", time=8.0)], [ISSUE]), 3) == -2


def test_calls_after_the_answer_show_a_clock_that_is_ahead() -> None:
    assert round(lead([call("CreateUser", time=13.0)], [ISSUE]), 3) == 3


def test_one_slow_call_does_not_move_the_clock_of_many() -> None:
    calls = [call("CreateUser", name, time=10.0) for name in "abc"]
    late = call("CreateAccessKey", "a", time=15.0)
    issues = [issue(name, user_name=f"user-{name}", time=10) for name in "abc"]

    assert lead([*calls, late], issues) == 0


def test_without_an_issue_that_is_joined_nothing_is_known() -> None:
    assert lead([call("CreateUser", "b", time=99)], [ISSUE]) == 0


def test_shifted_calls_have_the_times_of_the_other_clock() -> None:
    [one] = shifted([call("CreateUser", time=13.0)], 3)

    assert one.time == 10


def test_calls_of_others_about_the_same_user_move_nothing() -> None:
    own = [call("CreateUser", time=10.001), call("CreateAccessKey", time=10.003, key="key-a")]
    others = [
        call(action, time=time, by="operator", about="user-a", key="key-x")
        for action in ("CreateAccessKey", "AttachUserPolicy", "PutUserPolicy")
        for time in (5.0, 13.0)
    ]

    request = issue(user_name="user-a", time=10, duration=0.1)

    assert lead([*others[:3], *own, *others[3:]], [request]) == 0


@given(
    offset=st.floats(-100, 100),
    issues=st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 3)), min_size=1, max_size=6),
    meddling=st.lists(st.tuples(st.integers(0, 5), st.floats(-20, 80)), max_size=12),
)
def test_no_effect_stands_before_its_cause(
    offset: float, issues: list[tuple[float, float]], meddling: list[tuple[int, float]]
) -> None:
    requests, calls = [], []
    for number, (start, took) in enumerate(issues):
        name = str(number)
        requests.append(issue(name, user_name=f"user-{name}", time=start, duration=took))
        calls.append(call("CreateUser", name, time=start + took * 0.2 + offset))
        at = start + took * 0.5 + offset
        calls.append(call("CreateAccessKey", name, time=at, key=f"key-{name}"))
    for number, time in meddling:
        calls.append(call("CreateAccessKey", by="operator", about=f"user-{number}", time=time))

    found = shifted(calls, lead(calls, requests))

    for cause in requests:
        effects = [one for one in found if one.target_user == cause.user_name]
        effects = [one for one in effects if (one.principal or "").endswith("vault-root")]
        assert all(one.time >= cause.time - 1e-9 for one in effects)
        assert all(one.time + one.duration <= cause.end + 1e-9 for one in effects)
