"""COCO's figures for detections: average precision and recall, precision-recall curves, a table per class.

Definitions and constants are those of pycocotools' `COCOeval.accumulate` and `summarize` (Lin et al. 2014), with
which every figure agrees to 1e-6 where the samples are given in ascending order of COCO's image ids, the order
that decides between equal confidences. Classes without an object to find have no precision and are left out of
every mean (TIDE, in `explorer.evaluation.tide`, counts those that have detections as 0 instead).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.evaluation.matching import AREAS, IOUS, MAX_DETECTIONS, Matches, match
from explorer.evaluation.scenes import Scenes, scenes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool

RECALLS = np.linspace(0, 1, 101)
"""Recall values at which precision is read."""

_AREA_NAMES = tuple(AREAS)
_AREA_LETTERS = {"s": "small", "m": "medium", "l": "large"}
_LIMITS = (1, 10, MAX_DETECTIONS)

_IOU, _RECALL, _CLASS = 0, 1, 2
_TIE = 1e-9
"""By how much a recall may be rounded where it is reached."""


@dataclass(frozen=True)
class DetectionMetrics:
    """Figures at 10 IoU thresholds (`IOUS`), 101 recalls (`RECALLS`), k classes, 4 area ranges (`AREAS`).

    NaN stands where a class has no object to find in an area range.

    Attributes:
        classes: the k names.
        objects: int64 (k,), how many there are to find of each, of any area.
        detections: int64 (k,), how many were made of each.
        precision: float64 (10, 101, k, 4), with at most 100 detections per image and class.
        recall: float64 (10, k, 4, 3), with at most 1, 10 and 100 detections per image and class.
        confidence: float64 (10, 101, k, 4), the confidence at which each recall is reached, 0 where it never is.
    """

    classes: tuple[str, ...]
    objects: np.ndarray[tuple[int], np.dtype[np.int64]]
    detections: np.ndarray[tuple[int], np.dtype[np.int64]]
    precision: Float64
    recall: Float64
    confidence: Float64

    def summary(self) -> dict[str, float]:
        """COCO's twelve figures, by their names there: AP, AP50, AP75, APs, APm, APl, AR1 to AR100, ARs, ARm, ARl.

        NaN (which pycocotools writes as -1) where there is nothing to find.
        """
        areas = {letter: _AREA_NAMES.index(name) for letter, name in _AREA_LETTERS.items()}
        return {
            "AP": _mean(self.precision[..., 0]),
            "AP50": _mean(self.precision[_at(0.5), ..., 0]),
            "AP75": _mean(self.precision[_at(0.75), ..., 0]),
            **{f"AP{letter}": _mean(self.precision[..., area]) for letter, area in areas.items()},
            **{f"AR{limit}": _mean(self.recall[..., 0, i]) for i, limit in enumerate(_LIMITS)},
            **{f"AR{letter}": _mean(self.recall[..., area, -1]) for letter, area in areas.items()},
        }

    def per_class(self) -> pd.DataFrame:
        """One row per class: objects, detections, AP, AP50, AP75, APs, APm, APl and AR100."""
        index = pd.Index(self.classes, name="label", dtype=object)
        over_all = self.precision.mean(axis=(_IOU, _RECALL))
        return pd.DataFrame(
            {
                "objects": self.objects,
                "detections": self.detections,
                "AP": over_all[:, 0],
                "AP50": self.precision[_at(0.5), ..., 0].mean(axis=0),
                "AP75": self.precision[_at(0.75), ..., 0].mean(axis=0),
                **{f"AP{x}": over_all[:, _AREA_NAMES.index(name)] for x, name in _AREA_LETTERS.items()},
                "AR100": self.recall[..., 0, -1].mean(axis=0),
            },
            index,
        )

    def curve(self, label: str | None = None, iou: float = 0.5) -> pd.DataFrame:
        """Precision-recall curve of one class, or the mean over the classes that have objects.

        Args:
            label: a class; None for the mean.
            iou: one of `IOUS`.

        Returns:
            101 rows, columns `recall`, `precision` and, for a class, `confidence`.
        """
        precision = self.precision[_at(iou), ..., 0]
        if label is None:
            known = precision[:, ~np.isnan(precision[0])]
            mean = known.mean(axis=1) if known.size else np.full(len(RECALLS), np.nan)
            return pd.DataFrame({"recall": RECALLS, "precision": mean})
        k = self.classes.index(label)
        confidence = self.confidence[_at(iou), :, k, 0]
        return pd.DataFrame({"recall": RECALLS, "precision": precision[:, k], "confidence": confidence})


def evaluate_detection(
    samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame
) -> DetectionMetrics:
    """Compute COCO's figures for one model.

    Args:
        samples: ids of the samples to look at, in ascending order of COCO's image ids.
        ground_truth: the objects on them; see `scenes`.
        predictions: the model's detections on them.
    """
    arrays = scenes(samples, ground_truth, predictions)
    matches = match(arrays, IOUS, tuple(AREAS.values()), MAX_DETECTIONS)
    k = len(arrays.classes)
    precision = np.full((len(IOUS), len(RECALLS), k, len(AREAS)), np.nan)
    confidence = precision.copy()
    recall = np.full((len(IOUS), k, len(AREAS), len(_LIMITS)), np.nan)
    for label, rows in enumerate(rows_by_class(arrays, matches)):
        rank, sure = matches.rank[rows], np.append(arrays.confidence[rows], 0.0)
        totals = (~matches.truth_ignored[arrays.truth.label == label]).sum(axis=0)
        for area in np.flatnonzero(totals):
            found, counts = matches.truth[rows, :, area] >= 0, ~matches.ignored[rows, :, area]
            for t in range(len(IOUS)):
                right, wrong = found[:, t] & counts[:, t], ~found[:, t] & counts[:, t]
                precision[t, :, label, area], place = interpolated(right, wrong, totals[area])
                confidence[t, :, label, area] = sure[place]
                recall[t, label, area] = [right[rank < limit].sum() / totals[area] for limit in _LIMITS]
    objects = np.bincount(arrays.truth.label[~arrays.ignore], minlength=k)
    detections = np.bincount(arrays.detections.label, minlength=k)
    return DetectionMetrics(arrays.classes, objects, detections, precision, recall, confidence)


def interpolated(right: Bool, wrong: Bool, total: int) -> tuple[Float64, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Precision at the 101 recalls, each the best precision at that recall or a higher one.

    Args:
        right: bool (n,), detections that found an object, the surest first.
        wrong: bool (n,), those that did not; one that is neither does not count.
        total: objects to find, at least 1.

    Returns:
        float64 (101,), 0 where the recall is never reached; and the place of the detection that reaches it, n
        where none does.
    """
    hits, misses = np.cumsum(right), np.cumsum(wrong)
    precision = hits / (hits + misses + np.spacing(1))
    best = np.maximum.accumulate(precision[::-1])[::-1]
    place = np.searchsorted(hits / total, RECALLS)
    return np.append(best, 0.0)[place], place


