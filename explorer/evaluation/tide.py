"""Why detections are wrong: TIDE's error types, how many of each there are, and what each costs.

Source: Bolya et al. 2020, "TIDE: A General Toolbox for Identifying Object Detection Errors", with its package's
definitions and order: localisation (IoU with an object of the class between background and found), classification
(found, but another class), duplicate (of an object found by a surer detection), background (overlaps nothing), both
(neither place nor class right); an object not found, and at which no such detection points, is missed. Like the
package, and unlike COCO, the precision here counts a class that has detections but no object as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from explorer.data.boxes import Float64  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.data.records import Bool, Int64  # noqa: TC001
from explorer.evaluation.detection import interpolated
from explorer.evaluation.matching import ANY_AREA, AllPairs, match, pairs_of
from explorer.evaluation.scenes import Scenes, overlapping

ERRORS = ("localisation", "classification", "duplicate", "background", "both", "missed")
"""Names of the error types, in the order in which they are tried."""

LOCALISATION, CLASSIFICATION, DUPLICATE, BACKGROUND, BOTH, MISSED = range(len(ERRORS))
"""Codes of the error types: their places in `ERRORS`."""

NO_ERROR = -1

BACKGROUND_IOU = 0.1
"""A detection that overlaps every object less than this shows background."""


@dataclass(frozen=True)
class TideErrors:
    """Errors of d detections and g objects at one IoU threshold.

    Attributes:
        error: int64 (d,), codes of the error types, `NO_ERROR` where the detection is right.
        matched: int64 (d,), the row of the object found, -1 where none.
        ignored: bool (d,), detections on a crowd or an ignored object. They have an error type, and the package
            counts it, but they do not count as false positives.
        nearest: int64 (d,), the row of the object that was found, or that the error is about, else the one
            overlapped most; -1 where none is overlapped.
        iou: float64 (d,), with that object.
        found: bool (g,), objects that were found.
        missed: int64 (g,), for objects that should have been found and were not the error of the surest detection
            that points at them, `MISSED` where none does; `NO_ERROR` for all others.
    """

    error: Int64
    matched: Int64
    ignored: Bool
    nearest: Int64
    iou: Float64
    found: Bool
    missed: Int64

    def counts(self) -> dict[str, int]:
        """How many errors there are of each type, as TIDE's package counts them."""
        wrong = np.bincount(self.error[self.error >= 0], minlength=len(ERRORS))
        wrong[MISSED] = (self.missed == MISSED).sum()
        return dict(zip(ERRORS, wrong.tolist(), strict=True))


def tide_errors(
    scenes: Scenes, iou: float = 0.5, background: float = BACKGROUND_IOU, overlaps: Overlaps | None = None
) -> TideErrors:
    """Give each wrong detection and each object not found its reason.

    Args:
        scenes: objects and detections; see `explorer.evaluation.scenes.scenes`.
        iou: an object counts as found from this IoU on.
        background: a detection shows background up to this IoU.
        overlaps: those of the scenes, where they are known.
    """
    known = overlaps or Overlaps.of(scenes)
    matches = match(scenes, (iou,), (ANY_AREA,), overlapping_pairs=known.ranked)
    truth, ignored = matches.truth[:, 0, 0].astype(np.int64), matches.ignored[:, 0, 0]
    right = (truth >= 0) & ~ignored
    found = np.zeros(len(scenes.truth), np.bool_)
    found[truth[right]] = True
    same, other, nearest = known.same, known.other, known.nearest
    taken = known.pairs.best(found[known.pairs.truth])
    wrong = [
        ~right & (background <= same.iou) & (same.iou <= iou),
        ~right & (other.iou >= iou),
        ~right & (taken.iou >= iou),
    ]
    error = np.select([right, *wrong, nearest.iou <= background], [NO_ERROR, *range(4)], BOTH)
    about = np.select([right, *wrong], [truth, same.truth, other.truth, taken.truth], nearest.truth)
    matched = known.pairs.best(truth[known.pairs.detection] == known.pairs.truth)
    overlap = np.select([right, *wrong], [matched.iou, same.iou, other.iou, taken.iou], nearest.iou)
    missed = _missed(scenes, found, error, about)
    return TideErrors(error, np.where(right, truth, -1), ignored, about, overlap, found, missed)


def _missed(scenes: Scenes, found: Bool, error: Int64, about: Int64) -> Int64:
    """Reasons of the objects not found; that of the surest detection is written last and stays."""
    reasons = np.full(len(found), MISSED)
    pointing = np.flatnonzero((error == LOCALISATION) | (error == CLASSIFICATION))
    pointing = pointing[np.argsort(-scenes.confidence[pointing], kind="stable")[::-1]]
    reasons[about[pointing]] = error[pointing]
    return np.where(found | scenes.ignore, NO_ERROR, reasons)


class Partner(NamedTuple):
    """An object and the IoU with it, for each detection: int64 and float64 (d,), -1 and 0 where it has none."""

    truth: Int64
    iou: Float64


