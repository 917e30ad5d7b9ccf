"""A COCO file without anything odd is read all at once, and one entry after the other it says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer.readers import coco
from explorer.readers.coco_plain import plain

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Dataset


def _files(folder: Path, change: Any = None) -> tuple[Path, Path]:
    """40 boxes on 5 images, one without area and one outside; 60 detections."""
    chance = np.random.default_rng(0)
    for image in range(5):
        Image.new("RGB", (60, 40)).save(folder / f"{image}.png")
    boxes = chance.uniform(0, 20, (100, 4)).round(2).tolist()
    boxes[3], boxes[7] = [5, 5, 0, 9], [90, 5, 4, 4]
    entries = [
        {"image_id": i % 5, "category_id": 1 + i % 2, "bbox": box, "score": i / 100} for i, box in enumerate(boxes)
    ]
    truth = [{**entry, "id": 100 + i, "area": 7.5 + i, "iscrowd": i % 3 == 0} for i, entry in enumerate(entries[:40])]
    if change:
        change(truth)
    content = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 60, "height": 40} for i in range(5)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": truth,
    }
    (folder / "truth.json").write_text(json.dumps(content))
    (folder / "found.json").write_text(json.dumps(entries[40:]))
    return folder / "truth.json", folder / "found.json"


def _read(files: tuple[Path, Path]) -> Dataset:
    return coco.read(files[0], None, [("v1", files[1])])


def _same(one: Dataset, other: Dataset) -> None:
    pd.testing.assert_frame_equal(one.ground_truth, other.ground_truth)
    pd.testing.assert_frame_equal(one.predictions["v1"], other.predictions["v1"])
    assert one.skipped == other.skipped
    assert one.used == other.used


def test_all_at_once_and_one_by_one_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = _files(tmp_path)
    at_once = _read(files)
    assert [one.reason.partition(";")[0] for one in at_once.skipped] == [
        "annotation 103: its box has no area (0 x 9)",
        "annotation 107: its box lies outside the image",
    ]
    monkeypatch.setattr(coco, "plain", lambda *_: None)
    _same(at_once, _read(files))


@pytest.mark.parametrize(
    "odd",
    [
        {"image_id": "1"},
        {"image_id": True},
        {"image_id": 77},
        {"category_id": 9},
        {"category_id": 1.0},
        {"bbox": [1, 2, 3]},
        {"bbox": [1, 2, "3", 4]},
        {"bbox": [1, 2, True, 4]},
        {"bbox": [1, 2, -3, 4]},
        {"bbox": [10**400, 2, 3, 4]},
        {"file_name": "1.png"},
        {"area": None},
        {"id": 100},
        {"id": "7"},
    ],
    ids=str,
)
def test_whatever_is_odd_is_looked_at_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    files = _files(tmp_path, lambda truth: truth[20].update(odd))
    read = _read(files)
    monkeypatch.setattr(coco, "plain", lambda *_: None)
    _same(read, _read(files))


def test_nothing_is_not_plain() -> None:
    assert plain([], {}, {}) is None
    assert plain([{"image_id": 1}], {}, {}) is None
