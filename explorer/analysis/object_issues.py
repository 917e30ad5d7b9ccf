"""Errors in the labels of boxes: badly located, of another class, and missing; by ObjectLab."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Int64

Float64 = NDArray[np.float64]

_CUT = 0.25 * 0.8
"""`AP_SCALE_FACTOR` times the threshold factors, which are all the same, in `cleanlab.internal.constants`."""


class Boxes(NamedTuple):
    """The boxes of one image.

    Attributes:
        corners: float64 (m, 4): left, top, right, bottom; each with an area.
        classes: int64 (m,).
        confidence: float64 (m,).
    """

    corners: Float64
    classes: Int64
    confidence: Float64


class BoxDoubts(NamedTuple):
    """How doubtful the labels of one image are, 0..1, higher is more likely wrong.

    Attributes:
        location: float64 (labels,), how far each box lies from the detection of its class that it meets.
        other_class: float64 (labels,), how well a sure detection of another class lies where it does.
        missing: float64 (detections,), how far each sure detection is from every label of its class; NaN where it is
            not sure, or meets a label.
    """

    location: Float64
    other_class: Float64
    missing: Float64


def box_doubts(
    labels: Sequence[Boxes], detections: Sequence[Boxes], classes: int, *, sure: float, counts: float
) -> list[BoxDoubts]:
    """Judge the labelled boxes of images by detections, with ObjectLab (Tkachenko, Thyagarajan and Mueller 2023).

    Args:
        labels: ground truth, by image; what confidence it has does not matter.
        detections: by image, as many.
        classes: how many there are.
        sure: confidence from which on a detection may say that a label is of another class, or missing.
        counts: confidence from which on one may say where a box lies.
    """
    from cleanlab.object_detection import rank

    given = [{"bboxes": one.corners, "labels": one.classes} for one in labels]
    orders = [np.argsort(one.classes, kind="stable") for one in detections]
    found = [_by_class(one, order, classes) for one, order in zip(detections, orders, strict=True)]
    sure, counts = (float(np.nextafter(least, -1.0)) for least in (sure, counts))  # ObjectLab asks for more than these
    both = {"labels": given, "predictions": found}
    location = rank.compute_badloc_box_scores(**both, low_probability_threshold=counts)
    other = rank.compute_swap_box_scores(**both, high_probability_threshold=sure)
    missing = rank.compute_overlooked_box_scores(**both, high_probability_threshold=sure)
    return [
        BoxDoubts(1 - a, 1 - b, 1 - c[np.argsort(order, kind="stable")])
        for a, b, c, order in zip(location, other, missing, orders, strict=True)
    ]


def least_doubt(precision: float) -> float:
    """The doubt from which on a box of a class is probably wrong, 0..1, by ObjectLab's own cut.

    A box is as good as its score, 1 less its doubt; it is called wrong where that is at most a fifth (`_CUT`) of the
    average precision of its class, as `cleanlab.object_detection.filter` has it: a detector that is often wrong itself
    must contradict a label more clearly.

    Args:
        precision: COCO's average precision of the class, 0..1; NaN where it has no object.
    """
    return 1.0 if isnan(precision) else 1 - _CUT * precision


def _by_class(boxes: Boxes, order: Int64, classes: int) -> NDArray[np.object_]:
    """Detections as cleanlab takes them: for each class float64 (m, 5), corners and confidence."""
    table = np.column_stack([boxes.corners, boxes.confidence])[order]
    parts = np.split(table, np.searchsorted(boxes.classes[order], np.arange(1, classes)))
    held = np.empty(classes, object)
    held[:] = parts
    return held