class _Pairs(NamedTuple):
    """Overlapping pairs on one image, ascending by IoU within a detection; of `detections` in all."""

    detections: int
    detection: Int64
    truth: Int64
    iou: Float64

    def among(self, kept: Bool) -> _Pairs:
        """Some of the pairs."""
        return _Pairs(self.detections, self.detection[kept], self.truth[kept], self.iou[kept])

    def best(self, kept: Bool) -> Partner:
        """Each detection's best partner among some pairs."""
        truth, iou = np.full(self.detections, -1), np.zeros(self.detections)
        truth[self.detection[kept]] = self.truth[kept]  # of several the last stays, which is the best
        iou[self.detection[kept]] = self.iou[kept]
        return Partner(truth, iou)


class Overlaps(NamedTuple):
    """What detections overlap, whatever counts as found.

    Attributes:
        pairs: those of one class with an object that should be found.
        same: the object of its class that each detection overlaps most.
        other: the one of another class.
        nearest: the one of any class.
        ranked: all pairs of one class, in the order in which detections choose.
    """

    pairs: _Pairs
    same: Partner
    other: Partner
    nearest: Partner
    ranked: AllPairs

    @classmethod
    def of(cls, scenes: Scenes) -> Overlaps:
        """The overlaps of scenes."""
        groups = scenes.detections.image, np.where(scenes.ignore, -1, scenes.truth.image)
        rows = np.arange(len(scenes.detections))
        detection, truth, iou = overlapping(scenes, groups, rows, np.nextafter(0, 1))
        order = np.lexsort((truth, iou, detection))  # of equal overlaps the last object is best, as in matching
        pairs = _Pairs(len(rows), detection[order], truth[order], iou[order])
        is_same = scenes.detections.label[pairs.detection] == scenes.truth.label[pairs.truth]
        nearest = pairs.best(np.ones_like(is_same))
        return cls(pairs.among(is_same), pairs.best(is_same), pairs.best(~is_same), nearest, pairs_of(scenes))


@dataclass(frozen=True)
class TideCosts:
    """What errors cost in average precision at the IoU threshold of the errors.

    Attributes:
        precision: average precision, 0..1, mean over classes with objects or detections, NaN if there are none.
        gains: by error type, what it would rise if errors of that type alone were repaired; NaN where nothing
            would be left to find.
    """

    precision: float
    gains: dict[str, float]


def tide_costs(scenes: Scenes, errors: TideErrors) -> TideCosts:
    """Repair one type of error at a time and see how average precision rises.

    Detections of the wrong class or place become right where they are the surest that point at an object not found,
    and vanish otherwise, as do duplicates, background and both; objects missed vanish from what is to be found.
    """
    right, repaired = errors.error == NO_ERROR, _surest_at_each(scenes, errors)
    there = np.bincount(scenes.truth.label[~scenes.ignore], minlength=len(scenes.classes))
    unrepaired = np.lexsort((scenes.detections.image, -scenes.confidence))
    # as in the package, errors come before right detections of the same confidence once anything is repaired
    order = np.lexsort((scenes.detections.image, right, -scenes.confidence))
    precision = _mean_precision(unrepaired[~errors.ignored[unrepaired]], right, scenes.detections.label, there)
    gains = {}
    for code, name in enumerate(ERRORS):
        wrong = errors.error == code
        fixed = wrong & repaired
        label = scenes.detections.label.copy()
        label[fixed] = scenes.truth.label[errors.nearest[fixed]]
        missed = scenes.truth.label[errors.missed == MISSED] if code == MISSED else np.empty(0, np.int64)
        wanted = there - np.bincount(missed, minlength=len(there))
        kept = order[np.where(wrong, fixed, ~errors.ignored)[order]]
        gained = _mean_precision(kept, right | fixed, label, wanted) - precision
        gains[name] = 0.0 if gained < 0 else gained
    return TideCosts(precision, gains)


def _surest_at_each(scenes: Scenes, errors: TideErrors) -> Bool:
    """Which wrong detections are the surest that point at an object nobody found."""
    pointing = np.flatnonzero((errors.error == LOCALISATION) | (errors.error == CLASSIFICATION))
    pointing = pointing[~errors.found[errors.nearest[pointing]]]
    pointing = pointing[np.argsort(-scenes.confidence[pointing], kind="stable")]
    _, first = np.unique(errors.nearest[pointing], return_index=True)
    surest = np.zeros(len(errors.error), np.bool_)
    surest[pointing[first]] = True
    return surest


def _mean_precision(rows: Int64, right: Bool, label: Int64, there: Int64) -> float:
    """Average precision over classes, of detections by falling confidence."""
    each = [
        interpolated(right[mine], ~right[mine], total)[0].mean() if total else 0.0
        for mine, total in ((rows[label[rows] == k], total) for k, total in enumerate(there))
        if len(mine) or total
    ]
    return float(np.mean(each)) if each else float("nan")
