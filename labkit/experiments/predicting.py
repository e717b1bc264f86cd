"""Predictions that are written down before an experiment, and the verdict after it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.evidence.evidence import Evidence
from labkit.evidence.model.predictions import PredictedValue, Prediction
from labkit.parts.arguments import NUMBER, checked
from labkit.parts.gathering import Gathering

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VALUE = (bool, int, float, str)


@dataclass(frozen=True)
class CheckedPrediction:
    """A prediction beside what was observed.

    Args:
        prediction: both values.
    """

    prediction: Prediction

    @property
    def right(self) -> bool:
        """Whether the prediction was right, within its tolerance."""
        return bool(self.prediction.right)

    def __bool__(self) -> bool:
        """Return whether the prediction was right."""
        return self.right

    def __repr__(self) -> str:
        """Return the verdict as a sentence."""
        of = self.prediction
        return (
            f"{'right' if self.right else 'wrong'}: predicted {of.shown(of.predicted)}, "
            f"observed {of.shown(of.observed)}"
        )

    def draw(self, ax: Axes) -> Axes:
        """Draw predicted and observed values; `plots.predictions` draws several verdicts."""
        from labkit.plots.predicted import predictions

        return predictions([self.prediction], ax)


@dataclass
class Predicted:
    """A prediction that waits for its observation.

    Args:
        prediction: what was predicted.
        evidence: keeps it.
        clock: epoch seconds UTC.
    """

    prediction: Prediction
    evidence: Evidence = field(repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    def __repr__(self) -> str:
        """Return the question and the predicted answer."""
        of = self.prediction
        return f"{of.question} Predicted: {of.shown(of.predicted)}"

    @checked(observed=VALUE)
    def verdict(self, observed: PredictedValue) -> CheckedPrediction:
        """Record what was observed, as evidence, and return the verdict.

        Args:
            observed: of the kind that was predicted: a number, a word, or True or False.

        Raises:
            LabError: the observation is of another kind, or was recorded before.
        """
        before = self.prediction
        if before.observed is not None:
            raise LabError(
                f"{before.question} has its verdict: observed {before.shown(before.observed)}. "
                "Write a new prediction with lab.predict() before you observe again."
            )
        if _kind(observed) is not _kind(before.predicted):
            raise LabError(
                f"{before.question} was predicted as {before.predicted!r}, but the observation is "
                f"{observed!r}. Give both as a number, both as words, or both as True or False."
            )
        self.prediction = replace(before, observed=observed, observed_at=self.clock())
        kept = self.evidence.predictions
        kept[next(i for i, one in enumerate(kept) if one is before)] = self.prediction
        return CheckedPrediction(self.prediction)


class Predicting:
    """The predictions of a lab.

    Args:
        gathering: keeps the evidence.
    """

    def __init__(self, gathering: Gathering) -> None:
        self._evidence = gathering.evidence

    @checked(question=str, value=VALUE, unit=str, within=NUMBER)
    def predict(
        self, question: str, value: PredictedValue, *, unit: str = "", within: float = 0.25
    ) -> Predicted:
        """Write down what you expect, before you try; the evidence keeps it.

        Args:
            question: such as "How many IAM users are left?".
            value: your answer: a number, a word, or True or False.
            unit: of a number, such as "s".
            within: the relative tolerance of a number; 0 accepts only the exact number.

        Returns:
            The prediction; `verdict(observed)` compares, and `verdict(...).draw(ax)` draws it.

        Raises:
            LabError: an argument has the wrong type, or `within` is negative.
        """
        if within < 0:
            raise LabError(f"lab.predict: within must be 0 or more, but it is {within}.")
        prediction = Prediction(time.time(), question, value, unit, within)
        self._evidence.predictions.append(prediction)
        return Predicted(prediction, self._evidence)


def _kind(value: PredictedValue) -> type:
    if isinstance(value, bool | str):
        return type(value)
    return float
