"""New points on a frozen map."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.records import Float32, Int64  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.maps.neighbors import build_index, search

if TYPE_CHECKING:
    from typing import Any

    from explorer.data.records import Bool, Embeddings

METHOD_VERSION = 1
"""Raise it when new points are placed differently among the same old ones."""

NEIGHBORS = 10
"""Old points whose coordinates place a new one."""

LEAST_KEPT = 0.5
"""Share of the points that must have been on an earlier map for it to go on: among fewer, the others have no place."""

_SAME = 0.999
"""Cosine of a point's vector before and now from which on it is the same point; corrected labels move far more."""

_BLOCK = 4096


class Placed(NamedTuple):
    """New points among the old ones of a map, each as if it were the only new one.

    Attributes:
        xy: float32 (m, 2), where they are placed.
        indices: int64 (m, k), rows of their nearest old points, nearest first.
        similarities: float32 (m, k), cosines, descending.
        kept: float32 (m,), share of the k nearest old points that are also the k nearest on the map.
    """

    xy: Float32
    indices: Int64
    similarities: Float32
    kept: Float32


def place_among(
    new: Float32,
    vectors: Float32,
    xy: Float32,
    index: Any,  # noqa: ANN401 - FAISS indexes have no common type
    k: int,
    but: Int64 | None = None,
) -> Placed:
    """Place new points on a frozen map.

    Args:
        new: float32 (m, d), unit rows.
        vectors: float32 (n, d), the old points.
        xy: float32 (n, 2), their map.
        index: FAISS index of `vectors`.
        k: how many neighbours to list.
        but: int64 (r,), rows of old points that are on the map no longer; some others are.
    """
    from scipy.spatial import cKDTree

    hits, _ = search(index, new, max(k, NEIGHBORS), but)
    hits = np.where(hits < 0, hits[:, :1], hits)  # an inverted file may find fewer
    cosines = _cosines(new, vectors, hits)
    order = np.argsort(-cosines, axis=1, kind="stable")
    found: Int64 = np.take_along_axis(hits, order, axis=1)
    similarities: Float32 = np.take_along_axis(cosines, order, axis=1)
    placed = place(found[:, :NEIGHBORS], similarities[:, :NEIGHBORS], xy)
    near = found[:, :k]
    there = np.arange(len(xy)) if but is None else np.setdiff1d(np.arange(len(xy)), but)
    ranks = [*range(1, min(near.shape[1], len(there)) + 1)]
    on_map = there[cKDTree(xy[there]).query(placed, k=ranks)[1]] if near.size else near
    kept = (near[:, :, None] == on_map[:, None, :]).any(axis=2).mean(axis=1) if near.size else np.full(len(new), np.nan)
    return Placed(placed, near, similarities[:, :k], np.asarray(kept, np.float32))


def nowhere(m: int, first: int, k: int) -> Placed:
    """Points that have no vector: no place (NaN), and no neighbour but themselves, whose rows begin with `first`."""
    own = np.repeat(np.arange(first, first + m)[:, None], k, axis=1)
    place, kept = np.full((m, 2), np.nan, np.float32), np.full(m, np.nan, np.float32)
    return Placed(place, own, np.zeros((m, k), np.float32), kept)


def continued(now: Embeddings, before: Embeddings, xy: Float32) -> Float32 | None:
    """A map of points of which most were on an earlier one: these stay where they were, others are placed among them.

    Args:
        now: the points.
        before: those of the earlier map, with the vectors that it was made of.
        xy: float32 (m, 2), the earlier map; NaN where a point has no place.

    Returns:
        float32 (n, 2); None where fewer than `LEAST_KEPT` of the points were there as they are now, or fewer than
        `NEIGHBORS` to place others among.
    """
    rows = pd.Index(before.ids).get_indexer(pd.Index(now.ids))
    placed = np.zeros(len(rows), bool)
    known = np.flatnonzero(rows >= 0)
    if before.vectors.shape[1:] == now.vectors.shape[1:]:
        placed[known] = _same(now.vectors, before.vectors, known, rows[known])
    placed &= np.isfinite(xy[rows]).all(axis=1) if len(xy) else False
    if not len(rows) or placed.mean() < LEAST_KEPT:
        return None
    old, new = now.vectors[placed], now.vectors[~placed]
    if len(new) and len(old) < NEIGHBORS:
        return None
    whole = np.empty((len(rows), 2), np.float32)
    whole[placed] = xy[rows[placed]]
    if len(new):
        whole[~placed] = place_among(new, old, whole[placed], build_index(old)[0], NEIGHBORS).xy
    return whole


def _same(vectors: Float32, others: Float32, rows: Int64, beside: Int64) -> Bool:
    """Whether rows of two arrays of unit vectors are as good as the same, block by block."""
    cuts = range(_BLOCK, len(rows), _BLOCK)
    parts = zip(np.split(rows, cuts), np.split(beside, cuts), strict=True)
    cosines = [np.einsum("md,md->m", vectors[these], others[those]) for these, those in parts]
    return np.concatenate(cosines) >= _SAME


def _cosines(new: Float32, vectors: Float32, found: Int64) -> Float32:
    """Cosines of each new point with the old ones found for it, each summed by itself: no batch changes a bit."""
    parts = [
        np.einsum("mkd,md->mk", vectors[found[start : start + _BLOCK]], new[start : start + _BLOCK])
        for start in range(0, len(new), _BLOCK)
    ]
    return np.concatenate([*parts, np.empty((0, found.shape[1]), np.float32)])


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
