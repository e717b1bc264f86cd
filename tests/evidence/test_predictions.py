"""Predictions are kept before the observation, and judged by it."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from labkit import Lab, LabError
from labkit.evidence.evidence import Evidence
from labkit.evidence.model.predictions import PredictedValue, Prediction
from labkit.experiments.predicting import Predicted
from labkit.plots import predictions


def predicted(value: PredictedValue, *, unit: str = "", within: float = 0.25) -> Predicted:
    evidence = Evidence(predictions=[Prediction(1.0, "How many?", value, unit, within)])
    return Predicted(evidence.predictions[0], evidence, clock=lambda: 2.0)


@pytest.mark.parametrize(
    ("value", "observed", "within", "right"),
    [
        (4, 5, 0.25, True),
        (4, 5, 0, False),
        (5, 5, 0, True),
        (3, 5, 0.25, False),
        (0, 0, 0.25, True),
        (1, 0, 0.25, False),
        (1.0, 1, 0, True),
        (True, True, 0.25, True),
        (True, False, 0.25, False),
        ("DeleteConflict ", "deleteconflict", 0.25, True),
        ("none", "one", 0.25, False),
    ],
)
def test_a_prediction_is_right_within_its_tolerance(
    value: PredictedValue, observed: PredictedValue, within: float, right: bool
) -> None:
    verdict = predicted(value, within=within).verdict(observed)

    assert verdict.right is bool(verdict) is right
    assert repr(verdict).startswith("right" if right else "wrong")


def test_the_prediction_is_evidence_before_and_after_its_verdict(tmp_path: Path) -> None:
    guess = predicted(15, unit="s")
    before = list(guess.evidence.predictions)

    guess.verdict(12)
    guess.evidence.save(tmp_path / "evidence.jsonl")

    assert [one.observed for one in before] == [None]
    [kept] = Evidence.load(tmp_path / "evidence.jsonl").predictions
    assert (kept.predicted, kept.observed, kept.time, kept.observed_at) == (15, 12, 1.0, 2.0)
    assert kept.error == pytest.approx(0.25)


def test_a_second_observation_is_refused() -> None:
    guess = predicted(1)
    guess.verdict(1)

    with pytest.raises(LabError, match="has its verdict: observed 1"):
        guess.verdict(2)


def test_an_observation_of_another_kind_is_refused_and_nothing_is_kept() -> None:
    guess = predicted(1)

    with pytest.raises(LabError, match="predicted as 1, but the observation is 'one'"):
        guess.verdict("one")

    assert guess.evidence.predictions[0].observed is None


def test_the_picture_has_a_row_for_each_and_counts_the_right_ones() -> None:
    found = [
        Prediction(0, "How many leases are left?", 0, observed=1),
        Prediction(0, "How long does it take?", 10, "s", observed=12),
        Prediction(0, "What does AWS answer?", "Throttling", observed="Throttling"),
        Prediction(0, "Does it come back?", predicted=True),
    ]

    ax = predictions(found, Figure().subplots())

    assert ax.get_title("left") == "2 of 3 predictions right"
    assert [label.get_text() for label in ax.get_yticklabels()] == [one.question for one in found]
    words = [text.get_text() for text in ax.texts]
    assert [word for word in words if word in ("right", "wrong", "open")] == [
        "wrong",
        "right",
        "right",
        "open",
    ]
    assert "predicted 10 s\nobserved 12 s" in words


def test_a_verdict_draws_itself() -> None:
    ax = predicted(5).verdict(4).draw(Figure().subplots())

    assert ax.get_title("left") == "1 of 1 prediction right"


@pytest.mark.integration
def test_a_lab_keeps_its_predictions(lab: Lab) -> None:
    guess = lab.predict("Is this kept?", value=True)

    assert lab.evidence.predictions[-1] is guess.prediction
    assert guess.verdict(observed=True).right
    assert lab.evidence.predictions[-1].observed is True
    with pytest.raises(LabError, match="within must be 0 or more"):
        lab.predict("?", 1, within=-1)
    with pytest.raises(LabError, match="value must be bool or int or float or str"):
        lab.predict("?", None)  # type: ignore[arg-type]
