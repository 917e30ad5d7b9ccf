"""The map: UMAP from the shared graph, and how far it may be trusted."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.records import Embeddings, Layout, Neighbors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from explorer.data.records import Float32, Int64

TRUST_SAMPLE = 2_000
"""Points on which trust is measured once a map has more than `TRUST_EXACT_UP_TO`."""

TRUST_EXACT_UP_TO = 10_000

_TINY = 4

_ONE_LAYOUT = Lock()
"""Two threads would take each other's UMAP for somebody else's."""

_BLOCK = 5_000_000
"""Similarities held at a time while ranks are counted."""


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
        seed: makes UMAP single-threaded and repeatable.
        init: float32 (n, 2) starting positions, such as another space's layout of the same points, so that
            two maps of the same points are turned alike; spectral where None.
        on_epoch: called with UMAP's epochs done, and in all.

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


class _Epochs:
    """What UMAP's bar is written to: the one way in which it tells of its epochs."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell

    def write(self, bar: str) -> None:
        done, _, total = bar.strip().partition("/")
        if total:
            self._tell(int(done), int(total))

    def flush(self) -> None:
        """Nothing waits."""


def _umap(
    vectors: Float32,
    graph: Neighbors,
    n_neighbors: int,
    min_dist: float,
    seed: int,
    init: Float32 | None,
    on_epoch: Callable[[int, int], None] | None,
) -> Float32:
    n = len(vectors)
    k = max(2, min(n_neighbors, n - 1))
    indices, distances = _with_self_first(graph, k)
    start = init if init is not None else "spectral" if n > 4 * k else "random"
    with _umap_without_search() as umap, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*precomputed_knn.*")  # a two-tuple is what we mean
        warnings.filterwarnings("ignore", message=".*[Ss]pectral.*")  # UMAP then starts at random, as it says
        warnings.filterwarnings("ignore", message=".*not fully connected.*")  # islands are what we look for
        reducer = umap.UMAP(
            n_neighbors=k,
            min_dist=min_dist,
            metric="cosine",
            precomputed_knn=(indices, distances),
            init=start,
            random_state=seed,
            n_jobs=1,
            tqdm_kwds={"disable": False, "file": _Epochs(on_epoch), "bar_format": "{n}/{total}"} if on_epoch else None,
        )
        xy = np.asarray(reducer.fit_transform(vectors), np.float32)
    return np.nan_to_num(xy)


@contextmanager
def _umap_without_search() -> Iterator[Any]:
    """Put UMAP where it is imported from, in a copy that leaves out its own neighbour search: our graph is given.

    Importing pynndescent compiles it, for up to half a minute in a new installation; in our copy it stays plain
    Python. Outside this context, whoever imports UMAP in this process has it whole.
    """
    with _ONE_LAYOUT:
        theirs = _unload_umap()
        try:
            sys.modules.update(_umap_modules())
            yield sys.modules["umap"]
        finally:
            _unload_umap()
            sys.modules.update(theirs)


@cache
def _umap_modules() -> dict[str, ModuleType]:
    with _numba_idle():
        import_module("pynndescent")
    methods = import_module("umap.umap_")
    for compiled in (methods.smooth_knn_dist, methods.compute_membership_strengths):
        with suppress(RuntimeError):  # there is no folder to keep it in: every process then compiles it
            compiled.enable_caching()
    return _unload_umap()


def _unload_umap() -> dict[str, ModuleType]:
    """Take UMAP, if it is there, out of the loaded modules."""
    names = [name for name in list(sys.modules) if name.partition(".")[0] in {"umap", "pynndescent"}]
    return {name: sys.modules.pop(name) for name in names}


@contextmanager
def _numba_idle() -> Iterator[None]:
    """Functions that are declared in this context are not compiled."""
    import numba

    asked = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = True
    try:
        yield
    finally:
        numba.config.DISABLE_JIT = asked


def _with_self_first(graph: Neighbors, k: int) -> tuple[Int64, Float32]:
    """The graph in the form UMAP's `precomputed_knn` wants: self first, cosine distances."""
    own = np.arange(len(graph.indices))[:, None]
    distances = np.maximum(0.0, 1.0 - graph.similarities[:, : k - 1])
    return (
        np.hstack([own, graph.indices[:, : k - 1]]),
        np.hstack([np.zeros((len(own), 1), np.float32), distances]).astype(np.float32),
    )


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
    intrusion = sum(_intrusion(vectors, low, part, k) for part in parts)
    return float(1.0 - 2.0 / (len(rows) * k * (2 * n - 3 * k - 1)) * intrusion), kept


def _map_neighbors(xy: Float32, k: int) -> Int64:
    """Row numbers (n, k) of each point's nearest others on the map."""
    from scipy.spatial import cKDTree

    _, found = cKDTree(xy).query(xy, k=k + 1)
    own = found == np.arange(len(xy))[:, None]
    own[~own.any(axis=1), -1] = True
    return np.asarray(found[~own].reshape(len(xy), k), np.int64)


def _intrusion(vectors: Float32, low: Int64, rows: Int64, k: int) -> int:
    """Sum of (original rank - k) over the neighbours that the map brought to these points.

    A rank counts the points that are more alike; those just as alike share the better rank.
    """
    similarity = vectors[rows] @ vectors.T
    similarity[np.arange(len(rows)), rows] = -np.inf
    near = np.take_along_axis(similarity, low[rows], axis=1)
    ranks = np.stack([1 + (similarity > near[:, [j]]).sum(axis=1) for j in range(k)])
    return int(np.maximum(0, ranks - k).sum())
