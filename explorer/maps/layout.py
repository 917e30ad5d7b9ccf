"""The map: UMAP from the shared graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.data.records import Embeddings, Layout, Neighbors
from explorer.maps.optimisation import epochs_for, often, optimise
from explorer.maps.start import spectral
from explorer.maps.trust import map_trust
from explorer.maps.umap_import import umap_without_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Float32, Int64

_TINY = 4

_WIDTH, _NOISE = 10, 1e-5
"""How wide and how high a map begins, and what tells points apart that would begin in one place, as a share of that."""


def lay_out(
    embeddings: Embeddings,
    graph: Neighbors,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    seed: int = 42,
    init: Float32 | None = None,
    on_epoch: Callable[[int, int], None] | None = None,
) -> Layout:
    """Project a space to two dimensions; the same input gives the same bytes.

    Args:
        embeddings: n points of width d.
        graph: their neighbour graph, at least as wide as fits n.
        n_neighbors: UMAP's size of the local neighbourhood, the point itself included.
        min_dist: UMAP's smallest distance between points on the map.
        seed: makes the map repeatable.
        init: float32 (n, 2) starting positions, such as another space's layout of the same points, so that
            two maps of the same points are turned alike; spectral where None.
        on_epoch: called with the epochs done, and in all.

    Returns:
        Coordinates with their trust. Fewer than four points, and points that are all alike, are laid out by
        rule, not by UMAP.
    """
    vectors = embeddings.vectors
    if len(vectors) < _TINY or bool((vectors == vectors[0]).all()):
        xy = _circle(len(vectors))
    else:
        xy = _umap(vectors, graph, n_neighbors, min_dist, seed, init, on_epoch)
    trust, kept = map_trust(vectors, xy, graph, k=min(n_neighbors, graph.k))
    return Layout(embeddings.ids, xy, kept, trust)


def _circle(n: int) -> Float32:
    """Place n points evenly on a circle; one point in its centre."""
    if n < 2:  # noqa: PLR2004 - a circle needs two points
        return np.zeros((n, 2), np.float32)
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def _umap(
    vectors: Float32,
    graph: Neighbors,
    n_neighbors: int,
    min_dist: float,
    seed: int,
    init: Float32 | None,
    on_epoch: Callable[[int, int], None] | None,
) -> Float32:
    """UMAP's fuzzy graph and curve are its own; where points begin and how they move is our form of it."""
    n = len(vectors)
    k = max(2, min(n_neighbors, n - 1))
    indices, distances = _with_self_first(graph, k)
    random = np.random.RandomState(seed)
    with umap_without_search() as umap, threadpool_limits(1, "blas"):  # sums in one order, whatever the machine
        a, b = umap.umap_.find_ab_params(1.0, min_dist)
        fuzzy, _, _ = umap.umap_.fuzzy_simplicial_set(
            vectors, k, random, "cosine", knn_indices=indices, knn_dists=distances
        )
        fuzzy = often(fuzzy.tocsr(), epochs_for(n))
        if init is not None:
            begun = np.asarray(init, np.float64)
        elif n > 4 * k:
            begun = spectral(vectors, fuzzy, random, umap)
        else:
            begun = random.uniform(-1, 1, (n, 2))
    begun = begun / max(np.abs(begun).max(), _NOISE) + random.normal(scale=_NOISE, size=begun.shape)
    begun = _WIDTH * (begun - begun.min(axis=0)) / np.ptp(begun, axis=0)
    return optimise(fuzzy, begun.astype(np.float32), a, b, seed=seed, on_epoch=on_epoch)


def _with_self_first(graph: Neighbors, k: int) -> tuple[Int64, Float32]:
    """The graph in the form UMAP's `precomputed_knn` wants: self first, cosine distances."""
    own = np.arange(len(graph.indices))[:, None]
    distances = np.maximum(0.0, 1.0 - graph.similarities[:, : k - 1])
    return (
        np.hstack([own, graph.indices[:, : k - 1]]),
        np.hstack([np.zeros((len(own), 1), np.float32), distances]).astype(np.float32),
    )