def mean_precision(right: Float64, wrong: Float64, totals: Float64) -> Float64:
    """Mean over the 101 recalls of what `interpolated` gives, of b weightings of the same n detections.

    Args:
        right: float (b, n), how often each detection counts that found an object, the surest first.
        wrong: float (b, n), how often each that found none.
        totals: float64 (b,), objects to find.

    Returns:
        float64 (b,), NaN where there is no object.
    """
    b, n = right.shape
    hits, misses = (np.cumsum(of, axis=1, dtype=np.float64) for of in (right, wrong))
    best = np.maximum.accumulate((hits / (hits + misses + np.spacing(1)))[:, ::-1], axis=1)[:, ::-1]
    recall = np.divide(hits, totals[:, None], out=np.zeros((b, n)), where=totals[:, None] > 0)
    row = np.arange(b)[:, None]
    # one ascending run of all rows, each between twice its number and that plus one
    place = np.searchsorted((recall + 2 * row).ravel(), (RECALLS - _TIE + 2 * row).ravel()).reshape(b, -1) - n * row
    mean = np.pad(best, ((0, 0), (0, 1)))[row, np.minimum(place, n)].mean(axis=1)
    return np.where(totals > 0, mean, np.nan)


def rows_by_class(arrays: Scenes, matches: Matches) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """For each class its detections that count, the surest first, then in the order of the samples."""
    found = arrays.detections
    order = np.lexsort((found.image, -arrays.confidence, found.label))
    order = order[matches.rank[order] < MAX_DETECTIONS]
    edges = np.searchsorted(found.label[order], np.arange(1, len(arrays.classes)))
    return np.split(order, edges) if arrays.classes else []


def _at(iou: float) -> int:
    return int(np.argmin(np.abs(np.array(IOUS) - iou)))


def _mean(values: Float64) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
