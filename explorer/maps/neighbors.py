"""The one cosine nearest-neighbour graph, and search in the same space, with FAISS.

Map, signals, trust and placement read the graph built here. The index itself can be kept in a file, which is
memory-mapped: several processes share one copy, and opening it takes milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.data.records import Neighbors, Progress

if TYPE_CHECKING:
    from explorer.data.records import Float32, Int64, OnProgress

EXACT_UP_TO = 20_000
"""Points up to which every pair is compared; beyond that an inverted file with measured recall is used."""

RECALL = 0.98
"""Recall@10 to which an inverted file is tuned, on a sample of its own points."""

INDEX_FORMAT = 1

_BATCH = 4096
_RECALL_QUERIES = 200
_RECALL_AT = 10
_TRAINED_ON = 40


class SavedIndex(NamedTuple):
    """An index of a space.

    Attributes:
        index: what `search` takes.
        recall: recall@10 against brute force, 1.0 where the search is exact.
        exact: whether every point is compared.
        saved: whether it lies in its file; where that cannot be written it lives in memory only.
    """

    index: Any
    recall: float
    exact: bool
    saved: bool


def neighbor_graph(
    vectors: Float32, k: int, on_progress: OnProgress | None = None, *, index: SavedIndex | None = None
) -> Neighbors:
    """Find each row's k nearest other rows by cosine.

    Args:
        vectors: float32 (n, d), unit rows.
        k: neighbours wanted; fewer come back where n is smaller than k + 1.
        on_progress: called after each batch of queries.
        index: an index of these vectors, where there is one already.

    Returns:
        The graph, self excluded. Identical rows are each other's neighbours at similarity 1.
    """
    n = len(vectors)
    k = max(0, min(k, n - 1))
    if k == 0:
        return Neighbors(np.empty((n, 0), np.int64), np.empty((n, 0), np.float32))
    built, recall = (index.index, index.recall) if index else build_index(vectors)
    indices = np.empty((n, k), np.int64)
    similarities = np.empty((n, k), np.float32)
    for start in range(0, n, _BATCH):
        rows = np.arange(start, min(start + _BATCH, n))
        indices[rows], similarities[rows] = nearest_others(built, vectors, rows, k)
        if on_progress:
            on_progress(Progress("neighbours", int(rows[-1]) + 1, n))
    return Neighbors(indices, similarities, recall)


def load_or_build(path: Path, vectors: Float32, key: str, *, base: tuple[Path, str] | None = None) -> SavedIndex:
    """Open the index kept in a file, memory-mapped, or build it and keep it there.

    Beside the file lies PATH.json, which says what it was made from. A file that is missing, torn, foreign or
    made from anything else is built again; where it cannot be written, the index is used from memory.

    Args:
        path: the index file.
        vectors: float32 (n, d), unit rows.
        key: names exactly these vectors, as the key of their artefact does.
        base: the file and key of an index of the first of these vectors, to which the rest is added.
    """
    opened = _opened(path, vectors, key)
    if opened:
        return opened
    index, recall = (_extended(*base, vectors) if base else None) or build_index(vectors)
    try:
        _write(path, index, {"format": INDEX_FORMAT, "key": key, "recall": recall})
    except (OSError, RuntimeError):  # faiss raises the latter when the disk is full or read-only
        return SavedIndex(index, recall, _is_exact(index), saved=False)
    return _opened(path, vectors, key) or SavedIndex(index, recall, _is_exact(index), saved=False)


def _opened(path: Path, vectors: Float32, key: str) -> SavedIndex | None:
    """The index in a file, None where it is not a whole index of these vectors."""
    import faiss

    try:
        about = json.loads(_sidecar(path).read_text("utf-8"))
        made_from = (about["format"], about["key"], about["bytes"])
        if made_from != (INDEX_FORMAT, key, path.stat().st_size):
            return None
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        recall = float(about["recall"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):  # faiss raises the latter for foreign bytes
        return None
    if (index.ntotal, index.d) != vectors.shape:
        return None
    return SavedIndex(index, recall, _is_exact(index), saved=True)


def _extended(path: Path, key: str, vectors: Float32) -> tuple[Any, float] | None:
    """The index in a file with the vectors that it lacks, and its recall; None where it is not one of the first."""
    import faiss

    about = _read_sidecar(path)
    if not about or (about.get("format"), about.get("key")) != (INDEX_FORMAT, key):
        return None
    try:
        index = faiss.read_index(str(path))
    except RuntimeError:  # what faiss raises for foreign bytes
        return None
    if index.d != vectors.shape[1] or index.ntotal > len(vectors):
        return None
    index.add(np.ascontiguousarray(vectors[index.ntotal :]))
    return index, float(about["recall"])


def _read_sidecar(path: Path) -> dict[str, Any]:
    """What is written beside an index; nothing where that cannot be read."""
    try:
        about: dict[str, Any] = json.loads(_sidecar(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return about


def _write(path: Path, index: Any, about: dict[str, Any]) -> None:  # noqa: ANN401 - faiss ships no types
    """Put index and sidecar in place, each in one step; the sidecar, which vouches for the index, comes last."""
    import faiss

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as scratch:
        made = Path(scratch) / path.name
        faiss.write_index(index, str(made))
        beside = _sidecar(made)
        with made.open("rb") as content:
            vouched = {"bytes": made.stat().st_size, "sha256": hashlib.file_digest(content, "sha256").hexdigest()}
        beside.write_text(json.dumps({**about, **vouched}), encoding="utf-8")
        _sidecar(path).unlink(missing_ok=True)
        made.replace(path)
        beside.replace(_sidecar(path))


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _is_exact(index: Any) -> bool:  # noqa: ANN401 - faiss ships no types
    import faiss

    return isinstance(index, faiss.IndexFlat)


def build_index(vectors: Float32) -> tuple[Any, float]:
    """An index of vectors (n, d) in memory, and its recall@10."""
    import faiss

    n, d = vectors.shape
    if n <= EXACT_UP_TO:
        flat = faiss.IndexFlatIP(d)
        flat.add(np.ascontiguousarray(vectors))
        return flat, 1.0
    lists = int(2 * np.sqrt(n))
    half = faiss.ScalarQuantizer.QT_fp16  # half the size, and ten times finer than neighbours differ
    index = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(d), d, lists, half, faiss.METRIC_INNER_PRODUCT, False)  # noqa: FBT003 - takes no keywords
    index.cp.niter = 10
    index.train(np.ascontiguousarray(vectors[_sample(n, _TRAINED_ON * lists, seed=0)]))
    for start in range(0, n, 16 * _BATCH):
        index.add(np.ascontiguousarray(vectors[start : start + 16 * _BATCH]))
    return index, _tune(index, vectors)


def _tune(index: Any, vectors: Float32) -> float:  # noqa: ANN401 - faiss ships no types
    """Probe twice as many lists until the recall@10 on a seeded sample of rows reaches `RECALL`; gives it."""
    import faiss

    rows = _sample(len(vectors), _RECALL_QUERIES, seed=1)
    queries = np.ascontiguousarray(vectors[rows])
    similarity, found = faiss.knn(queries, vectors, _RECALL_AT + 1, metric=faiss.METRIC_INNER_PRODUCT)
    truth, _ = _without_self(rows, found, similarity)
    index.nprobe, recall = 4, 0.0
    while recall < RECALL and index.nprobe < index.nlist:
        index.nprobe = min(2 * index.nprobe, index.nlist)
        near, _ = nearest_others(index, vectors, rows, _RECALL_AT)
        recall = float((near[:, :, None] == truth[:, None, :]).any(axis=2).mean())
    return recall


def _sample(n: int, count: int, seed: int) -> Int64:
    return np.sort(np.random.default_rng(seed).choice(n, min(n, count), replace=False))


def search(index: Any, queries: Float32, k: int, but: Int64 | None = None) -> tuple[Int64, Float32]:  # noqa: ANN401 - faiss ships no types
    """Find the k rows most similar to each query.

    Args:
        index: what `load_or_build` gave.
        queries: float32 (q, d), unit rows.
        k: how many; capped at the size of the index.
        but: int64 (m,), rows that are not to be found.

    Returns:
        Rows int64 (q, k), -1 where there are fewer, and cosine similarities float32 (q, k), most similar first.
    """
    k = min(k, index.ntotal)
    if k < 1:  # an empty index has no width to compare with
        return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
    how = {} if but is None or not len(but) else {"params": _all_but(index, but)}
    similarity, found = index.search(np.ascontiguousarray(queries), k, **how)
    return found, np.clip(similarity, -1.0, 1.0)


def _all_but(index: Any, rows: Int64) -> Any:  # noqa: ANN401 - faiss ships no types
    import faiss

    how: Any = faiss.SearchParameters() if _is_exact(index) else faiss.SearchParametersIVF()
    how.sel = faiss.IDSelectorNot(faiss.IDSelectorBatch(rows))
    if not _is_exact(index):
        how.nprobe = index.nprobe
    return how


def nearest_others(
    index: Any,  # noqa: ANN401 - faiss ships no types
    vectors: Float32,
    rows: Int64,
    k: int,
    but: Int64 | None = None,
) -> tuple[Int64, Float32]:
    """The k nearest of each of these rows, itself excluded; see `search`."""
    return _without_self(rows, *search(index, vectors[rows], k + 1, but))


def _without_self(rows: Int64, found: Int64, similarity: Float32) -> tuple[Int64, Float32]:
    """Drop each query's own row, or the last hit where duplicates crowded it out."""
    is_self = found == rows[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    shape = (len(rows), found.shape[1] - 1)
    return found[~is_self].reshape(shape), similarity[~is_self].reshape(shape)
