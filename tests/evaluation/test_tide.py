"""Error types are TIDE's: its counts, its costs, and cases worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from explorer.data.boxes import BOX
from explorer.evaluation.outcomes import Outcomes, outcomes
from explorer.evaluation.scenes import scenes
from explorer.evaluation.tide import tide_costs, tide_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evaluation.conftest import CocoSet

NAMES = {
    "Loc": "localisation",
    "Cls": "classification",
    "Dupe": "duplicate",
    "Bkg": "background",
    "Both": "both",
    "Miss": "missed",
}


def _tidecv(files: CocoSet, iou: float) -> tuple[dict[str, int], float, dict[str, float]]:
    """Counts, precision and gains of TIDE's own package."""
    tidecv: Any = pytest.importorskip("tidecv", reason="needs TIDE's package: pip install tidecv")
    truth, found = tidecv.Data("truth", max_dets=10**9), tidecv.Data("found")
    for image in files.truth["images"]:
        truth.add_image(image["id"], image["file_name"])
    for entry in files.truth["annotations"]:
        add = truth.add_ignore_region if entry["iscrowd"] else truth.add_ground_truth
        add(entry["image_id"], entry["category_id"], entry["bbox"])
    for entry in files.results:
        found.add_detection(entry["image_id"], entry["category_id"], entry["score"], entry["bbox"])
    run = tidecv.TIDE(iou).evaluate(truth, found, mode=tidecv.TIDE.BOX)
    counts = {NAMES[error.short_name]: count for error, count in run.count_errors().items()}
    return counts, run.ap / 100, {NAMES[error.short_name]: gain / 100 for error, gain in run.fix_main_errors().items()}


def _assert_equal(files: CocoSet, iou: float) -> None:
    counts, precision, gains = _tidecv(files, iou)
    arrays = scenes(*files.tables())
    errors = tide_errors(arrays, iou)
    assert errors.counts() == counts
    costs = tide_costs(arrays, errors)
    assert costs.precision == pytest.approx(precision, abs=1e-9)
    assert costs.gains == pytest.approx(gains, abs=1e-9)


@pytest.mark.parametrize("iou", [0.5, 0.75])
def test_real_cells_are_as_tide_counts_them(bccd: CocoSet, iou: float) -> None:
    _assert_equal(bccd, iou)


@pytest.mark.parametrize("seed", range(6))
def test_random_sets_are_as_tide_counts_them(random_coco: Callable[..., CocoSet], seed: int) -> None:
    """Classes with only false positives count as precision 0, as in the package and unlike COCO."""
    _assert_equal(random_coco(seed, crowds=0), 0.5)


def test_objects_drawn_twice_are_as_tide_counts_them(random_coco: Callable[..., CocoSet]) -> None:
    """Equal boxes are overlapped equally; which of them is found must not change a count."""
    files = random_coco(7, crowds=0, truths=12)
    annotations = files.truth["annotations"]
    annotations += [{**entry, "id": len(annotations) + row} for row, entry in enumerate(annotations[::2], start=1)]
    _assert_equal(files, 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_errors_on_crowds_are_counted_as_tide_counts_them(random_coco: Callable[..., CocoSet], seed: int) -> None:
    """The package gives detections on a crowd an error type, although they are no false positives."""
    files = random_coco(seed, crowds=0.2)
    files.truth["annotations"][:] = [entry for entry in files.truth["annotations"] if not entry["ignore"]]
    counts, _, _ = _tidecv(files, 0.5)
    assert tide_errors(scenes(*files.tables())).counts() == counts


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
    arrays = scenes(["image"], TRUTH, TRUTH.iloc[:0])
    costs = tide_costs(arrays, tide_errors(arrays))
    assert costs.precision == 0
    assert np.isnan(costs.gains["missed"]), "without them there is nothing to find"
