"""Detections find the objects that pycocotools says they find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.boxes import BOX
from explorer.evaluation.matching import AREAS, IOUS, Matches, match
from explorer.evaluation.scenes import Scenes, scenes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet

Row = tuple[float, float, float, float]


def _scenes(truth: list[Row], found: list[Row], confidence: list[float], **flags: list[bool]) -> Scenes:
    """One image and one class."""
    there, made = (
        pd.DataFrame(np.array(rows, np.float64).reshape(-1, 4), columns=list(BOX)) for rows in (truth, found)
    )
    for table in (there, made):
        table["sample"] = pd.Series(["i"] * len(table), dtype=object)
        table["label"] = pd.Series(["k"] * len(table), dtype=object)
    there["area"] = there["width"] * there["height"]
    for flag in ("crowd", "ignore"):
        there[flag] = np.array(flags.get(flag, [False] * len(there)), np.bool_)
    made["confidence"] = np.array(confidence, np.float64)
    return scenes(["i"], there, made)


def _found(matches: Matches) -> list[int]:
    found: list[int] = matches.truth[:, 0, 0].tolist()
    return found


def test_the_surest_detection_chooses_first() -> None:
    """A less sure detection that fits better gets what is left."""
    there: list[Row] = [(0, 0, 10, 10), (0, 2, 10, 10)]
    made: list[Row] = [(0, 0, 10, 10), (0, 0.5, 10, 10)]
    assert _found(match(_scenes(there, made, [0.4, 0.9]), [0.5])) == [1, 0]
    assert _found(match(_scenes(there, made, [0.9, 0.4]), [0.5])) == [0, 1]


def test_the_threshold_itself_is_enough() -> None:
    arrays = _scenes([(0, 0, 10, 10)], [(0, 0, 10, 5)], [1.0])
    assert _found(match(arrays, [0.5])) == [0]
    assert _found(match(arrays, [0.5001])) == [-1]


def test_a_crowd_takes_many_detections_and_counts_none() -> None:
    arrays = _scenes([(0, 0, 100, 100)], [(0, 0, 9, 9), (50, 50, 9, 9)], [0.5, 0.5], crowd=[True])
    matches = match(arrays, [0.5])
    assert _found(matches) == [0, 0]
    assert matches.ignored.all()


def test_a_real_object_comes_before_an_ignored_one_that_fits_better() -> None:
    arrays = _scenes([(0, 0, 10, 10), (0, 2, 10, 10)], [(0, 0, 10, 10)], [0.5], ignore=[True, False])
    matches = match(arrays, [0.5])
    assert _found(matches) == [1]
    assert not matches.ignored.any()


def test_only_the_surest_detections_may_find_something() -> None:
    arrays = _scenes([(0, 0, 10, 10)], [(50, 50, 5, 5), (0, 0, 10, 10)], [0.9, 0.5])
    assert _found(match(arrays, [0.5], max_detections=1)) == [-1, -1]


def test_a_detection_of_unknown_confidence_chooses_last() -> None:
    arrays = _scenes([(0, 0, 10, 10)], [(0, 0, 10, 10), (0, 1, 10, 10)], [np.nan, 0.0])
    assert _found(match(arrays, [0.5])) == [-1, 0]


def test_nothing_matches_nothing() -> None:
    assert match(_scenes([], [], []), IOUS).truth.shape == (0, 10, 1)
    assert _found(match(_scenes([], [(0, 0, 1, 1)], [1.0]), [0.5])) == [-1]
    assert match(_scenes([(0, 0, 1, 1)], [], []), IOUS).truth_ignored.tolist() == [[False]]


@pytest.mark.parametrize("seed", range(5))
def test_every_match_is_pycocotools(random_coco: Callable[..., CocoSet], seed: int) -> None:
    """Each detection finds the same object at all thresholds and area ranges, and is ignored alike."""
    files = random_coco(seed)
    matches = match(scenes(*files.tables()), IOUS, tuple(AREAS.values()), 100)
    ranges = [list(limits) for limits in AREAS.values()]
    seen = 0
    for image in filter(None, files.pycocotools().evalImgs):
        area = ranges.index([float(limit) for limit in image["aRng"]])
        rows = np.array(image["dtIds"], int) - 1
        np.testing.assert_array_equal(matches.truth[rows, :, area].T + 1, image["dtMatches"])
        np.testing.assert_array_equal(matches.ignored[rows, :, area].T, image["dtIgnore"])
        seen += len(rows)
    assert seen > 400
