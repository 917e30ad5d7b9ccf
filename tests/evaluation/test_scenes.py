"""Tables become arrays, and the pairs that overlap are those that pycocotools finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from pycocotools import mask as oracle

from explorer.data import boxes as module
from explorer.data.boxes import runs
from explorer.evaluation.scenes import overlapping, scenes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet


def test_each_array_holds_its_column() -> None:
    """Areas of objects are as given, those of detections are of the box; what is a crowd is ignored."""
    box = {"x": [0.0, 5.0], "y": [1.0, 6.0], "width": [2.0, 4.0], "height": [3.0, 5.0]}
    truth = pd.DataFrame({**box, "sample": ["b", "a"], "label": ["dog", "cat"], "area": [6.0, 12.5]}, ["g1", "g2"])
    truth = truth.assign(crowd=[True, False], ignore=[False, False])
    found = pd.DataFrame({**box, "sample": ["b", "b"], "label": ["ant", "dog"], "confidence": [0.5, np.nan]})
    made = scenes(["a", "b"], truth, found)
    assert (made.classes, made.images) == (("ant", "cat", "dog"), 2)
    assert (made.truth.image.tolist(), made.truth.label.tolist()) == ([1, 0], [2, 1])
    assert (made.detections.image.tolist(), made.detections.label.tolist()) == ([1, 1], [0, 2])
    assert made.truth.boxes.tolist() == list(box.values())
    assert (made.truth.area.tolist(), made.detections.area.tolist()) == ([6.0, 12.5], [6.0, 20.0])
    assert (made.crowd.tolist(), made.ignore.tolist()) == ([True, False], [True, False])
    np.testing.assert_array_equal(made.confidence, [0.5, np.nan])


def test_objects_of_other_samples_are_refused_not_mixed_in(random_coco: Callable[..., CocoSet]) -> None:
    samples, truth, found = random_coco(0).tables()
    with pytest.raises(ValueError, match="on other samples"):
        scenes(samples[:5], truth, found)


@pytest.mark.parametrize("at_once", [1, 7, 1 << 21])
@pytest.mark.parametrize("least", [0.1, 0.5])
def test_overlapping_pairs_are_those_of_pycocotools(
    least: float, at_once: int, random_coco: Callable[..., CocoSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pairs are looked at in one go; crowds included."""
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", at_once)
    made = scenes(*random_coco(3).tables())
    rows = np.arange(len(made.detections))[::2]
    detection, truth, iou = overlapping(made, (made.detections.image, made.truth.image), rows, least)
    boxes = (np.ascontiguousarray(each.boxes.T) for each in (made.detections, made.truth))
    every = oracle.iou(*boxes, made.crowd.astype(np.uint8))
    together = made.detections.image[:, None] == made.truth.image
    expected = np.argwhere((every >= least) & together & np.isin(np.arange(len(every)), rows)[:, None])
    assert len(expected) > 20
    assert np.column_stack([detection, truth]).tolist() == expected.tolist()
    np.testing.assert_allclose(iou, every[detection, truth])


def test_nothing_overlaps_nothing(random_coco: Callable[..., CocoSet]) -> None:
    samples, truth, found = random_coco(3, images=8).tables()
    made = scenes(samples, truth.iloc[:0], found)
    groups = made.detections.image, made.truth.image
    assert [len(each) for each in overlapping(made, groups, np.arange(len(found)), 0.1)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("values", "expected"), [([], []), ([4], [(0, 1)]), ([0, 0, 2, 2, 2, 0], [(0, 2), (2, 5), (5, 6)])]
)
def test_runs_are_slices_of_equal_values(values: list[int], expected: list[tuple[int, int]]) -> None:
    assert [(each.start, each.stop) for each in runs(np.array(values, np.int64))] == expected
