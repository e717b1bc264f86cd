"""The line through measurements, and what it predicts."""

import pytest

from labkit import LabError
from labkit.experiments.storm import fit


def test_a_line_is_found_again() -> None:
    line = fit([250, 500, 1_000], [3.5, 6.0, 11.0])

    assert (line.constant, line.per_lease) == pytest.approx((1.0, 0.01))
    assert line.at(4_000) == pytest.approx(41.0)


def test_errors_of_both_signs_cancel_each_other() -> None:
    assert fit([1, 2, 3, 4], [1.1, 1.9, 2.9, 4.1]).per_lease == pytest.approx(1.0)


@pytest.mark.parametrize(("sizes", "seconds"), [([1, 1], [1, 2]), ([1], [1]), ([1, 2], [1])])
def test_too_few_measurements_are_refused(sizes: list[int], seconds: list[int]) -> None:
    with pytest.raises(LabError, match="two different sizes"):
        fit(sizes, seconds)
