"""Signals of objects and of a model's answers, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.boxes import nearest_overlap
from explorer.signals.model import entropy, loss, margin
from explorer.signals.objects import boxes_on, covered, object_area, object_aspect, object_edge, object_overlap

SAMPLES = pd.DataFrame({"width": [100, 50, 10], "height": [100, 20, 10]}, index=["a", "b", "c"])
OBJECTS = pd.DataFrame(
    [("a", 0, 0, 20, 20), ("a", 10, 0, 20, 20), ("a", 60, 60, 40, 20), ("b", 10, 5, 10, 10), ("b", -10, 0, 20, 20)],
    columns=["sample", "x", "y", "width", "height"],
)


def test_objects_are_told_by_image() -> None:
    boxes = boxes_on(SAMPLES, OBJECTS)
    assert object_area(boxes)[:2] == pytest.approx([(400 + 400 + 800) / 3 / 1e4, (100 + 200) / 2 / 1000])
    assert object_aspect(boxes)[:2] == pytest.approx([(1 + 1 + 0.5) / 3, (1 + 0.5) / 2]), "what lies outside is cut off"
    assert object_edge(boxes)[:2] == pytest.approx([0, (0.2 + 0) / 2], abs=1e-6)
    assert object_overlap(boxes)[:2] == pytest.approx([(1 / 3 + 1 / 3 + 0) / 3, 0])
    for of in (object_area, object_aspect, object_edge, object_overlap):
        assert np.isnan(of(boxes)[2]), "an image without objects has none of their numbers"


def test_what_objects_cover_counts_once() -> None:
    assert covered(boxes_on(SAMPLES, OBJECTS)) == pytest.approx([(600 + 800) / 1e4, (200 + 100) / 1000, 0])


def test_the_nearest_is_the_one_that_overlaps_most() -> None:
    sides = np.array([[0, 0, 2, 2], [0, 0, 2, 1], [1, 1, 3, 3], [0, 0, 2, 2]], np.float64)
    assert nearest_overlap(np.array([0, 0, 0, 1]), sides) == pytest.approx([0.5, 0.5, 1 / 7, 0])


def test_margin_entropy_and_loss() -> None:
    given = np.array([[0.7, 0.2, 0.1], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [np.nan] * 3])
    assert margin(given) == pytest.approx([0.5, 1, 0, np.nan], nan_ok=True)
    assert entropy(given)[:3] == pytest.approx([0.80181855, 0, np.log(3)])
    assert np.isnan(entropy(given)[3])
    table = pd.DataFrame(given, columns=["a", "b", "c"])
    assert loss(table, pd.Series(["b", "a", "d", "a"])) == pytest.approx([-np.log(0.2), 0, np.nan, np.nan], nan_ok=True)
    assert loss(table, pd.Series(["b", "b", None, "a"]))[1] == pytest.approx(-np.log(1e-12))
