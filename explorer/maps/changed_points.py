"""A frozen map some of whose points are others by now, or gone: these are placed anew, no other point moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.records import Layout, Neighbors
from explorer.maps.neighbors import nearest_others
from explorer.maps.placement import Placed, nowhere, place_among

if TYPE_CHECKING:
    from explorer.data.records import Bool, Float32, Int64

_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class ChangedPoints:
    """The points of a space now, held against those that its map was made of.

    Attributes:
        ids: point ids, str (m,).
        source: int64 (m,), the row that each had before; -1 for one that is another by now, or new.
        new: float32 (c, d), the vectors of those, in their order; zero where nothing is known of one.
    """

    ids: tuple[str, ...]
    source: Int64
    new: Float32

    @property
    def stay(self) -> Bool:
        """Which of them are as they were, bool (m,)."""
        return self.source >= 0

    def vectors(self, before: Float32) -> Float32:
        """The vectors of all of them, float32 (m, d), of those before."""
        whole = np.empty((len(self.source), before.shape[1]), np.float32)
        whole[self.stay], whole[~self.stay] = before[self.source[self.stay]], self.new
        return whole


def placed_anew(
    points: ChangedPoints,
    vectors: Float32,
    graph: Neighbors,
    layout: Layout,
    index: Any,  # noqa: ANN401 - FAISS indexes have no common type
) -> tuple[Neighbors, Layout]:
    """The graph and the map of points of which some changed: each of these as if it were the only new one.

    A point that stays keeps its place; where one of its neighbours went, it is asked anew who they are.

    Args:
        points: as they are now.
        vectors: float32 (n, d), those before.
        graph: theirs.
        layout: theirs.
        index: FAISS index of `vectors`.
    """
    stay, source = points.stay, points.source[points.stay]
    gone = np.setdiff1d(np.arange(len(vectors)), source[np.isfinite(layout.xy[source]).all(axis=1)])
    placed = _placed(points.new, vectors, layout.xy, index, graph.k, gone)
    row_now = np.full(len(vectors), -1, np.int64)
    row_now[source] = np.flatnonzero(stay)

    indices, similarities = (np.empty((len(stay), graph.k), dtype) for dtype in (np.int64, np.float32))
    indices[stay], similarities[stay] = row_now[graph.indices[source]], graph.similarities[source]
    indices[~stay] = np.where(placed.indices < 0, np.flatnonzero(~stay)[:, None], row_now[placed.indices])
    similarities[~stay] = placed.similarities
    torn = np.flatnonzero((indices < 0).any(axis=1))
    for rows in np.split(torn, range(_BLOCK, len(torn), _BLOCK)):
        found, near = nearest_others(index, vectors, points.source[rows], graph.k, gone)
        indices[rows] = np.where(found < 0, rows[:, None], row_now[found])  # fewer are left: itself stands for nobody
        similarities[rows] = np.where(found < 0, 0, near)

    xy, kept = np.empty((len(stay), 2), np.float32), np.empty(len(stay), np.float32)
    xy[stay], xy[~stay] = layout.xy[source], placed.xy
    kept[stay], kept[~stay] = layout.neighbors_kept[source], placed.kept
    return Neighbors(indices, similarities, graph.recall), Layout(points.ids, xy, kept, layout.trustworthiness)


def _placed(new: Float32, vectors: Float32, xy: Float32, index: Any, k: int, gone: Int64) -> Placed:  # noqa: ANN401 - as above
    """Where the new points are placed; one without a vector, or among nobody, has no place and no neighbours (-1)."""
    every = nowhere(len(new), 0, k)
    every.indices[:] = -1
    known = new.any(axis=1)
    if known.any() and len(gone) < len(vectors):
        found = place_among(new[known], vectors, xy, index, k, gone)
        every.xy[known], every.indices[known] = found.xy, found.indices
        every.similarities[known], every.kept[known] = found.similarities, found.kept
    return every
