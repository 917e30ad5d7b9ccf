"""Where the points of a map begin: the smoothest two ways to lay out their graph, found coarse to fine.

UMAP's spectral start (McInnes, Healy and Melville 2018, section 4.1) without waiting for ARPACK: points are joined with
those nearest to them into fewer and fewer (multilevel, as Hendrickson and Leland 1995 part graphs), which are solved
at once, and on the way back each solution is refined by a few steps of LOBPCG (Knyazev 2001).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from explorer.data.records import Float32, Int64

    Float64 = NDArray[np.float64]

_AT_ONCE = 200
"""As many vertices are solved exactly."""

_WANTED, _BESIDE = 2, 2
"""Eigenvectors for the map, and those that are refined with them: the more, the sooner the first are exact."""

_STEPS = 10
"""Of LOBPCG on each level."""

_LEAST = 1e-6
"""No two memberships are told apart by less."""

_FEWEST = 4
"""An island of fewer points has no shape."""


def spectral(vectors: Float32, graph: csr_matrix, random: np.random.RandomState, umap: Any) -> Float64:  # noqa: ANN401 - a module of which there are two
    """Lay out a graph by its smoothest eigenvectors, each of its islands by itself.

    Args:
        vectors: float32 (n, d), which say where islands lie.
        graph: UMAP's fuzzy graph of them, symmetric.
        random: places points of islands that have no shape.
        umap: umap-learn, which places the islands among each other.

    Returns:
        float64 (n, 2), of any size.
    """
    from scipy.sparse.csgraph import connected_components

    islands, island = connected_components(graph, directed=False)
    if islands == 1:
        return _smoothest(graph)[:, :_WANTED]
    middles = _middles(vectors, islands, island, random, umap)
    placed = np.empty((len(vectors), _WANTED))
    for each, rows in enumerate(np.split(np.argsort(island, kind="stable"), np.cumsum(np.bincount(island))[:-1])):
        apart = np.linalg.norm(middles - middles[each], axis=1)
        room = apart[apart > 0].min(initial=1) / 2
        shape = random.uniform(-1, 1, (len(rows), _WANTED))
        if len(rows) >= _FEWEST:
            shape = _smoothest(graph[rows][:, rows])[:, :_WANTED]
        placed[rows] = middles[each] + room * shape / max(np.abs(shape).max(), np.finfo(np.float32).tiny)
    return placed


def _middles(vectors: Float32, islands: int, island: Int64, random: np.random.RandomState, umap: Any) -> Float64:  # noqa: ANN401 - as above
    """Where islands lie, as umap-learn places them: up to four on the axes."""
    if islands > 2 * _WANTED:
        return np.asarray(umap.spectral.component_layout(vectors, islands, island, _WANTED, random, metric="cosine"))
    axes = np.eye(_WANTED)[: -(-islands // 2)]
    return np.vstack([axes, -axes])[:islands]


def _smoothest(graph: csr_matrix) -> Float64:
    """Eigenvectors (n, up to 4) of a connected graph, normalised, with the largest eigenvalues but the first."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import lobpcg

    degree = _root_of_degree(graph)
    scale = diags_array(1 / degree)
    normal = (scale @ graph @ scale).tocsr()
    if len(degree) <= _AT_ONCE:
        return np.asarray(np.linalg.eigh(normal.toarray())[1][:, ::-1][:, 1 : 1 + _WANTED + _BESIDE])
    group, coarse = _coarser(graph)
    begun = np.random.default_rng(0).normal(size=(len(degree), _WANTED + _BESIDE))
    solved = _smoothest(coarse)
    begun[:, : solved.shape[1]] = degree[:, None] * (solved / _root_of_degree(coarse)[:, None])[group]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it is not meant to converge
        return np.asarray(lobpcg(normal, begun, Y=degree[:, None], maxiter=_STEPS, tol=1e-4)[1])


def _root_of_degree(graph: csr_matrix) -> Float64:
    return np.asarray(np.sqrt(np.asarray(graph.sum(axis=0), np.float64).ravel()))


def _coarser(graph: csr_matrix) -> tuple[Int64, csr_matrix]:
    """Which points are joined, each with the one nearest to it, and the graph of those."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    n = graph.shape[0]
    rows = np.repeat(np.arange(n), np.diff(graph.indptr))
    chosen = np.random.default_rng(0).uniform(0, _LEAST, n)[graph.indices]  # of neighbours as near, else all would join
    weight = np.where(rows == graph.indices, -1, graph.data + chosen)
    nearest = weight == np.maximum.reduceat(weight, graph.indptr[:-1])[rows]
    pairs = csr_matrix((weight[nearest], (rows[nearest], graph.indices[nearest])), (n, n))
    groups, group = connected_components(pairs, directed=False)
    member = csr_matrix((np.ones(n), (np.arange(n), group)), (n, groups))
    return group, (member.T @ graph @ member).tocsr()
