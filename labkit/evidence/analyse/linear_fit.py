"""Fit a line to measurements, and predict the next one. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression

from labkit.errors import LabError

ENOUGH = 2  # points that determine a line


@dataclass(frozen=True)
class LinearFit:
    """A straight line: `at(size) = constant + per_lease * size`.

    Args:
        constant: seconds at size 0.
        per_lease: seconds for each further lease.
    """

    constant: float
    per_lease: float

    def at(self, size: float) -> float:
        """Return the seconds that the line predicts for a size."""
        return self.constant + self.per_lease * size


def fit(sizes: Sequence[float], seconds: Sequence[float]) -> LinearFit:
    """Return the line with the least squared error.

    Args:
        sizes: how many leases.
        seconds: what each size took.

    Raises:
        LabError: fewer than two different sizes, or not one measurement for each.
    """
    if len(set(sizes)) < ENOUGH or len(sizes) != len(seconds):
        raise LabError(
            f"Tried to fit a line to {len(sizes)} sizes and {len(seconds)} measurements. "
            "Measure at two different sizes or more."
        )
    slope, intercept = linear_regression(sizes, seconds)
    return LinearFit(intercept, slope)
