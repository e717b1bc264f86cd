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
