"""Error types are TIDE's: its counts and its costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

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


def test_without_detections_nothing_is_left_to_gain(random_coco: Callable[..., CocoSet]) -> None:
    arrays = scenes(*random_coco(0)._replace(results=[]).tables())
    costs = tide_costs(arrays, tide_errors(arrays))
    assert costs.precision == 0
    assert np.isnan(costs.gains["missed"]), "without them there is nothing to find"
