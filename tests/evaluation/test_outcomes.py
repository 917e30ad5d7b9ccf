"""Every detection and every object is told what became of it: cases worked by hand, and pycocotools' verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.boxes import BOX
from explorer.evaluation.outcomes import Outcomes, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet


def _table(rows: list[tuple[str, str, float, float, float]]) -> pd.DataFrame:
    """Boxes 10 high from (id, label, x, width, confidence)."""
    table = pd.DataFrame(rows, columns=["id", "label", "x", "width", "confidence"]).set_index("id")
    table["sample"] = "image"
    table["y"], table["height"] = 0.0, 10.0
    table["area"] = table["width"] * 10.0
    table["crowd"] = table["ignore"] = False
    return table.astype({"label": object, "sample": object, **dict.fromkeys(BOX, np.float64)})


TRUTH = _table(
    [("g1", "cat", 0, 10, 0), ("g2", "dog", 100, 10, 0), ("g3", "cat", 200, 10, 0), ("g4", "cat", 300, 10, 0)]
)


def _judge(*found: tuple[str, str, float, float, float], **options: float) -> Outcomes:
    return outcomes(["image"], TRUTH, _table(list(found)), **options)


@pytest.mark.parametrize(
    ("label", "x", "width", "error", "nearest", "iou"),
    [
        ("cat", 1, 10, None, "g1", 9 / 11),
        ("cat", 0, 4, "localisation", "g1", 0.4),
        ("dog", 0, 10, "classification", "g1", 1.0),
        ("dog", 0, 4, "both", "g1", 0.4),
        ("cat", 50, 10, "background", None, 0.0),
        ("cat", 9.5, 10, "background", "g1", 0.5 / 19.5),
    ],
)
def test_each_reason_by_hand(label: str, x: float, width: float, error: str | None, nearest: str, iou: float) -> None:
    found = _judge(("d", label, x, width, 0.9)).detections.loc["d"]
    assert (found["outcome"], found["error"]) == ("fp" if error else "tp", error)
    assert found["matched"] == (None if error else "g1")
    assert (found["nearest"], found["iou"]) == (nearest, pytest.approx(iou))


def test_the_less_sure_of_two_good_detections_is_the_duplicate() -> None:
    judged = _judge(("low", "cat", 0, 10, 0.3), ("high", "cat", 1, 10, 0.8))
    assert judged.detections["outcome"].to_dict() == {"low": "fp", "high": "tp"}
    assert list(judged.detections.loc["low", ["error", "nearest"]]) == ["duplicate", "g1"]
    assert list(judged.ground_truth.loc["g1", ["matched", "confidence"]]) == ["high", 0.8]


def test_an_object_not_found_says_why() -> None:
    """Missed only where no detection points at it; of several that do, the surest gives the reason."""
    judged = _judge(("a", "cat", 101, 10, 0.2), ("b", "dog", 100, 4, 0.9), ("c", "cat", 200, 4, 0.5))
    assert judged.ground_truth["outcome"].tolist() == ["fn"] * 4
    assert judged.ground_truth["error"].tolist() == ["missed", "localisation", "localisation", "missed"]
    assert judged.errors["missed"] == 2
    assert judged.counts == {"tp": 0, "fp": 3, "fn": 4}


def test_detections_below_the_threshold_are_left_out_and_free_their_object() -> None:
    found = [("sure", "cat", 0.0, 4.0, 0.9), ("unsure", "cat", 0.0, 10.0, 0.2), ("unknown", "cat", 200.0, 10.0, np.nan)]
    judged = _judge(*found, confidence=0.5)
    assert judged.detections["outcome"].tolist() == ["fp", None, "tp"]
    assert judged.detections["iou"].isna().tolist() == [False, True, False]
    assert judged.ground_truth["outcome"].tolist() == ["fn", "fn", "tp", "fn"]


def test_a_stricter_iou_turns_a_hit_into_bad_localisation() -> None:
    assert _judge(("d", "cat", 1, 10, 0.9), iou=0.9).detections.loc["d", "error"] == "localisation"


def test_ignored_objects_and_what_is_on_them_are_neither_right_nor_wrong() -> None:
    truth = TRUTH.assign(crowd=[True, False, False, False], ignore=[True, False, False, False])
    judged = outcomes(["image"], truth, _table([("d", "cat", 0, 10, 0.9)]))
    assert list(judged.detections.loc["d", ["outcome", "error"]]) == ["ignored", None]
    assert list(judged.ground_truth.loc["g1", ["outcome", "error"]]) == ["ignored", None]
    assert judged.counts == {"tp": 0, "fp": 0, "fn": 3}


def test_without_objects_everything_is_background() -> None:
    judged = outcomes(["image"], TRUTH.iloc[:0], _table([("d", "cat", 0, 10, 0.9)]))
    assert judged.detections["error"].tolist() == ["background"]
    assert judged.ground_truth.empty


def test_without_detections_everything_is_missed() -> None:
    judged = outcomes(["image"], TRUTH, _table([("d", "cat", 0, 10, 0.9)]).iloc[:0])
    assert judged.ground_truth["error"].tolist() == ["missed"] * 4


@pytest.mark.parametrize("seed", range(3))
def test_random_sets_are_judged_as_pycocotools_judges_them(random_coco: Callable[..., CocoSet], seed: int) -> None:
    """But for the second image, which has more detections than it looks at."""
    files = random_coco(seed)
    judged = outcomes(*files.tables())
    seen = 0
    for image in filter(None, files.pycocotools().evalImgs):
        if image["aRng"] != [0, 1e10] or image["image_id"] == 2:
            continue
        found = judged.detections.loc[[f"m:{each - 1}" for each in image["dtIds"]]]
        matched, ignored = image["dtMatches"][0].astype(int), image["dtIgnore"][0]
        expected = np.select([ignored, matched > 0], ["ignored", "tp"], "fp")
        assert found["outcome"].tolist() == expected.tolist()
        assert found["matched"].tolist() == [
            f"gt:{each}" if outcome == "tp" else None for each, outcome in zip(matched, expected, strict=True)
        ]
        objects = judged.ground_truth.loc[[f"gt:{each}" for each in image["gtIds"]]]
        hit, spared = image["gtMatches"][0].astype(int), image["gtIgnore"].astype(bool)
        assert objects["outcome"].tolist() == np.select([spared, hit > 0], ["ignored", "tp"], "fn").tolist()
        seen += len(found)
    assert seen > 50
