"""Boxes of a detection dataset: which columns they have, and how much two of them overlap."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.data.records import Bool

Float64 = NDArray[np.float64]

BOX = ("x", "y", "width", "height")
"""Columns of a box: absolute pixels, float64, from the top left corner of the image."""

_PAIRS_AT_ONCE = 1 << 21


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
    order = np.argsort(image, kind="stable")
    boxes = np.concatenate([sides[:, :2], sides[:, 2:] - sides[:, :2]], axis=1)[order].T
    grouped = image[order]
    first = np.searchsorted(grouped, grouped)
    many = np.searchsorted(grouped, grouped, side="right") - first
    most = np.zeros(len(image))
    for part in parts(many):
        one = np.repeat(np.arange(len(image))[part], many[part])
        begins = np.cumsum(many[part]) - many[part]
        other = np.repeat(first[part] - begins, many[part]) + np.arange(len(one))
        pairs = overlap(boxes[:, one], boxes[:, other], np.zeros(len(one), np.bool_))
        pairs[one == other] = 0
        most[part] = np.maximum.reduceat(pairs, begins)
    found = np.empty(len(image))
    found[order] = most
    return found


def parts(counts: NDArray[np.int64]) -> Iterator[slice]:
    """Slices of boxes with a bounded number of pairs each, so that crowded images need no more memory."""
    return runs(np.cumsum(counts) // _PAIRS_AT_ONCE)


def runs(values: NDArray[np.int64]) -> Iterator[slice]:
    """Slices of equal values, none of them negative, that follow each other."""
    edges = np.flatnonzero(np.diff(values, prepend=-1, append=-1))
    yield from (slice(start, stop) for start, stop in pairwise(edges))
