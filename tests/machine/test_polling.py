import pytest

from labkit.machine.polling import happens_within, repeating
from tests.clock import Clock


@pytest.mark.parametrize(("after", "within", "came"), [(0, 0, True), (3, 5, True), (6, 5, False)])
def test_it_says_whether_it_has_happened_in_time(after: float, within: float, came: bool) -> None:
    clock = Clock()

    seen = happens_within(within, lambda: clock.now >= after, clock=clock, sleep=clock.sleep)

    assert seen is came
    assert clock.now == pytest.approx(min(after, within), abs=0.2)


def test_it_asks_once_more_when_the_time_is_up() -> None:
    clock, asked = Clock(), []

    def happened() -> bool:
        asked.append(clock.now)
        return clock.now >= 5

    assert happens_within(4, happened, every=5, clock=clock, sleep=clock.sleep)
    assert asked == [0, 5]


def test_an_error_of_the_question_ends_the_wait() -> None:
    def happened() -> bool:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        happens_within(60, happened)


def test_a_repetition_ends_with_its_block() -> None:
    calls: list[int] = []
    with repeating(lambda: calls.append(1), every=0.001):
        assert happens_within(5, lambda: len(calls) > 2)

    after = len(calls)
    assert not happens_within(0.05, lambda: len(calls) > after)
