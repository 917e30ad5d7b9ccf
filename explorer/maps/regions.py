"""Regions of a map: the hills of its density, held together by the graph of the space.

Every point climbs to its densest neighbour until it stands on a summit, and summits join where the pass between them
is high: ToMATo (Chazal et al. 2013, "Persistence-based clustering in Riemannian manifolds"). A point only climbs to
neighbours that are near on the map as well, so that the points of a region lie together in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.findings import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.data.records import Bool, Float32, Int64, Neighbors

LEAST = 20
"""Points of a region at least: of fewer, no rate says much."""

LEVELS = ((12, 0.25), (48, 0.05), (192, 0.05))
"""Of each level, how many regions it has at most, islands beside, and how far a summit rises above the pass beside it.

That is the logarithm of how much denser it is; lower ones are accidents of the sample.
"""

_NEIGHBORS = 10
_CELLS = 512
"""Cells of the grid that density is counted on, along the longer side of the map."""

_BANDWIDTH, _AT, _SHRINKS = 0.02, 1500, 1 / 6
"""Width of the kernel at that many points, as a share of the map's longer side, and how it shrinks with more."""

_REACH = 3
"""Widths of the kernel that a step may go on the map."""

_MARGIN = 2
_STRAY = 0.05
_SIDES = (((1, 0), (1, 0)), ((0, 1), (1, 1)), ((-1, 0), (0, 1)), ((0, -1), (0, 0)))
"""Where each side of a cell faces, and its corner at which a walk with the cell on the left begins."""


class _Density(NamedTuple):
    """Density at each point, float64 (n,), and the width of its kernel in the map's units."""

    values: np.ndarray[tuple[int], np.dtype[np.float64]]
    width: float


