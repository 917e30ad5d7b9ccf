"""The one cosine nearest-neighbour graph, and search in the same space, with FAISS.

Map, signals, growth and trust all read the graph built here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.records import Neighbors, Progress

if TYPE_CHECKING:
    from explorer.records import Float32, Int64, OnProgress

EXACT_UP_TO = 100_000
"""Points up to which every pair is compared; beyond that an inverted file with measured recall is used."""

_BATCH = 4096
_RECALL_QUERIES = 200


def neighbor_graph(vectors: Float32, k: int, on_progress: OnProgress | None = None) -> Neighbors:
    """Find each row's k nearest other rows by cosine.

    Args:
        vectors: float32 (n, d), unit rows.
        k: neighbours wanted; fewer come back where n is smaller than k + 1.
        on_progress: called after each batch of queries.

    Returns:
        The graph, self excluded. Identical rows are each other's neighbours at similarity 1.
    """
    n = len(vectors)
    k = max(0, min(k, n - 1))
    if k == 0:
        return Neighbors(np.empty((n, 0), np.int64), np.empty((n, 0), np.float32))
    index = build_index(vectors)
    indices = np.empty((n, k), np.int64)
    similarities = np.empty((n, k), np.float32)
    for start in range(0, n, _BATCH):
        rows = np.arange(start, min(start + _BATCH, n))
        found, similarity = search(index, vectors[rows], k + 1)
        indices[rows], similarities[rows] = _without_self(rows, found, similarity)
        if on_progress:
            on_progress(Progress("neighbours", int(rows[-1]) + 1, n))
    return Neighbors(indices, similarities, _recall(vectors, index))


def build_index(vectors: Float32) -> Any:  # noqa: ANN401 - faiss ships no types
    """Make a FAISS inner-product index: exact up to `EXACT_UP_TO` rows, an inverted file beyond."""
    import faiss

    n, d = vectors.shape
    if n <= EXACT_UP_TO:
        index: faiss.Index = faiss.IndexFlatIP(d)
    else:
        lists = int(4 * np.sqrt(n))
        index = inverted = faiss.IndexIVFFlat(faiss.IndexFlatIP(d), d, lists, faiss.METRIC_INNER_PRODUCT)
        inverted.nprobe = max(8, lists // 32)
        sample = np.random.default_rng(0).choice(n, min(n, 50 * lists), replace=False)
        index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
    index.add(np.ascontiguousarray(vectors))
    return index


def search(index: Any, queries: Float32, k: int) -> tuple[Int64, Float32]:  # noqa: ANN401 - faiss ships no types
    """Find the k rows most similar to each query.

    Args:
        index: what `build_index` made.
        queries: float32 (q, d), unit rows.
        k: how many; capped at the size of the index.

    Returns:
        Rows int64 (q, k) and cosine similarities float32 (q, k), most similar first.
    """
    k = min(k, index.ntotal)
    if k < 1:  # an empty index has no width to compare with
        return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
    similarity, found = index.search(np.ascontiguousarray(queries), k)
    return found, np.clip(similarity, -1.0, 1.0)


def _without_self(rows: Int64, found: Int64, similarity: Float32) -> tuple[Int64, Float32]:
    """Drop each query's own row, or the last hit where duplicates crowded it out."""
    is_self = found == rows[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    shape = (len(rows), found.shape[1] - 1)
    return found[~is_self].reshape(shape), similarity[~is_self].reshape(shape)


def _recall(vectors: Float32, index: Any) -> float:  # noqa: ANN401 - faiss ships no types
    """Recall@10 of an approximate index against brute force, on a seeded sample of queries."""
    import faiss

    if isinstance(index, faiss.IndexFlat):
        return 1.0
    rows = np.random.default_rng(1).choice(len(vectors), _RECALL_QUERIES, replace=False)
    found, _ = search(index, vectors[rows], 10)
    _, exact = faiss.knn(vectors[rows], vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
    return float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, exact, strict=True)]))
