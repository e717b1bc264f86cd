import pytest

from labkit.display.waiting import wait_until
from labkit.errors import WaitError
from tests.clock import Clock


def test_waiting_ends_when_it_has_happened() -> None:
    clock = Clock()

    wait_until(
        lambda: clock.now >= 3,
        expected=3,
        at_most=10,
        description="it",
        clock=clock,
        sleep=clock.sleep,
    )

    assert 3 <= clock.now < 4


def test_waiting_is_bounded_and_says_what_for() -> None:
    clock = Clock()

    with pytest.raises(WaitError, match=r"waiting for rain \(expected 2 s\)"):
        wait_until(
            lambda: False, expected=2, at_most=5, description="rain", clock=clock, sleep=clock.sleep
        )

    assert 5 <= clock.now < 6


def test_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    wait_until(
        lambda: clock.now >= 2,
        expected=2,
        at_most=5,
        description="lease to expire",
        clock=clock,
        sleep=clock.sleep,
    )

    assert "lease to expire" in capsys.readouterr().err
