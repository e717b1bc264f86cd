"""Predictions: what somebody expected to see, and what was seen."""

from __future__ import annotations

from dataclasses import dataclass

PredictedValue = bool | int | float | str


@dataclass(frozen=True)
class Prediction:
    """A prediction, and the observation that decides it.

    Args:
        time: when the prediction was made, epoch seconds UTC.
        question: what was asked.
        predicted: the expected answer.
        unit: of a number, such as "s".
        within: the relative tolerance of a number: 0.25 accepts a quarter of the observed value.
        observed: what was seen; None as long as nothing was.
        observed_at: when it was seen, epoch seconds UTC.
    """

    time: float
    question: str
    predicted: PredictedValue
    unit: str = ""
    within: float = 0.25
    observed: PredictedValue | None = None
    observed_at: float | None = None

    @property
    def is_number(self) -> bool:
        """Whether predicted and observed values can be measured against each other."""
        return _is_number(self.predicted) and _is_number(self.observed)

    @property
    def right(self) -> bool | None:
        """Whether the prediction was right; None as long as nothing was observed."""
        if self.observed is None:
            return None
        if not self.is_number:
            return _plain(self.predicted) == _plain(self.observed)
        return abs(self.error or 0.0) <= self.within

    @property
    def error(self) -> float | None:
        """The relative error of a predicted number (0.1 is 10 % too much); None for words."""
        if not self.is_number:
            return None
        predicted, observed = float(self.predicted), float(self.observed or 0)
        if predicted == observed:
            return 0.0
        return (predicted - observed) / abs(observed) if observed else float("inf")

    def shown(self, value: PredictedValue | None) -> str:
        """Return a value in words, with the unit of a number."""
        if value is None:
            return "nothing yet"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            value = f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"  # noqa: PLR2004
        elif isinstance(value, int):
            value = f"{value:,}"
        return f"{value} {self.unit}".strip()


def _is_number(value: PredictedValue | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: PredictedValue) -> PredictedValue:
    """Return words without regard to case and spaces around them."""
    return value.strip().casefold() if isinstance(value, str) else value
