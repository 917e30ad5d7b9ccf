"""Objects and detections as arrays, and which of them overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX, Float64, overlap, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Bool, Int64


@dataclass(frozen=True)
class Objects:
    """Boxes as arrays, n of them.

    Attributes:
        image: int64 (n,), rows of the samples.
        label: int64 (n,), positions in the classes.
        boxes: float64 (4, n), rows as in `explorer.data.boxes.BOX`.
        area: float64 (n,), square pixels; COCO files may give the area of a mask instead of the box.
    """

    image: Int64
    label: Int64
    boxes: Float64
    area: Float64

    def __len__(self) -> int:
        return len(self.image)


@dataclass(frozen=True)
class Scenes:
    """What there is and what was detected, ready to be matched.

    Attributes:
        classes: names of all classes that occur, sorted.
        images: number of samples.
        truth: the g objects.
        crowd: bool (g,).
        ignore: bool (g,), crowds among them.
        detections: the d detections.
        confidence: float64 (d,), NaN where unknown, which is below all numbers.
    """

    classes: tuple[str, ...]
    images: int
    truth: Objects
    crowd: Bool
    ignore: Bool
    detections: Objects
    confidence: Float64


def scenes(samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> Scenes:
    """Turn the tables of a detection dataset into arrays.

    Args:
        samples: the sample ids to look at, in the order in which equal confidences are told apart.
        ground_truth: columns `sample`, `label`, `area`, `crowd`, `ignore` and a box.
        predictions: columns `sample`, `label`, `confidence` and a box.

    Raises:
        ValueError: there are objects on other samples.
    """
    classes, rows = _labels(ground_truth, predictions), pd.Index(samples)
    confidence = predictions["confidence"].to_numpy(np.float64)
    crowd = ground_truth["crowd"].to_numpy(np.bool_)
    found = _objects(predictions, rows, classes)
    there = _objects(ground_truth, rows, classes, ground_truth["area"].to_numpy(np.float64))
    ignore = crowd | ground_truth["ignore"].to_numpy(np.bool_)
    return Scenes(tuple(classes), len(rows), there, crowd, ignore, found, confidence)


def _labels(ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> pd.Index:
    names = {*ground_truth["label"].unique(), *predictions["label"].unique()}
    index: pd.Index = pd.Index(sorted(names), dtype=object)
    return index


def _objects(table: pd.DataFrame, rows: pd.Index, classes: pd.Index, area: Float64 | None = None) -> Objects:
    boxes = np.ascontiguousarray(table[list(BOX)].to_numpy(np.float64).T)
    image = rows.get_indexer(pd.Index(table["sample"], dtype=object)).astype(np.int64)
    if (image < 0).any():
        raise ValueError("there are objects on other samples than those to look at; leave them out")
    label = classes.get_indexer(pd.Index(table["label"], dtype=object)).astype(np.int64)
    return Objects(image, label, boxes, boxes[2] * boxes[3] if area is None else area)


def overlapping(scenes: Scenes, groups: tuple[Int64, Int64], rows: Int64, least: float) -> tuple[Int64, Int64, Float64]:
    """Find the pairs of a detection and an object in one group that overlap enough.

    Args:
        scenes: the boxes.
        groups: int64 (d,) and (g,), the groups of detections and of objects.
        rows: int64, the detections to pair.
        least: the smallest IoU of a pair.

    Returns:
        Detection rows, object rows and IoUs; the pairs of one detection follow each other, objects ascending.
    """
    by_group = np.argsort(groups[1], kind="stable")
    sorted_groups, wanted = groups[1][by_group], groups[0][rows]
    first = np.searchsorted(sorted_groups, wanted)
    counts = np.searchsorted(sorted_groups, wanted, side="right") - first
    found: list[tuple[Int64, Int64, Float64]] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for part in parts(counts):
        many = counts[part]
        detection = np.repeat(rows[part], many)
        within = np.arange(len(detection)) - np.repeat(np.cumsum(many) - many, many)
        truth = by_group[np.repeat(first[part], many) + within]
        iou = overlap(scenes.detections.boxes[:, detection], scenes.truth.boxes[:, truth], scenes.crowd[truth])
        kept = iou >= least
        found.append((detection[kept], truth[kept], iou[kept]))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))  # type: ignore[return-value]
