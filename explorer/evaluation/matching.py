"""Which detection finds which object, by the rules of COCO.

Within one image and class the detections choose in order of confidence, each taking the free object that it
overlaps most, if by the IoU threshold at least. Ignored objects (crowds, those marked so, those outside the area
range) are taken only if there is nothing else, and make their detection neither right nor wrong; a crowd may be
taken many times. Source: pycocotools' `COCOeval.evaluateImg` (Lin et al. 2014), with which the result agrees,
ties included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.boxes import runs
from explorer.evaluation.scenes import overlapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64
    from explorer.evaluation.scenes import Objects, Scenes

IOUS = tuple(np.linspace(0.5, 0.95, 10))
"""COCO's IoU thresholds."""

ANY_AREA = (0.0, 1e10)

AREAS = {"all": ANY_AREA, "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""COCO's area ranges in square pixels, both ends included."""

MAX_DETECTIONS = 100
"""Most detections per image and class that COCO looks at."""


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


def match(
    scenes: Scenes,
    ious: Sequence[float] = IOUS,
    areas: Sequence[tuple[float, float]] = (ANY_AREA,),
    max_detections: int | None = None,
    overlapping_pairs: AllPairs | None = None,
) -> Matches:
    """Match detections with objects of the same class.

    Args:
        scenes: what to match.
        ious: the t IoU thresholds.
        areas: the a area ranges; objects outside are ignored, and so are detections outside that found nothing.
        max_detections: of each image and class only so many of the surest detections may find something.
        overlapping_pairs: those that `pairs_of` gives for these scenes, where all detections may find something.

    Returns:
        The matches, in the order of the detections and objects given.
    """
    low, high = np.array(areas).T
    shape = (len(ious), len(low))
    thresholds = np.minimum(np.array(ious), 1 - 1e-10)
    least = thresholds.min()
    if overlapping_pairs and least > 0:  # at 0 also those match that do not overlap
        rank, known = overlapping_pairs.rank, overlapping_pairs.pairs.at_least(least)
    else:
        order, rank = _by_confidence(scenes)
        taking = order if max_detections is None else order[rank[order] < max_detections]
        known = _candidates(scenes, taking, rank, least)
    choosing = _Choosing(
        thresholds,
        scenes.crowd,
        scenes.ignore[:, None] | _outside(scenes.truth.area, low, high),
        np.zeros((len(scenes.truth), *shape), np.bool_),
    )
    matched = np.full((len(rank), *shape), -1, np.int32)
    ignored = np.zeros((len(rank), *shape), np.bool_)
    for pairs in known.rounds():
        rows, found, on_ignored = choosing.choose(pairs)
        matched[rows], ignored[rows] = found, on_ignored
    ignored |= (matched < 0) & _outside(scenes.detections.area, low, high)[:, None, :]
    return Matches(rank, matched, ignored, choosing.ignored)


@dataclass(frozen=True)
class _Choosing:
    """What detections choose from: `least` IoU (t,), `crowd` (g,), `ignored` (g, a), and `taken` (g, t, a) so far."""

    least: Float64
    crowd: Bool
    ignored: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    taken: np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]

    def choose(self, pairs: Pairs) -> tuple[Int64, NDArray[np.int32], NDArray[np.bool_]]:
        """One detection of each image and class chooses among its pairs, and takes what it chose.

        Returns:
            Rows (r,) of the detections, what each found (r, t, a), -1 for nothing, and whether that is ignored.
        """
        n = len(pairs.truth)
        ignored = self.ignored[pairs.truth][:, None, :]
        free = ~self.taken[pairs.truth] | self.crowd[pairs.truth][:, None, None]
        possible = free & (pairs.iou[:, None] >= self.least)[:, :, None]
        # within a detection pairs ascend by IoU, so the best is the last one, any real object before an ignored one
        worth = np.arange(n, dtype=np.int32)[:, None, None] + np.where(ignored, 0, n).astype(np.int32)
        starts = np.flatnonzero(np.diff(pairs.detection, prepend=-1))
        best = np.maximum.reduceat(np.where(possible, worth, np.int32(-1)), starts, axis=0)
        chosen, hit = pairs.truth[best % n], best >= 0
        _, threshold, area = np.nonzero(hit)
        self.taken[chosen[hit], threshold, area] = True
        return pairs.detection[starts], np.where(hit, chosen, -1).astype(np.int32), hit & (best < n)


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

    def at_least(self, iou: float) -> Pairs:
        """Those that overlap so much."""
        kept = self.iou >= iou
        return Pairs(self.detection[kept], self.truth[kept], self.iou[kept], self.rank[kept])

    def rounds(self) -> Iterator[Pairs]:
        """The pairs of the surest detection of every image and class at once, then the second, and so on."""
        for part in runs(self.rank):
            yield Pairs(self.detection[part], self.truth[part], self.iou[part], self.rank[part])


class AllPairs(NamedTuple):
    """What no IoU threshold changes: all pairs that overlap, and int64 (d,) each detection's place among its like."""

    pairs: Pairs
    rank: Int64


def pairs_of(scenes: Scenes) -> AllPairs:
    """All pairs of one image and class that overlap."""
    order, rank = _by_confidence(scenes)
    return AllPairs(_candidates(scenes, order, rank, float(np.nextafter(0, 1))), rank)


def _candidates(scenes: Scenes, rows: Int64, rank: Int64, least: float) -> Pairs:
    """The pairs of one image and class with at least the smallest IoU asked for."""
    groups = (_group(scenes.detections, scenes.images), _group(scenes.truth, scenes.images))
    detection, truth, iou = overlapping(scenes, groups, rows, least)
    order = np.lexsort((truth, iou, detection, rank[detection]))
    detection = detection[order]
    return Pairs(detection, truth[order], iou[order], rank[detection])
