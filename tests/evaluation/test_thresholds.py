"""One matching answers for all thresholds: counts, F1 and costs against scikit-learn and against counting anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, precision_recall_curve

from explorer.evaluation.outcomes import outcomes
from explorer.evaluation.thresholds import Costs, boxes_made, labels_made, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet


def test_precision_and_recall_are_scikit_learns_at_every_threshold() -> None:
    chance = np.random.default_rng(1)
    sure, right = chance.random(500).round(2), chance.random(500) < 0.4
    found = sweep(sure, right, int(right.sum()))
    precision, recall, at = precision_recall_curve(right, sure)
    places = [found.at(threshold) for threshold in at]
    assert found.tp[places] / (found.tp + found.fp)[places] == pytest.approx(precision[:-1])
    assert found.tp[places] / found.total == pytest.approx(recall[:-1])


def test_the_best_threshold_keeps_what_has_the_best_f1_of_all() -> None:
    chance = np.random.default_rng(2)
    sure = chance.random(300).round(3)
    right = chance.random(300) < sure
    found = sweep(sure, right, int(right.sum()))
    best = found.best_f1()
    each = [f1_score(right, sure >= threshold) for threshold in np.unique(sure)]
    assert found.f1[best] == pytest.approx(max(each))
    kept = sure >= found.threshold(best)
    assert f1_score(right, kept) == pytest.approx(max(each))


def test_the_cheapest_threshold_weighs_misses_and_false_alarms() -> None:
    """Right at .9, .7 and .2, wrong at .8 and .3, .25: a miss that costs much keeps all, one that costs little few."""
    sure = np.array([0.9, 0.8, 0.7, 0.3, 0.25, 0.2])
    found = sweep(sure, np.array([True, False, True, False, False, True]), 3)
    assert found.fp.tolist() == [0, 0, 1, 1, 2, 3, 3]
    assert found.fn.tolist() == [3, 2, 2, 1, 1, 1, 0]
    thresholds = [found.threshold(found.cheapest(Costs(1, miss))) for miss in (5, 1.5, 0.5)]
    assert thresholds == [0.0, 0.7, 0.9]
    assert found.threshold(found.cheapest(Costs(1, 0.0))) > 0.8
    nothing = sweep(sure[1:2], np.array([False]), 3)
    assert np.isinf(nothing.threshold(nothing.cheapest(Costs(1, 1))))


@pytest.mark.parametrize("confidence", [0.0, 0.25, 0.5, 0.8])
def test_boxes_are_counted_as_by_matching_them_anew(random_coco: Callable[..., CocoSet], confidence: float) -> None:
    for seed in range(4):
        tables = random_coco(seed).tables()
        found = boxes_made(*tables).sweep()
        place = found.at(confidence)
        anew = outcomes(*tables, confidence=confidence).counts
        assert {"tp": found.tp[place], "fp": found.fp[place], "fn": found.fn[place]} == anew


def test_a_class_has_its_own_counts(random_coco: Callable[..., CocoSet]) -> None:
    made = boxes_made(*random_coco(3).tables())
    of_each = [made.sweep(label) for label in range(len(made.classes))]
    assert sum(one.total for one in of_each) == made.sweep().total
    for confidence in (0.0, 0.45):
        place = made.sweep().at(confidence)
        assert sum(int(one.tp[one.at(confidence)]) for one in of_each) == made.sweep().tp[place]


def test_labels_without_a_prediction_take_no_part_and_predictions_without_confidence_in_no_threshold() -> None:
    labels = pd.Series(["a", "a", "b", None, "b"])
    predicted = pd.Series(["a", "b", "b", "a", None])
    made = labels_made(labels, predicted, pd.Series([0.9, np.nan, 0.6, 0.5, 0.4]))
    assert made.classes == ("a", "b")
    assert made.image.tolist() == [0, 1, 2]
    found = made.sweep()
    assert (found.total, found.tp.tolist(), found.fp.tolist()) == (3, [0, 1, 2], [0, 0, 0])


def test_nothing_predicted_has_one_threshold() -> None:
    found = sweep(np.empty(0), np.empty(0, np.bool_), 4)
    assert (found.tp.tolist(), found.fn.tolist(), found.best_f1()) == ([0], [4], 0)
