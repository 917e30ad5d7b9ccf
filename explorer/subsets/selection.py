"""The one selection: strokes in data coordinates, and the rows that they pick.

A selection is the list of what the person did (polygons drawn on a named layout, rows picked by thumbnail,
search or subset), so it survives a recolour and a change of space, and undo is dropping the last stroke.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from explorer.data.filters import filter_from_json, filter_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.filters import Filters
    from explorer.data.records import Bool, Float32

Mode = Literal["replace", "add", "subtract"]


@dataclass(frozen=True)
class Stroke:
    """One act of selecting.

    Attributes:
        mode: what it does to the rows selected so far.
        origin: how it was made: lasso, box, region, thumbnail, search, finding, subset or filter.
        space: whose points it is about: image, label or prediction/MODEL.
        layout: the layout a polygon was drawn on, or the two numbers that placed the points (`data.placement`).
        polygon: (x, y) corners in that layout's coordinates, or in these numbers.
        filters: what was visible when the polygon was drawn; hidden points cannot be lassoed.
        rows: rows picked directly, where there is no polygon.
    """

    mode: Mode
    origin: str
    space: str = "image"
    layout: str = ""
    polygon: tuple[tuple[float, float], ...] = ()
    filters: Filters = ()
    rows: tuple[int, ...] = ()


Selection = tuple[Stroke, ...]


MOST_ROWS = 100_000
"""A selection that picks more rows than this directly is too long to be written down."""


def to_json(strokes: Selection) -> list[dict[str, Any]]:
    """The strokes that still matter as plain JSON values; none where they pick more than `MOST_ROWS`."""
    matter = strokes[_last_replace(strokes) :]
    if sum(len(one.rows) for one in matter) > MOST_ROWS:
        return []
    return [
        {
            **{name: getattr(one, name) for name in ("mode", "origin", "space", "layout")},
            "polygon": [list(corner) for corner in one.polygon],
            "filters": [filter_to_json(each) for each in one.filters],
            "rows": list(one.rows),
        }
        for one in matter
    ]


def from_json(raw: Sequence[Mapping[str, Any]]) -> Selection:
    """Read what `to_json` wrote; KeyError, TypeError or ValueError where it is something else."""
    return tuple(
        Stroke(
            one["mode"],
            str(one["origin"]),
            str(one["space"]),
            str(one["layout"]),
            tuple((float(x), float(y)) for x, y in one["polygon"]),
            tuple(filter_from_json(each) for each in one["filters"]),
            tuple(int(row) for row in one["rows"]),
        )
        for one in raw
    )


def selected(strokes: Selection, n: int, hit: Callable[[Stroke], Bool]) -> Bool:
    """Fold strokes into a mask.

    Args:
        strokes: the selection, oldest first.
        n: number of points.
        hit: gives the bool (n,) mask of what one stroke covers.

    Returns:
        bool (n,).
    """
    mask = np.zeros(n, np.bool_)
    for stroke in strokes[_last_replace(strokes) :]:
        if stroke.mode == "replace":
            mask = hit(stroke)
        elif stroke.mode == "add":
            mask = mask | hit(stroke)
        else:
            mask = mask & ~hit(stroke)
    return mask


def _last_replace(strokes: Selection) -> int:
    """Earlier strokes no longer matter once one replaces them all."""
    return max((i for i, stroke in enumerate(strokes) if stroke.mode == "replace"), default=0)


def inside(xy: Float32 | NDArray[np.float64], polygon: tuple[tuple[float, float], ...]) -> Bool:
    """Which points lie inside a polygon (even-odd rule), bool (n,); those without a place do not.

    Only points in the polygon's bounding box are tested, one edge at a time, so a million points take
    milliseconds.
    """
    corners = np.asarray(polygon, np.float64)
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    x, y = xy.T
    near = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
    x, y = xy[near].astype(np.float64).T
    odd = np.zeros(len(near), np.bool_)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            odd[crosses] ^= x[crosses] < (x2 - x1) * (y[crosses] - y1) / (y2 - y1) + x1
    mask = np.zeros(len(xy), np.bool_)
    mask[near] = odd
    return mask
