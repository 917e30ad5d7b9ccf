"""New points on a frozen map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explorer.data.records import Float32, Int64


def place(neighbors: Int64, similarities: Float32, xy: Float32) -> Float32:
    """Put new points on a frozen map, at the mean of their neighbours' coordinates; no old point moves.

    The weights fall with the distance beyond the nearest neighbour's, exp(-(d - d_1) / mean(d - d_1)), as the
    memberships in UMAP do: cosines as such are nearly equal among the neighbours of a point.

    Args:
        neighbors: int64 (m, k), for each new point the rows of its k nearest old ones, -1 where none was found.
        similarities: float32 (m, k), their cosines, descending.
        xy: float32 (n, 2), the map.

    Returns:
        float32 (m, 2); the middle of the map for a point without neighbours.
    """
    if neighbors.shape[1] == 0:
        middle = xy.mean(axis=0) if len(xy) else np.zeros(2, np.float32)
        return np.tile(np.asarray(middle, np.float32), (len(neighbors), 1))
    beyond = similarities[:, :1] - similarities
    scale = np.maximum(beyond.mean(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    weights = np.where(neighbors >= 0, np.exp(-beyond / scale), 0.0)
    placed = np.einsum("mk,mkd->md", weights, xy[neighbors]) / weights.sum(axis=1, keepdims=True)
    return np.asarray(placed, np.float32)
