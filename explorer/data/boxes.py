"""Boxes of a detection dataset: which columns they have, and how much two of them overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Bool

Float64 = NDArray[np.float64]

BOX = ("x", "y", "width", "height")
"""Columns of a box: absolute pixels, float64, from the top left corner of the image."""


def with_margin(box: Sequence[float], margin: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a box (x, y, width, height) with this share of its size around it."""
    x, y, width, height = box
    return x - margin * width, y - margin * height, x + (1 + margin) * width, y + (1 + margin) * height


def overlap(first: Float64, second: Float64, crowd: Bool) -> Float64:
    """Intersection over union, pair by pair, as pycocotools computes it for boxes.

    Args:
        first: float64 (4, n), rows as in `BOX`: the detections.
        second: float64 (4, n): the ground truth.
        crowd: bool (n,); against a crowd the intersection is divided by the detection's area alone.

    Returns:
        float64 (n,), 0 where the boxes share no area.
    """
    width = np.minimum(first[0] + first[2], second[0] + second[2]) - np.maximum(first[0], second[0])
    height = np.minimum(first[1] + first[3], second[1] + second[3]) - np.maximum(first[1], second[1])
    shared = np.where((width > 0) & (height > 0), width * height, 0.0)
    area = first[2] * first[3]
    union = np.where(crowd, area, area + second[2] * second[3] - shared)
    iou: Float64 = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return iou


def nearest_overlap(image: NDArray[np.int64], sides: Float64) -> Float64:
    """IoU of each box with the one on the same image that it overlaps most, float64 (n,); 0 where it overlaps none.

    Args:
        image: int64 (n,), which image each box is on.
        sides: float64 (n, 4), left, top, right and bottom.
    """
    found = np.zeros(len(image))
    order = np.argsort(image, kind="stable")
    first = np.unique(image[order], return_index=True)[1]
    for own in np.split(order, first[1:]):
        found[own] = _most_overlap(sides[own])
    return found


def _most_overlap(sides: Float64) -> Float64:
    boxes = np.concatenate([sides[:, :2], sides[:, 2:] - sides[:, :2]], axis=1).T
    n = len(sides)
    one, other = np.divmod(np.arange(n * n), n)
    pairs = overlap(boxes[:, one], boxes[:, other], np.zeros(n * n, np.bool_)).reshape(n, n)
    np.fill_diagonal(pairs, 0)
    return np.asarray(pairs.max(axis=1), np.float64)
