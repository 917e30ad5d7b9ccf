"""Time to a map: our graph, layout and trust against umap-learn on its own, same vectors, same seed.

    python benchmarks/map.py [--points 10000] [--width 512]

umap-learn searches its neighbours itself (approximately, above 4,096 points); ours are exact, and kept for signals,
growth and trust.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import umap

from explorer.data.records import Embeddings, Float32
from explorer.data.spaces import Space
from explorer.maps.layout import lay_out
from explorer.maps.neighbors import neighbor_graph


def main() -> None:
    """Print seconds of both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=512)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    _ours(_clusters(600, 16))
    _umap_alone(_clusters(5000, 16))  # both compile before the clock runs
    vectors = _clusters(arguments.points, arguments.width)
    start = time.perf_counter()
    _umap_alone(vectors)
    alone = time.perf_counter() - start
    start = time.perf_counter()
    searched = _ours(vectors)
    ours = time.perf_counter() - start
    print(f"{arguments.points} points of width {arguments.width}, 15 neighbours")
    print(f"umap-learn alone       {alone:7.2f} s")
    print(f"graph + layout + trust {ours:7.2f} s   {alone / ours:.2f}x   (exact graph {searched:.2f} s)")


def _ours(vectors: Float32) -> float:
    start = time.perf_counter()
    graph = neighbor_graph(vectors, 15)
    searched = time.perf_counter() - start
    lay_out(Embeddings(tuple(map(str, range(len(vectors)))), vectors, "benchmark", Space.IMAGE), graph)
    return searched


def _umap_alone(vectors: Float32) -> None:
    umap.UMAP(metric="cosine", random_state=42, n_jobs=1).fit_transform(vectors)


def _clusters(n: int, d: int) -> Float32:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, d))[rng.integers(50, size=n)] + 0.7 * rng.normal(size=(n, d))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
