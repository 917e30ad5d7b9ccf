"""One query among a million vectors: the kept index against brute force, in time, recall and size.

The vectors are made up, clustered the way CLIP's are: a common direction, a hundred broad kinds, two thousand fine ones
of very different sizes, and noise that is strong in few directions and weak in many. Queries are fresh ones.

    python benchmarks/search.py [--rows 1000000] [--width 512]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from explorer.maps.neighbors import load_or_build, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Float32, Int64

QUERIES = 300
AT = 10


def main() -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=512)
    arguments = parser.parse_args()
    made = clustered(arguments.rows + QUERIES, arguments.width)
    vectors, queries = made[QUERIES:], made[:QUERIES]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.faiss"
        started = time.perf_counter()
        built = load_or_build(path, vectors, "benchmark")
        print(f"{arguments.rows:,} x {arguments.width}, {faiss.omp_get_max_threads()} threads")
        print(f"build and save       {time.perf_counter() - started:8.1f} s")
        print(f"file                 {path.stat().st_size / 1e6:8.0f} MB")
        print(f"recall@10 as shown   {built.recall:8.3f}")
        started = time.perf_counter()
        opened = load_or_build(path, vectors, "benchmark")
        print(f"open, memory-mapped  {(time.perf_counter() - started) * 1e3:8.1f} ms")
        _compare(opened.index, vectors, queries)
    print(f"peak memory          {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:8.2f} GB, vectors included")


def clustered(rows: int, width: int, seed: int = 0) -> Float32:
    """Make unit vectors, float32 (rows, width)."""
    chance = np.random.default_rng(seed)
    strength = (1 + np.arange(width)) ** -0.5
    turned = np.linalg.qr(chance.normal(size=(width, width)))[0]
    basis = np.asarray((strength / np.linalg.norm(strength))[:, None] * turned, np.float32)
    broad = chance.normal(size=(100, width)).astype(np.float32) @ basis
    fine = chance.normal(size=(2000, width)).astype(np.float32) @ basis
    centres = broad[chance.integers(100, size=2000)] + 0.7 * fine + turned[0].astype(np.float32)
    share = chance.pareto(1.5, 2000) + 0.2
    out = np.empty((rows, width), np.float32)
    for start in range(0, rows, 50_000):
        size = min(50_000, rows - start)
        noise = chance.standard_normal((size, width), dtype=np.float32) @ basis
        block = centres[chance.choice(2000, size, p=share / share.sum())] + 0.6 * noise
        out[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return out


def _compare(index: object, vectors: Float32, queries: Float32) -> None:
    """Ask one query at a time, as a person does, of the index and of every vector."""
    _, truth = faiss.knn(queries, vectors, AT, metric=faiss.METRIC_INNER_PRODUCT)
    search(index, queries[:10], AT)
    taken, found = _one_by_one(queries, lambda query: search(index, query, AT)[0])
    recall = np.mean([len(np.intersect1d(a, b)) / AT for a, b in zip(found, truth, strict=True)])
    print(f"recall@10, fresh     {recall:8.3f}")
    print(f"one query            {np.median(taken) * 1e3:8.2f} ms (99% under {np.quantile(taken, 0.99) * 1e3:.2f} ms)")
    brute, _ = _one_by_one(
        queries[:20], lambda query: faiss.knn(query, vectors, AT, metric=faiss.METRIC_INNER_PRODUCT)[1]
    )
    print(f"one query, brute     {np.median(brute) * 1e3:8.2f} ms")
    print(f"ratio                {np.median(brute) / np.median(taken):8.1f}")
    started = time.perf_counter()
    search(index, queries, 16)
    print(f"batch, per query     {(time.perf_counter() - started) / len(queries) * 1e3:8.2f} ms (for the graph)")


def _one_by_one(queries: Float32, ask: Callable[[Float32], Int64]) -> tuple[list[float], list[Int64]]:
    taken, found = [], []
    for row in range(len(queries)):
        started = time.perf_counter()
        found.append(ask(queries[row : row + 1])[0])
        taken.append(time.perf_counter() - started)
    return taken, found


if __name__ == "__main__":
    main()
