"""Which detection finds which object, by the rules of COCO.

Within one image and class the detections choose in order of confidence, each taking the free object that it
overlaps most, if by the IoU threshold at least. Ignored objects (crowds, those marked so, those outside the area
range) are taken only if there is nothing else, and make their detection neither right nor wrong; a crowd may be
taken many times. Source: pycocotools' `COCOeval.evaluateImg` (Lin et al. 2014), with which the result agrees,
ties included.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.boxes import BOX, Float64, overlap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.records import Bool, Int64

IOUS = tuple(np.linspace(0.5, 0.95, 10))
"""COCO's IoU thresholds."""

ANY_AREA = (0.0, 1e10)

AREAS = {"all": ANY_AREA, "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""COCO's area ranges in square pixels, both ends included."""

MAX_DETECTIONS = 100
"""Most detections per image and class that COCO looks at."""

_PAIRS_AT_ONCE = 1 << 21


@dataclass(frozen=True)
class Objects:
    """Boxes as arrays, n of them.

    Attributes:
        image: int64 (n,), rows of the samples.
        label: int64 (n,), positions in the classes.
        boxes: float64 (4, n), rows as in `explorer.boxes.BOX`.
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


@dataclass(frozen=True)
class Matches:
    """Who found what at t IoU thresholds in a area ranges, for d detections of g objects.

    Attributes:
        rank: int64 (d,), place of each detection by confidence within its image and class, 0 the surest.
        truth: int32 (d, t, a), the row of the object found, -1 where none.
        ignored: bool (d, t, a), detections that count neither as right nor as wrong.
        truth_ignored: bool (g, a), objects that need not be found.
    """

    rank: Int64
    truth: np.ndarray[tuple[int, int, int], np.dtype[np.int32]]
    ignored: np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]
    truth_ignored: np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def scenes(samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> Scenes:
    """Turn the tables of a detection dataset into arrays.

    Args:
        samples: the sample ids to look at, in the order in which equal confidences are told apart; objects of
            other samples are an error.
        ground_truth: columns `sample`, `label`, `area`, `crowd`, `ignore` and a box.
        predictions: columns `sample`, `label`, `confidence` and a box.
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
    label = classes.get_indexer(pd.Index(table["label"], dtype=object)).astype(np.int64)
    return Objects(image, label, boxes, boxes[2] * boxes[3] if area is None else area)


def match(
    scenes: Scenes,
    ious: Sequence[float] = IOUS,
    areas: Sequence[tuple[float, float]] = (ANY_AREA,),
    max_detections: int | None = None,
) -> Matches:
    """Match detections with objects of the same class.

    Args:
        scenes: what to match.
        ious: the t IoU thresholds.
        areas: the a area ranges; objects outside are ignored, and so are detections outside that found nothing.
        max_detections: of each image and class only so many of the surest detections may find something.

    Returns:
        The matches, in the order of the detections and objects given.
    """
    truth, found = scenes.truth, scenes.detections
    order, rank = _by_confidence(scenes)
    taking = order if max_detections is None else order[rank[order] < max_detections]
    pairs = _candidates(scenes, taking, rank, min(ious))
    least = np.minimum(np.array(ious), 1 - 1e-10)
    low, high = np.array(areas).T
    truth_ignored = scenes.ignore[:, None] | _outside(truth.area, low, high)
    shape = (len(least), len(low))
    matched = np.full((len(found), *shape), -1, np.int32)
    ignored = np.zeros((len(found), *shape), np.bool_)
    taken = np.zeros((len(truth), *shape), np.bool_)
    for pair in pairs.rounds():
        there = truth_ignored[pair.truth][:, None, :]
        free = ~taken[pair.truth] | scenes.crowd[pair.truth][:, None, None]
        possible = free & (pair.iou[:, None] >= least)[:, :, None]
        # within a detection pairs ascend by IoU, so the best is the last one, any real object before an ignored one
        worth = np.arange(len(there), dtype=np.int32)[:, None, None] + np.where(there, 0, len(there)).astype(np.int32)
        starts = np.flatnonzero(np.diff(pair.detection, prepend=-1))
        best = np.maximum.reduceat(np.where(possible, worth, np.int32(-1)), starts, axis=0)
        chosen = pair.truth[best % len(there)]
        hit = best >= 0
        rows = pair.detection[starts]
        matched[rows] = np.where(hit, chosen, -1)
        ignored[rows] = hit & (best < len(there))
        _, threshold, area = np.nonzero(hit)
        taken[chosen[hit], threshold, area] = True
    ignored |= (matched < 0) & _outside(found.area, low, high)[:, None, :]
    return Matches(rank, matched, ignored, truth_ignored)


def _outside(area: Float64, low: Float64, high: Float64) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return (area[:, None] < low) | (area[:, None] > high)


def _by_confidence(scenes: Scenes) -> tuple[Int64, Int64]:
    """Detections by class, image and falling confidence, and the place of each one among its like."""
    group = _group(scenes.detections, scenes.images)
    order = np.lexsort((-scenes.confidence, group))
    grouped = group[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(grouped, grouped)
    return order, rank


def _group(objects: Objects, images: int) -> Int64:
    return objects.label * images + objects.image


@dataclass(frozen=True)
class Pairs:
    """Detections and objects that overlap, p of them, by rank, detection, IoU and object.

    Attributes:
        detection: int64 (p,), rows.
        truth: int64 (p,), rows.
        iou: float64 (p,).
        rank: int64 (p,), of the detection.
    """

    detection: Int64
    truth: Int64
    iou: Float64
    rank: Int64

    def rounds(self) -> Iterator[Pairs]:
        """The pairs of the surest detection of every image and class at once, then the second, and so on."""
        for part in runs(self.rank):
            yield Pairs(self.detection[part], self.truth[part], self.iou[part], self.rank[part])


def _candidates(scenes: Scenes, rows: Int64, rank: Int64, least: float) -> Pairs:
    """The pairs of one image and class with at least the smallest IoU asked for."""
    groups = (_group(scenes.detections, scenes.images), _group(scenes.truth, scenes.images))
    detection, truth, iou = overlapping(scenes, groups, rows, min(least, 1 - 1e-10))
    order = np.lexsort((truth, iou, detection, rank[detection]))
    detection = detection[order]
    return Pairs(detection, truth[order], iou[order], rank[detection])


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
    for part in _parts(counts):
        many = counts[part]
        detection = np.repeat(rows[part], many)
        within = np.arange(len(detection)) - np.repeat(np.cumsum(many) - many, many)
        truth = by_group[np.repeat(first[part], many) + within]
        iou = overlap(scenes.detections.boxes[:, detection], scenes.truth.boxes[:, truth], scenes.crowd[truth])
        kept = iou >= least
        found.append((detection[kept], truth[kept], iou[kept]))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


def _parts(counts: Int64) -> Iterator[slice]:
    """Slices of detections with a bounded number of pairs each, so that crowded images need no more memory."""
    return runs(np.cumsum(counts) // _PAIRS_AT_ONCE)


def runs(values: Int64) -> Iterator[slice]:
    """Slices of equal values, none of them negative, that follow each other."""
    edges = np.flatnonzero(np.diff(values, prepend=-1, append=-1))
    yield from (slice(start, stop) for start, stop in pairwise(edges))
