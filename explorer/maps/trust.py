"""How far a map may be trusted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numba import float32, njit
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from explorer.data.records import Float32, Int64, Neighbors

TRUST_SAMPLE = 2_000
"""Points on which trust is measured once a map has more than `TRUST_EXACT_UP_TO`."""

TRUST_EXACT_UP_TO = 10_000

_BLOCK = 5_000_000
"""Similarities held at a time while ranks are counted."""


def map_trust(vectors: Float32, xy: Float32, graph: Neighbors, k: int) -> tuple[float, Float32]:
    """Measure how much of the original neighbourhoods the map keeps.

    Trustworthiness (Venna and Kaski 2001) is 1 - 2/(nk(2n-3k-1)) times the sum, over points that are neighbours
    on the map only, of their original rank minus k. Above `TRUST_EXACT_UP_TO` points it is measured on
    `TRUST_SAMPLE` of them, seeded.

    Args:
        vectors: float32 (n, d), unit rows.
        xy: float32 (n, 2).
        graph: the neighbour graph of `vectors`.
        k: neighbourhood size.

    Returns:
        Trustworthiness in 0..1 (NaN where n < 2k + 2, where the formula says nothing) and neighbours kept
        float32 (n,): |high ∩ low| / k per point (NaN where k is 0).
    """
    n = len(vectors)
    if k == 0:
        return float("nan"), np.full(n, np.nan, np.float32)
    low = _map_neighbors(xy, k)
    shared = sum((low == graph.indices[:, [j]]).any(axis=1).astype(np.float32) for j in range(k))
    kept = np.asarray(shared / k, np.float32)
    if n < 2 * k + 2:
        return float("nan"), kept
    rows = np.arange(n)
    if n > TRUST_EXACT_UP_TO:
        rows = np.sort(np.random.default_rng(0).choice(n, TRUST_SAMPLE, replace=False))
    parts = np.array_split(rows, -(-len(rows) * n // _BLOCK))
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:  # a core for each part
        intrusion = sum(pool.map(lambda part: _intrusion(vectors, low, part, k), parts))
    return float(1.0 - 2.0 / (len(rows) * k * (2 * n - 3 * k - 1)) * intrusion), kept


def _map_neighbors(xy: Float32, k: int) -> Int64:
    """Row numbers (n, k) of each point's nearest others on the map."""
    from scipy.spatial import cKDTree

    _, found = cKDTree(xy).query(xy, k=k + 1, workers=-1)
    own = found == np.arange(len(xy))[:, None]
    own[~own.any(axis=1), -1] = True
    return np.asarray(found[~own].reshape(len(xy), k), np.int64)


def _intrusion(vectors: Float32, low: Int64, rows: Int64, k: int) -> int:
    """Sum of (original rank - k) over the neighbours that the map brought to these points.

    A rank counts the points that are more alike; those just as alike share the better rank.
    """
    similarity = vectors[rows] @ vectors.T
    similarity[np.arange(len(rows)), rows] = -np.inf
    return int(np.maximum(0, 1 + _more_alike(similarity, low[rows]) - k).sum())


@njit(fastmath={"reassoc", "nsz"}, nogil=True)  # type: ignore[untyped-decorator]
def _more_alike(similarity: Float32, near: Int64) -> Int64:
    """How many of a row are larger than some of its own, (m, k); a row is small enough to be at hand k times."""
    larger = np.empty(near.shape, np.int64)
    for row in range(len(near)):
        own = similarity[row]
        for at in range(near.shape[1]):
            than, count = own[near[row, at]], float32(0)  # whole and under 2^24: exact, and added many at a time
            for value in own:
                count += float32(value > than)
            larger[row, at] = np.int64(count)
    return larger


with suppress(RuntimeError):  # there is no folder to keep it in: every process then compiles it
    _more_alike.enable_caching()
