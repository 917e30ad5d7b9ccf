"""Classification figures are scikit-learn's, and calibration counts every prediction once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from explorer.evaluation.classification import calibration, confidence_histogram, evaluate_classification, top_k

CLASSES = ["ant", "bee", "cat", "dog"]


def _drawn(seed: int, n: int = 400) -> tuple[list[str], list[str]]:
    """Labels of four classes, and predictions that never say "dog" and sometimes "eel", which is no label."""
    chance = np.random.default_rng(seed)
    labels = chance.choice(CLASSES, n, p=[0.5, 0.3, 0.15, 0.05])
    other = chance.choice(["ant", "bee", "cat", "eel"], n)
    predicted = np.where((chance.uniform(size=n) < 0.6) & (labels != "dog"), labels, other)
    return labels.tolist(), predicted.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_scikit_learns(seed: int) -> None:
    labels, predicted = _drawn(seed)
    ours = evaluate_classification(labels, predicted)
    named = list(ours.classes)
    assert named == [*CLASSES, "eel"]
    assert ours.n == 400
    assert ours.accuracy == pytest.approx(oracle.accuracy_score(labels, predicted))
    assert ours.macro_f1 == pytest.approx(oracle.f1_score(labels, predicted, average="macro"))
    np.testing.assert_array_equal(ours.confusion, oracle.confusion_matrix(labels, predicted, labels=named))
    table = oracle.precision_recall_fscore_support(labels, predicted, labels=named, zero_division=np.nan)
    np.testing.assert_allclose(ours.per_class[["precision", "recall", "f1", "support"]].T, table)
    assert ours.per_class["predicted"].tolist() == [predicted.count(name) for name in named]


def test_samples_without_label_or_prediction_do_not_count() -> None:
    ours = evaluate_classification(["a", None, "b", "b"], ["a", "a", None, "a"])
    assert (ours.n, ours.accuracy) == (2, 0.5)


def test_nothing_known_has_no_figures() -> None:
    ours = evaluate_classification([None], ["a"])
    assert (ours.n, ours.classes) == (0, ())
    assert np.isnan([ours.accuracy, ours.macro_f1]).all()


def test_top_k_is_scikit_learns() -> None:
    """Equal probabilities among them, as rounded ones are."""
    chance = np.random.default_rng(3)
    labels = chance.choice(CLASSES, 300)
    drawn = chance.dirichlet(np.ones(4), 300).round(1)
    found = top_k(labels.tolist(), pd.DataFrame(drawn, columns=CLASSES), (1, 2, 3, 4))
    assert found == {
        k: pytest.approx(oracle.top_k_accuracy_score(labels, drawn, k=k, labels=CLASSES)) for k in (1, 2, 3)
    }


def test_a_label_without_a_probability_is_never_among_the_top() -> None:
    probabilities = pd.DataFrame([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8]], columns=["a", "b"])
    assert top_k(["a", "c", None], probabilities, (1,)) == {1: 0.5}


def test_calibration_is_scikit_learns_curve() -> None:
    chance = np.random.default_rng(4)
    confidence = chance.uniform(0.2, 1, 1000)
    right = chance.uniform(size=1000) < confidence**2
    ours = calibration(confidence, right)
    true, sure = calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    kept = ours.bins[ours.bins["n"] > 0]
    np.testing.assert_allclose(kept["accuracy"], true)
    np.testing.assert_allclose(kept["confidence"], sure)
    assert ours.bins["n"].sum() == 1000
    assert ours.ece == pytest.approx(np.average(np.abs(true - sure), weights=kept["n"]))


def test_calibration_error_by_hand() -> None:
    """Sure of .9 and right half the time, sure of .2 and always wrong: (2 * .4 + 2 * .2) / 4; NaN is left out."""
    confidence = np.array([0.9, 0.9, 0.2, 0.2, np.nan])
    right = np.array([True, False, False, False, True])
    assert calibration(confidence, right).ece == pytest.approx(0.3)


def test_certainty_and_its_opposite_have_a_bin() -> None:
    assert calibration(np.array([0.0, 1.0]), np.array([False, True])).bins["n"].iloc[[0, -1]].tolist() == [1, 1]


def test_no_confidence_has_no_calibration() -> None:
    assert np.isnan(calibration(np.array([np.nan]), np.array([True])).ece)


def test_the_histogram_counts_right_and_wrong_apart() -> None:
    confidence = np.array([0.05, 0.95, 1.0, 0.97, np.nan])
    bins = confidence_histogram(confidence, np.array([False, True, True, False, True]), bins=10)
    assert bins["right"].tolist() == [0] * 9 + [2]
    assert bins["wrong"].tolist() == [1] + [0] * 8 + [1]
