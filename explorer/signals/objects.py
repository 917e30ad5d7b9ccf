"""Signals of what is labelled on an image: how many objects, how large, where, and how much they overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX, nearest_overlap
from explorer.signals.registry import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explorer.data.records import Float32
    from explorer.signals.registry import Direction, SignalInputs

    Float64 = NDArray[np.float64]


class _Boxes(NamedTuple):
    """The labelled boxes of images, each as a share of its image.

    Attributes:
        image: int64 (m,), the row of the image that each box is on.
        sides: float64 (m, 4), left, top, right and bottom in pixels, clipped to the image.
        size: float64 (m, 2), width and height of its image.
        images: how many images there are.
    """

    image: NDArray[np.int64]
    sides: Float64
    size: Float64
    images: int

    def mean(self, values: Float64) -> Float32:
        """The mean over the boxes of each image, float32 (images,), NaN on images without any."""
        total, n = (np.bincount(self.image, of, self.images) for of in (values, np.ones(len(values))))
        return np.asarray(np.divide(total, n, out=np.full(self.images, np.nan), where=n > 0), np.float32)


def boxes_on(samples: pd.DataFrame, objects: pd.DataFrame) -> _Boxes:
    """The boxes of samples.

    Args:
        samples: index id; columns `width` and `height`.
        objects: columns `sample` and the box.
    """
    image = samples.index.get_indexer(pd.Index(objects["sample"]))
    x, y, width, height = (objects[side].to_numpy(np.float64) for side in BOX)
    size = samples[["width", "height"]].to_numpy(np.float64)[image]
    sides = np.stack([x, y, x + width, y + height], axis=1)
    return _Boxes(image, np.clip(sides, 0, np.tile(size, 2)), size, len(samples))


def object_area(boxes: _Boxes) -> Float32:
    """Mean share of the image that an object takes, float32 (n,)."""
    return boxes.mean(np.prod(boxes.sides[:, 2:] - boxes.sides[:, :2], axis=1) / np.prod(boxes.size, axis=1))


def object_aspect(boxes: _Boxes) -> Float32:
    """Mean of the shorter over the longer side of objects, float32 (n,)."""
    extent = boxes.sides[:, 2:] - boxes.sides[:, :2]
    longer = extent.max(axis=1)
    return boxes.mean(np.divide(extent.min(axis=1), longer, out=np.zeros(len(extent)), where=longer > 0))


def object_edge(boxes: _Boxes) -> Float32:
    """Mean distance of objects to the nearest border, as a share of the image's side there, float32 (n,)."""
    margins = np.concatenate([boxes.sides[:, :2], boxes.size - boxes.sides[:, 2:]], axis=1)
    return boxes.mean((margins / np.tile(boxes.size, 2)).min(axis=1))


def object_overlap(boxes: _Boxes) -> Float32:
    """Mean IoU of objects with the one on the same image that they overlap most, float32 (n,)."""
    return boxes.mean(nearest_overlap(boxes.image, boxes.sides))


def covered(boxes: _Boxes) -> Float32:
    """Share of each image that lies under objects, each place once, float32 (n,); 0 on images without any."""
    found = np.zeros(boxes.images, np.float32)
    order = np.argsort(boxes.image, kind="stable")
    rows, first = np.unique(boxes.image[order], return_index=True)
    for row, own in zip(rows, np.split(order, first[1:]), strict=True):
        found[row] = _union(boxes.sides[own]) / np.prod(boxes.size[own[0]])
    return found


def _union(sides: Float64) -> float:
    """The area under boxes, each place once: a grid through all their sides, and which of its cells lie in any."""
    xs, ys = (np.unique(sides[:, axis::2]) for axis in (0, 1))
    steps = np.zeros((len(ys), len(xs)), np.int64)
    left, right = (np.searchsorted(xs, sides[:, column]) for column in (0, 2))
    top, bottom = (np.searchsorted(ys, sides[:, column]) for column in (1, 3))
    for y, x, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(steps, (y, x), sign)
    inside = steps.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    return float(np.diff(ys) @ inside @ np.diff(xs))


def _signal(
    name: str, title: str, unit: str, compute: Callable[[_Boxes], Float32], direction: Direction = "neutral"
) -> Signal:
    def computed(build: SignalInputs) -> Float32 | None:
        if build.objects is None or build.objects.empty:
            return None
        return compute(boxes_on(build.samples, build.objects))

    return Signal(
        name=f"objects.{name}",
        title=title,
        of="object",
        direction=direction,
        unit=unit,
        version=1,
        of_labels=True,
        compute=computed,
    )


SIGNALS = (
    _signal("count", "Objects", "objects", lambda of: np.bincount(of.image, minlength=of.images).astype(np.float32)),
    _signal("area", "Objects' area", "share of the image", object_area, "low is suspicious"),
    _signal("aspect", "Objects' aspect", "shorter / longer side", object_aspect, "low is suspicious"),
    _signal("edge", "Objects' distance to the border", "share of a side", object_edge, "low is suspicious"),
    _signal("overlap", "Objects' overlap with the nearest", "IoU", object_overlap, "high is suspicious"),
    _signal("covered", "Covered by objects", "share of the image", covered),
)
