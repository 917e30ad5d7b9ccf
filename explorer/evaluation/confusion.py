"""What objects are taken for: a confusion matrix of boxes, at any confidence threshold, from one matching.

On the diagonal stands what COCO's matching finds, class by class, so that the matrix agrees with every other count.
What is left over is put together across classes: each wrong detection, the surest first, with the free object that it
overlaps most, by the IoU threshold at least. Objects without any are missed, detections without any false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.evaluation.matching import match
from explorer.evaluation.scenes import overlapping, scenes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64
    from explorer.evaluation.scenes import Scenes

MISSED, FALSE_ALARM = "(missed)", "(false alarm)"
"""What stands for no detection among what is predicted, and for no object among what is labelled."""


class Taken(NamedTuple):
    """What became of each of g objects and d detections at one threshold; k stands for nothing, -1 for not counted.

    Attributes:
        predicted: int64 (g,), the class that each object is taken for, k where it is missed, -1 where it is ignored.
        labelled: int64 (d,), the class of the object that each detection is about, k for a false alarm, -1 where it is
            ignored or below the threshold.
    """

    predicted: Int64
    labelled: Int64


@dataclass(frozen=True, eq=False)
class Confusion:
    """One matching of a model's detections, for all thresholds.

    Attributes:
        classes: the k names.
        label: int64 (g,), of the objects.
        made: int64 (d,), the class of each detection.
        sure: float64 (d,), confidence; infinite where unknown, as such detections always count.
        found: int64 (d,), the object that each found, -1 where none.
        ignored: bool (d,), detections that count neither as right nor as wrong.
        truth_ignored: bool (g,), objects that need not be found.
        pairs: int64 (p, 2), detections and objects of other classes that overlap enough, the surest and best first.
    """

    classes: tuple[str, ...]
    label: Int64
    made: Int64
    sure: Float64
    found: Int64
    ignored: Bool
    truth_ignored: Bool
    pairs: Int64

    def at(self, confidence: float) -> Taken:
        """What becomes of objects and detections where those below a confidence do not count."""
        none = len(self.classes)
        kept = (self.sure >= confidence) & ~self.ignored
        predicted = np.where(self.truth_ignored, -1, none)
        labelled = np.where(kept, none, -1)
        right = np.flatnonzero(kept & (self.found >= 0))
        predicted[self.found[right]] = labelled[right] = self.made[right]
        for detection, truth in self.pairs[kept[self.pairs[:, 0]]].tolist():
            if labelled[detection] == none and predicted[truth] == none:
                predicted[truth], labelled[detection] = self.made[detection], self.label[truth]
        return Taken(predicted, labelled)

    def counts(self, taken: Taken) -> Int64:
        """How many objects of each class (rows) are taken for each (columns), int64 (k + 1, k + 1).

        The last row are false alarms by their class, the last column is what was missed.
        """
        k = len(self.classes) + 1
        counted = taken.predicted >= 0
        cells = np.bincount(self.label[counted] * k + taken.predicted[counted], minlength=k * k).reshape(k, k)
        cells[-1, :-1] = np.bincount(self.made[taken.labelled == k - 1], minlength=k - 1)
        return cells


def confusion(
    samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame, *, iou: float = 0.5
) -> Confusion:
    """Match a model's detections once; see `explorer.evaluation.scenes.scenes` for the tables."""
    arrays = scenes(samples, ground_truth, predictions)
    matches = match(arrays, (iou,))
    found, ignored = matches.truth[:, 0, 0].astype(np.int64), matches.ignored[:, 0, 0]
    sure = np.where(np.isnan(arrays.confidence), np.inf, arrays.confidence)
    return Confusion(
        arrays.classes,
        arrays.truth.label,
        arrays.detections.label,
        sure,
        np.where(ignored, -1, found),
        ignored,
        arrays.ignore,
        _pairs(arrays, np.flatnonzero((found < 0) & ~ignored), sure, iou),
    )


def _pairs(arrays: Scenes, wrong: Int64, sure: Float64, iou: float) -> Int64:
    """Wrong detections with the objects of other classes that they overlap enough."""
    on_image = arrays.detections.image, arrays.truth.image
    detection, truth, overlap = overlapping(arrays, on_image, wrong, iou)
    other = (arrays.detections.label[detection] != arrays.truth.label[truth]) & ~arrays.ignore[truth]
    detection, truth, overlap = detection[other], truth[other], overlap[other]
    order = np.lexsort((truth, -overlap, detection, -sure[detection]))
    return np.column_stack([detection[order], truth[order]])
