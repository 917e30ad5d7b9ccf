"""COCO files with every kind of trouble, and what pycocotools says of them."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from explorer.data.boxes import BOX

if TYPE_CHECKING:
    from collections.abc import Callable

BCCD = Path(__file__).parents[2].parent / "shared" / "data" / "bccd"
SIZE = 300


class CocoSet(NamedTuple):
    """Ground truth and results as COCO's files hold them, annotation and category ids from 1."""

    truth: dict[str, Any]
    results: list[dict[str, Any]]

    def tables(self) -> tuple[list[str], pd.DataFrame, pd.DataFrame]:
        """Samples, ground truth and predictions as a reader gives them."""
        names = {category["id"]: category["name"] for category in self.truth["categories"]}
        samples = [str(image["id"]) for image in self.truth["images"]]
        truth, found = (_table(entries, names) for entries in (self.truth["annotations"], self.results))
        truth.index = pd.Index([f"gt:{entry['id']}" for entry in self.truth["annotations"]], dtype=object)
        found.index = pd.Index([f"m:{row}" for row in range(len(found))], dtype=object)
        return samples, truth, found

    def pycocotools(self) -> COCOeval:
        """Evaluate with pycocotools; an ignored object is one outside every area range to it."""
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO()
            truth.dataset = json.loads(json.dumps(self.truth))
            for entry in truth.dataset["annotations"]:
                entry["area"] = 1e11 if entry["ignore"] else entry["area"]
            truth.createIndex()
            evaluation = COCOeval(truth, truth.loadRes(json.loads(json.dumps(self.results))), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return evaluation


def _table(entries: list[dict[str, Any]], names: dict[int, str]) -> pd.DataFrame:
    table = pd.DataFrame(np.array([entry["bbox"] for entry in entries], np.float64).reshape(-1, 4), columns=list(BOX))
    table["sample"] = pd.Series([str(entry["image_id"]) for entry in entries], dtype=object)
    table["label"] = pd.Series([names[entry["category_id"]] for entry in entries], dtype=object)
    table["confidence"] = np.array([entry.get("score", np.nan) for entry in entries], np.float64)
    table["area"] = np.array([entry.get("area", np.nan) for entry in entries], np.float64)
    for flag, key in (("crowd", "iscrowd"), ("ignore", "ignore")):
        table[flag] = np.array([bool(entry.get(key)) for entry in entries], np.bool_)
    return table


@pytest.fixture(scope="session")
def random_coco() -> Callable[..., CocoSet]:
    """Makes a random set from a seed."""
    return _random


def _random(
    seed: int, *, images: int = 25, classes: int = 4, truths: int = 6, found: int = 10, crowds: float = 0.1
) -> CocoSet:
    """A random set: many equal confidences and exact hits, crowds, ignored objects, boxes without area.

    The first image holds nothing and the second more detections of one class than COCO looks at; class 1 has no
    object, the last class no detection.
    """
    chance = np.random.default_rng(seed)
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image in range(2, images + 1):
        boxes = [_box(chance) for _ in range(chance.integers(0, truths + 1))]
        for box in boxes:
            category = int(chance.integers(2, classes + 1))
            kind = chance.uniform()
            flags = {"iscrowd": int(kind < crowds), "ignore": int(crowds <= kind < 2 * crowds)}
            area = box[2] * box[3] * chance.choice([1.0, 0.7])  # as of a mask
            entry = {"id": len(annotations) + 1, "image_id": image, "category_id": category, "bbox": box, "area": area}
            annotations.append(entry | flags)
        for _ in range(150 if image == 2 else chance.integers(0, found + 1)):
            near = boxes[chance.integers(len(boxes))] if boxes and chance.uniform() < 0.7 else _box(chance)
            moved = near if chance.uniform() < 0.1 else [round(v + chance.normal(0, 6), 1) for v in near]
            box = [*moved[:2], *(max(side, 0) for side in moved[2:])]
            category = int(chance.integers(1, classes)) if image > 2 else 2
            score = round(float(chance.uniform()), 1)
            results.append({"image_id": image, "category_id": category, "bbox": box, "score": score})
    truth = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": SIZE, "height": SIZE} for i in range(1, images + 1)],
        "categories": [{"id": k, "name": f"class {k}"} for k in range(1, classes + 1)],
        "annotations": annotations,
    }
    return CocoSet(truth, results)


def _box(chance: np.random.Generator) -> list[float]:
    sides = np.exp(chance.normal(4, 0.8, 2)) * (chance.uniform() > 0.03)
    return [round(float(value), 1) for value in (*chance.uniform(0, SIZE, 2), *sides)]


@pytest.fixture(scope="session")
def bccd() -> CocoSet:
    """The real blood cells, two boxes without area among them."""
    if not BCCD.is_dir():
        pytest.skip("needs the shared blood-cell data beside the repository")
    truth = json.loads((BCCD / "instances.json").read_text())
    for entry in truth["annotations"]:
        entry["ignore"] = 0
    return CocoSet(truth, json.loads((BCCD / "predictions.json").read_text()))
