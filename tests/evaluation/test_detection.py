"""COCO's figures are pycocotools' figures, on real and on troublesome random sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.evaluation.detection import RECALLS, evaluate_detection
from explorer.evaluation.matching import AREAS, IOUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet


def _assert_equal(files: CocoSet) -> None:
    ours, theirs = evaluate_detection(*files.tables()), files.pycocotools()
    stats = list(ours.summary().values())
    np.testing.assert_allclose(stats, np.where(theirs.stats == -1, np.nan, theirs.stats), rtol=0, atol=1e-9)
    named = [category["name"] for category in files.truth["categories"]]
    there = [named.index(name) for name in ours.classes]
    for name, axis in (("precision", 2), ("recall", 1)):
        oracle = theirs.eval[name]
        absent = np.delete(oracle, there, axis)
        assert (absent == -1).all(), "a class that neither occurs nor is detected has no figures"
        expected = np.take(oracle, there, axis)
        expected = expected[..., -1] if name == "precision" else expected
        np.testing.assert_allclose(getattr(ours, name), np.where(expected == -1, np.nan, expected), atol=1e-9)
    scores = np.take(theirs.eval["scores"], there, 2)[..., -1]
    np.testing.assert_allclose(ours.confidence, np.where(scores == -1, np.nan, scores))


def test_real_cells_are_as_pycocotools_counts_them(bccd: CocoSet) -> None:
    """Boxes without area count as missed, as there."""
    _assert_equal(bccd)


@pytest.mark.parametrize("seed", range(8))
def test_random_sets_are_as_pycocotools_counts_them(random_coco: Callable[..., CocoSet], seed: int) -> None:
    """Crowds, ignored objects, equal confidences, empty images, classes without objects or without detections."""
    _assert_equal(random_coco(seed))


def test_many_classes_and_single_ones_are_as_pycocotools_counts_them(random_coco: Callable[..., CocoSet]) -> None:
    _assert_equal(random_coco(20, classes=30, images=60))
    _assert_equal(random_coco(21, classes=2, truths=40, found=60))


def test_a_model_that_finds_nothing_has_zero_not_nothing(random_coco: Callable[..., CocoSet]) -> None:
    """An empty results file is more than pycocotools can load, so this is held by hand."""
    files = random_coco(0)._replace(results=[])
    metrics = evaluate_detection(*files.tables())
    assert metrics.summary()["AP"] == 0
    assert metrics.summary()["AR100"] == 0


def test_without_objects_there_are_no_figures(random_coco: Callable[..., CocoSet]) -> None:
    samples, truth, found = random_coco(0).tables()
    metrics = evaluate_detection(samples, truth.iloc[:0], found)
    assert np.isnan(list(metrics.summary().values())).all()
    assert metrics.curve()["precision"].isna().all()


def test_nothing_at_all_has_no_figures(random_coco: Callable[..., CocoSet]) -> None:
    samples, truth, found = random_coco(0).tables()
    metrics = evaluate_detection(samples, truth.iloc[:0], found.iloc[:0])
    assert metrics.per_class().empty
    assert np.isnan(metrics.summary()["AP"])


def test_the_table_and_the_curves_hold_what_the_arrays_hold(random_coco: Callable[..., CocoSet]) -> None:
    files = random_coco(1)
    metrics, (_, truth, found) = evaluate_detection(*files.tables()), files.tables()
    table = metrics.per_class()
    assert table["AP"].mean() == pytest.approx(metrics.summary()["AP"])
    assert table["APs"].mean() == pytest.approx(metrics.summary()["APs"])
    counted = truth[~truth["crowd"] & ~truth["ignore"]]["label"].value_counts()
    assert table["objects"].to_dict() == counted.reindex(table.index, fill_value=0).to_dict()
    assert table["detections"].sum() == len(found)
    for iou in (0.5, 0.75):
        curve = metrics.curve("class 2", iou)
        assert curve["precision"].mean() == pytest.approx(table.loc["class 2", f"AP{round(iou * 100)}"])
        assert metrics.curve(None, iou)["precision"].mean() == pytest.approx(metrics.summary()[f"AP{round(iou * 100)}"])
    assert (len(IOUS), len(RECALLS), len(table), len(AREAS)) == metrics.precision.shape