@dataclass(frozen=True)
class _Hills:
    """The summits of a map and where their hills join.

    Attributes:
        summit: int64 (n,), the summit that each point climbs to.
        joins: by summit, the higher one that its hill joins; itself where it stands alone.
        height: by summit, how much denser it is than that pass, as a logarithm; infinite where it stands alone.
        size: by summit, the points of its hill before it joins.
    """

    summit: Int64
    joins: dict[int, int]
    height: dict[int, float]
    size: dict[int, int]

    def at(self, most: int, least_height: float) -> Int64:
        """The hill of each point, as its summit, where only so many and so high ones are told apart; -1 in none."""
        least = max(LEAST, len(self.summit) // (8 * most))
        told_apart = (one for one in self.joins if self.size[one] >= least and self.height[one] >= least_height)
        high = sorted(told_apart, key=lambda one: (-self.height[one], one))
        alone = {one for one in high if self.joins[one] == one}
        kept = alone.union(high[:most])
        top = np.full(len(self.summit), -1, np.int64)
        for one in self.joins:
            top[one] = self._top(one, kept)
        return top[self.summit]

    def _top(self, summit: int, kept: set[int]) -> int:
        while summit not in kept:
            if self.joins[summit] == summit:
                return -1
            summit = self.joins[summit]
        return summit


def regions(xy: Float32, graph: Neighbors) -> list[Region]:
    """The regions of a map without names, level by level, the largest of a level first.

    A level has the regions of the one before, divided further where the map has finer hills, and smaller islands.
    A point that is in no region of at least `LEAST` points is in none.

    Args:
        xy: float32 (n, 2), the map; NaN where a point has no place.
        graph: neighbours of the n points.
    """
    placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(placed) < LEAST or not graph.k:
        return []
    density = _density(xy, placed)
    hills = _hills(xy, graph, density)
    found: list[Region] = []
    before: Int64 | None = None
    for level, (most, least_height) in enumerate(LEVELS):
        of = hills.at(most, least_height)
        if before is None or not np.array_equal(of, before):
            found += _of_level(level, xy, of, density.width)
        before = of
    return found


def _density(xy: Float32, placed: Int64) -> _Density:
    """How many points lie around each, by a Gaussian kernel on a grid."""
    from scipy.ndimage import gaussian_filter

    at = xy[placed].astype(np.float64)
    low = at.min(axis=0)
    span = max(float(np.ptp(at, axis=0).max()), 1e-9)
    cells = np.minimum((at - low) / span * _CELLS, _CELLS - 1).astype(np.int64)
    grid = np.zeros((_CELLS, _CELLS))
    np.add.at(grid, tuple(cells.T), 1.0)
    share = _BANDWIDTH * (len(placed) / _AT) ** -_SHRINKS
    smooth = gaussian_filter(grid, share * _CELLS, mode="constant")
    values = np.zeros(len(xy))
    values[placed] = smooth[tuple(cells.T)]
    return _Density(values, share * span)


def _hills(xy: Float32, graph: Neighbors, density: _Density) -> _Hills:
    n = len(xy)
    near = np.asarray(graph.indices[:, :_NEIGHBORS])
    with np.errstate(invalid="ignore"):
        together = np.linalg.norm(xy[near] - xy[:, None], axis=2) <= _REACH * density.width  # NaN is not near
    order = np.lexsort((np.arange(n), density.values))
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    up = order[np.maximum(rank, np.where(together, rank[near], -1).max(axis=1))]
    while not np.array_equal(up, up[up]):
        up = up[up]
    return _joined(up, rank, density.values, _passes(up, near, together, density))


def _passes(summit: Int64, near: Int64, together: Bool, density: _Density) -> Iterator[tuple[float, int, int]]:
    """The highest pass between each two hills that touch: its density and their summits, the highest first."""
    here, which = np.nonzero(together & (summit[near] != summit[:, None]))
    there = near[here, which]
    ends = np.sort(np.stack([summit[here], summit[there]], axis=1), axis=1)
    height = np.minimum(density.values[here], density.values[there])
    order = np.lexsort((ends[:, 1], ends[:, 0], -height))
    _, first = np.unique(ends[order], axis=0, return_index=True)
    for i in order[np.sort(first)]:
        yield float(height[i]), int(ends[i, 0]), int(ends[i, 1])


def _joined(
    summit: Int64,
    rank: Int64,
    density: np.ndarray[tuple[int], np.dtype[np.float64]],
    passes: Iterator[tuple[float, int, int]],
) -> _Hills:
    """Join hills over the highest passes first; the lower summit goes under."""
    summits, sizes = np.unique(summit, return_counts=True)
    joins = {int(one): int(one) for one in summits}
    size = dict(zip(joins, map(int, sizes), strict=True))
    height = dict.fromkeys(joins, np.inf)

    def top(one: int) -> int:
        while joins[one] != one:
            one = joins[one]
        return one

    for at, first, second in passes:
        low, high = sorted((top(first), top(second)), key=lambda one: rank[one])
        if low != high:
            joins[low] = high
            height[low] = float(np.log(density[low] / at))
            size[high] += size[low]
    return _Hills(summit, joins, height, size)


def _of_level(level: int, xy: Float32, of: Int64, width: float) -> list[Region]:
    summits, codes, sizes = np.unique(of[of >= 0], return_inverse=True, return_counts=True)
    placed = np.flatnonzero(of >= 0)
    rows_of = np.split(placed[np.argsort(codes, kind="stable")], np.cumsum(sizes)[:-1]) if len(summits) else []
    outlines = _outlines(xy[placed], codes, width / 2)
    large = [i for i in np.argsort(-sizes, kind="stable") if sizes[i] >= LEAST]
    return [
        Region(f"{level}-{number}", level, "", "", rows_of[i], _middle(xy[rows_of[i]]), outlines[i])
        for number, i in enumerate(large)
    ]


def _middle(xy: Float32) -> tuple[float, float]:
    """The point nearest to the middle."""
    nearest = xy[np.linalg.norm(xy - np.median(xy, axis=0), axis=1).argmin()]
    return float(nearest[0]), float(nearest[1])


def _outlines(xy: Float32, codes: Int64, side: float) -> list[tuple[Float32, ...]]:
    """Polygons around the points of each code, from a grid in which each cell is of whoever has most points in it.

    Empty cells beside are of the nearest, so that outlines of neighbours touch and do not overlap. Pieces with less
    than `_STRAY` of a region's points are left out.
    """
    from scipy.ndimage import binary_fill_holes, distance_transform_edt, find_objects, label

    count = int(codes.max(initial=-1)) + 1
    if not count:
        return []
    low = xy.min(axis=0) - 2 * side
    cells = ((xy - low) / side).astype(np.int64)
    shape = tuple((cells.max(axis=0) + 3).tolist())
    owner = _owners(np.ravel_multi_index(tuple(cells.T), shape), codes, count, shape)
    distance, nearest = distance_transform_edt(owner < 0, return_indices=True)
    owner = np.where(distance <= _MARGIN, owner[tuple(nearest)], -1)
    found: list[tuple[Float32, ...]] = []
    for code, window in enumerate(find_objects(owner + 1, max_label=count)):
        if window is None:  # in every cell others have more points
            found.append(())
            continue
        pieces, several = label(owner[window] == code)
        start = np.array([one.start for one in window])
        at = cells[codes == code] - start
        within = np.all((at >= 0) & (at < pieces.shape), axis=1)
        held = np.bincount(pieces[tuple(at[within].T)], minlength=several + 1)[1:]
        rings = (
            _ring(binary_fill_holes(pieces == i + 1))
            for i in np.argsort(-held, kind="stable")
            if held[i] > _STRAY * len(at)
        )
        found.append(tuple(((ring + start) * side + low).astype(np.float32) for ring in rings))
    return found


def _owners(flat: Int64, codes: Int64, count: int, shape: tuple[int, ...]) -> Int64:
    """By cell, the code of most of its points; -1 where it has none."""
    pairs, hits = np.unique(flat * count + codes, return_counts=True)
    last_is_most = pairs[np.argsort(hits, kind="stable")]
    owner = np.full(int(np.prod(shape)), -1, np.int64)
    owner[last_is_most // count] = last_is_most % count
    return owner.reshape(shape)


def _ring(mask: Bool) -> Float32:
    """The boundary of cells that hang together and have no hole, float32 (v, 2): through the middles of their sides."""
    padded = np.pad(mask, 1)
    following: dict[tuple[int, int], tuple[int, int]] = {}
    for (dx, dy), (right, above) in _SIDES:
        free = padded & ~np.roll(padded, (-dx, -dy), axis=(0, 1))
        for x, y in np.argwhere(free).tolist():
            begin = (x + right, y + above)
            following[begin] = (begin[0] - dy, begin[1] + dx)
    corner = first = min(following)
    corners = [corner]
    while (corner := following[corner]) != first:
        corners.append(corner)
    ring = np.array(corners, np.float64) - 1
    return _without_straight(((ring + np.roll(ring, -1, axis=0)) / 2).astype(np.float32))


def _without_straight(ring: Float32) -> Float32:
    """A ring without the corners at which it goes straight on."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    bends = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return np.asarray(ring[bends], np.float32)
