"""What becomes of a model's counts from one confidence threshold to another, and which threshold is best.

What is predicted above a threshold is right or wrong whatever lies below it: detections choose their objects in order
of confidence. So one matching answers for all thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.evaluation.matching import match
from explorer.evaluation.scenes import scenes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64

_DECIMALS = range(2, 17)


class Made(NamedTuple):
    """What a model made of k classes, and what there was to find.

    Attributes:
        classes: the k names, sorted.
        label: int64 (d,), the class that each prediction is of.
        sure: float64 (d,), its confidence; NaN where unknown.
        right: bool (d,).
        image: int64 (d,), the place of its image.
        there: int64 (g,), the class of each thing to find.
        there_on: int64 (g,), the place of its image.
    """

    classes: tuple[str, ...]
    label: Int64
    sure: Float64
    right: Bool
    image: Int64
    there: Int64
    there_on: Int64

    def sweep(self, label: int | None = None) -> Sweep:
        """Counts at every threshold, of one class or of all."""
        if label is None:
            return sweep(self.sure, self.right, len(self.there))
        mine = self.label == label
        return sweep(self.sure[mine], self.right[mine], int((self.there == label).sum()))


def boxes_made(
    samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame, *, iou: float = 0.5
) -> Made:
    """Detections that are right or wrong, and the objects to find; see `explorer.evaluation.scenes.scenes`."""
    arrays = scenes(samples, ground_truth, predictions)
    matches = match(arrays, (iou,))
    counts, wanted = ~matches.ignored[:, 0, 0], ~arrays.ignore
    found, there = arrays.detections, arrays.truth
    right = matches.truth[counts, 0, 0] >= 0
    made = (found.label[counts], arrays.confidence[counts], right, found.image[counts])
    return Made(arrays.classes, *made, there.label[wanted], there.image[wanted])


def labels_made(labels: pd.Series, predicted: pd.Series, confidence: pd.Series) -> Made:
    """Predictions of one class each, on the samples whose label is known too; all three in the same order."""
    known = np.flatnonzero(labels.notna().to_numpy() & predicted.notna().to_numpy())
    said, made = (column.iloc[known].astype(str) for column in (labels, predicted))
    classes = pd.Index(sorted({*said, *made}), dtype=object)
    there, label = (np.asarray(classes.get_indexer(pd.Index(of, dtype=object)), np.int64) for of in (said, made))
    sure = confidence.iloc[known].to_numpy(np.float64, na_value=np.nan)
    return Made(tuple(classes), label, sure, there == label, known, there, known)


class Costs(NamedTuple):
    """What a false alarm costs, and what a miss does, in any unit."""

    false_alarm: float = 1.0
    miss: float = 1.0


@dataclass(frozen=True, eq=False)
class Sweep:
    """Counts at m thresholds, from above everything down to where all is kept.

    Attributes:
        sure: float64 (m - 1,), distinct confidences, falling; the first threshold is above them all.
        tp: int64 (m,), what is right among what is kept.
        fp: int64 (m,), what is not.
        total: what there is to find.
    """

    sure: Float64
    tp: Int64
    fp: Int64
    total: int

    @property
    def fn(self) -> Int64:
        """What is not found, int64 (m,)."""
        return self.total - self.tp

    @property
    def f1(self) -> Float64:
        """float64 (m,), 0 where there is nothing to find and nothing was made."""
        return np.asarray(2 * self.tp / np.maximum(self.tp + self.fp + self.total, 1), np.float64)

    def cost(self, costs: Costs) -> Float64:
        """What the errors cost, float64 (m,)."""
        return costs.false_alarm * self.fp + costs.miss * self.fn

    def threshold(self, place: int) -> float:
        """The confidence from which on is kept what is kept at a place: of those that do, one with few decimals.

        0 where all is kept, infinite where nothing is.
        """
        if place == 0:
            return float("inf")
        if place == len(self.sure):
            return 0.0
        return _rounded(self.sure[place], self.sure[place - 1])

    def at(self, confidence: float) -> int:
        """The place of a threshold: what is at least as sure is kept."""
        return int(np.searchsorted(-self.sure, -confidence, side="right"))

    def best_f1(self) -> int:
        """The place at which F1 is best; of equally good ones the lowest threshold."""
        return len(self.tp) - 1 - int(np.argmax(self.f1[::-1]))

    def cheapest(self, costs: Costs) -> int:
        """The place at which the errors cost least; of equally good ones the lowest threshold."""
        return len(self.tp) - 1 - int(np.argmin(self.cost(costs)[::-1]))


def sweep(sure: Float64, right: Bool, total: int) -> Sweep:
    """Count what is kept at every threshold.

    Args:
        sure: float64 (d,), confidences; what has none takes no part.
        right: bool (d,).
        total: what there is to find.
    """
    known = ~np.isnan(sure)
    order = np.argsort(-sure[known], kind="stable")
    sure, right = sure[known][order], right[known][order]
    last = np.flatnonzero(np.append(sure[:-1] != sure[1:], True)[: len(sure)])
    hits = np.cumsum(right)[last]
    tp, made = np.append(0, hits), np.append(0, last + 1)
    return Sweep(sure[last], tp.astype(np.int64), (made - tp).astype(np.int64), total)


def _rounded(above: float, upto: float) -> float:
    """The number above one and up to another that has the fewest decimals, two at least."""
    shorter = (round(floor(upto * 10**decimals) / 10**decimals, decimals) for decimals in _DECIMALS)
    return next((number for number in shorter if above < number <= upto), float(upto))
