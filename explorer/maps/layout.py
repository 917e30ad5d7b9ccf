"""The map: UMAP from the shared graph."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.records import Embeddings, Layout, Neighbors
from explorer.maps.optimisation import optimise
from explorer.maps.trust import map_trust
from explorer.maps.umap_import import umap_without_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Float32, Int64

_TINY = 4


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
    """UMAP's fuzzy graph and start are its own; what follows is its optimisation in the form of `optimise`."""
    n = len(vectors)
    k = max(2, min(n_neighbors, n - 1))
    indices, distances = _with_self_first(graph, k)
    start = init if init is not None else "spectral" if n > 4 * k else "random"
    with umap_without_search() as umap, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*precomputed_knn.*")  # a two-tuple is what we mean
        warnings.filterwarnings("ignore", message=".*[Ss]pectral.*")  # UMAP then starts at random, as it says
        warnings.filterwarnings("ignore", message=".*not fully connected.*")  # islands are what we look for
        a, b = umap.umap_.find_ab_params(1.0, min_dist)
        begun = umap.UMAP(
            n_neighbors=k,
            min_dist=min_dist,
            a=a,
            b=b,
            metric="cosine",
            precomputed_knn=(indices, distances),
            init=start,
            n_epochs=0,
            random_state=seed,
            n_jobs=1,
        ).fit(vectors)
        first = np.asarray(begun.embedding_, np.float32)
        return np.nan_to_num(optimise(begun.graph_.tocsr(), first, a, b, seed=seed, on_epoch=on_epoch))


def _with_self_first(graph: Neighbors, k: int) -> tuple[Int64, Float32]:
    """The graph in the form UMAP's `precomputed_knn` wants: self first, cosine distances."""
    own = np.arange(len(graph.indices))[:, None]
    distances = np.maximum(0.0, 1.0 - graph.similarities[:, : k - 1])
    return (
        np.hstack([own, graph.indices[:, : k - 1]]),
        np.hstack([np.zeros((len(own), 1), np.float32), distances]).astype(np.float32),
    )
