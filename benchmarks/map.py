"""Time to a map: our graph, layout and trust against umap-learn on its own, same vectors, same seed.

    python benchmarks/map.py [--points 10000] [--width 512] [--seeds 1]

umap-learn searches its neighbours itself (approximately, above 4,096 points); ours are exact, and kept for signals,
growth and trust. The second part is the optimisation alone, from the same graph and start, with the share of each
point's neighbours that the map keeps: the mean over the seeds.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import umap
from umap.umap_ import find_ab_params

from explorer.data.records import Embeddings, Float32, Neighbors
from explorer.data.spaces import Space
from explorer.maps.layout import _with_self_first, lay_out
from explorer.maps.neighbors import neighbor_graph
from explorer.maps.optimisation import epochs_for, optimise
from explorer.maps.trust import map_trust

if TYPE_CHECKING:
    from collections.abc import Callable


class Measured(NamedTuple):
    """Seconds, and neighbours kept."""

    seconds: float
    kept: float


def main() -> None:
    """Print seconds of both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    _ours(_clusters(600, 16))
    _umap_alone(_clusters(5000, 16))  # both compile before the clock runs
    vectors = _clusters(arguments.points, arguments.width)
    alone, _ = _timed(lambda: _umap_alone(vectors))
    ours, graph = _timed(lambda: _ours(vectors))
    print(f"{arguments.points:,} points of width {arguments.width}, 15 neighbours")
    print(f"umap-learn alone       {alone:7.2f} s")
    print(f"graph + layout + trust {ours:7.2f} s   {alone / ours:.2f}x")
    theirs, mine = (
        _mean(measured) for measured in zip(*map(_optimised(vectors, graph), range(arguments.seeds)), strict=True)
    )
    print(f"the optimisation alone, {arguments.seeds} seed(s), {epochs_for(len(vectors))} epochs")
    print(f"umap-learn             {theirs.seconds:7.2f} s   {theirs.kept:.4f} of the neighbours kept")
    print(f"ours                   {mine.seconds:7.2f} s   {mine.kept:.4f}   {theirs.seconds / mine.seconds:.2f}x")


def _ours(vectors: Float32) -> Neighbors:
    graph = neighbor_graph(vectors, 15)
    lay_out(Embeddings(tuple(map(str, range(len(vectors)))), vectors, "benchmark", Space.IMAGE), graph)
    return graph


def _umap_alone(vectors: Float32) -> None:
    umap.UMAP(metric="cosine", random_state=42, n_jobs=1).fit_transform(vectors)


def _optimised(vectors: Float32, graph: Neighbors) -> Callable[[int], tuple[Measured, Measured]]:
    """What measures both optimisations of a graph with a seed: umap-learn's, and ours."""
    near = _with_self_first(graph, 15)
    a, b = find_ab_params(1.0, 0.1)

    def fitted(seed: int, epochs: int | None) -> umap.UMAP:
        reducer = umap.UMAP(
            metric="cosine", precomputed_knn=near, random_state=seed, n_jobs=1, n_epochs=epochs, a=a, b=b
        )
        return reducer.fit(vectors)

    def measure(seed: int) -> tuple[Measured, Measured]:
        before, begun = _timed(lambda: fitted(seed, 0))
        whole, theirs = _timed(lambda: fitted(seed, None))
        seconds, xy = _timed(lambda: optimise(begun.graph_.tocsr(), begun.embedding_, a, b, seed=seed))
        kept = [float(map_trust(vectors, one, graph, 15)[1].mean()) for one in (theirs.embedding_, xy)]
        return Measured(whole - before, kept[0]), Measured(seconds, kept[1])

    return measure


def _mean(measured: tuple[Measured, ...]) -> Measured:
    return Measured(*np.mean(measured, axis=0))


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def _clusters(n: int, d: int) -> Float32:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, d))[rng.integers(50, size=n)] + 0.7 * rng.normal(size=(n, d))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
