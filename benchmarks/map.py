"""Time to a map: our graph, layout and trust against umap-learn on its own, same vectors, same seed.

    python benchmarks/map.py [--points 10000] [--width 512] [--seeds 1] [--data clusters|digits|FILE.npy]

umap-learn searches its neighbours itself (approximately, above 4,096 points); ours are kept for signals, growth and
trust. The second part is the optimisation alone, from the same graph and start, with how good the
map is. Both take turns, one round for each seed; shown are the medians of the seconds, also those of the processor,
which other work on the machine lengthens less, and the means of what the maps keep.
"""

from __future__ import annotations

import argparse
import time
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import umap
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness
from umap.umap_ import find_ab_params

from explorer.data.records import Embeddings, Float32, Layout, Neighbors
from explorer.data.spaces import Space
from explorer.maps.layout import _with_self_first, lay_out
from explorer.maps.neighbors import neighbor_graph
from explorer.maps.optimisation import epochs_for, optimise
from explorer.maps.trust import map_trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CONTINUITY_UP_TO = 3_000
"""Points up to which continuity is measured, which compares all pairs on the map."""


class Measured(NamedTuple):
    """Seconds on the clock and of the processor, and what came out."""

    seconds: float
    cpu: float
    result: Any


def main() -> None:
    """Print seconds of both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--data", default="clusters", help="clusters, digits, or a file of vectors (.npy)")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    _ours(_clusters(6000, 16), 0)
    _umap_alone(_clusters(6000, 16), 0)  # both compile before the clock runs
    vectors = _vectors(arguments.data, arguments.points, arguments.width)
    seeds = range(arguments.seeds)
    print(f"{len(vectors):,} points of width {vectors.shape[1]}, 15 neighbours, {len(seeds)} seed(s)")
    rounds = [(_timed(partial(_umap_alone, vectors, seed)), _timed(partial(_ours, vectors, seed))) for seed in seeds]
    _compared("umap-learn alone", "graph + layout + trust", rounds)
    graph, _ = rounds[0][1].result
    rounds = [_optimised(vectors, graph, seed) for seed in seeds]
    print(f"the optimisation alone, {epochs_for(len(vectors))} epochs of ours")
    _compared("umap-learn", "ours", rounds)
    for name, one in (("umap-learn", 0), ("ours", 1)):
        print(f"{name:23}" + _quality(vectors, graph, [pair[one].result for pair in rounds]))


def _ours(vectors: Float32, seed: int) -> tuple[Neighbors, Layout]:
    graph = neighbor_graph(vectors, 15)
    ids = tuple(map(str, range(len(vectors))))
    return graph, lay_out(Embeddings(ids, vectors, "benchmark", Space.IMAGE), graph, seed=seed)


def _umap_alone(vectors: Float32, seed: int) -> None:
    umap.UMAP(metric="cosine", random_state=seed, n_jobs=1).fit_transform(vectors)


def _optimised(vectors: Float32, graph: Neighbors, seed: int) -> tuple[Measured, Measured]:
    """Both optimisations of a graph: umap-learn's, as what it takes beyond its start, and ours."""
    near = _with_self_first(graph, 15)
    a, b = find_ab_params(1.0, 0.1)

    def fitted(epochs: int | None) -> umap.UMAP:
        reducer = umap.UMAP(
            metric="cosine", precomputed_knn=near, random_state=seed, n_jobs=1, n_epochs=epochs, a=a, b=b
        )
        return reducer.fit(vectors)

    before = _timed(lambda: fitted(0))
    whole = _timed(lambda: fitted(None))
    start, fuzzy = before.result.embedding_, before.result.graph_.tocsr()
    ours = _timed(lambda: optimise(fuzzy, start, a, b, seed=seed))
    return Measured(whole.seconds - before.seconds, whole.cpu - before.cpu, whole.result.embedding_), ours


def _compared(theirs: str, ours: str, rounds: Sequence[tuple[Measured, Measured]]) -> None:
    seconds, cpu = (
        [float(np.median([getattr(pair[one], what) for pair in rounds])) for one in (0, 1)]
        for what in ("seconds", "cpu")
    )
    print(f"{theirs:23}{seconds[0]:7.2f} s  {cpu[0]:7.2f} s of the processor")
    ratios = f"{seconds[0] / seconds[1]:.2f}x  {cpu[0] / cpu[1]:.2f}x of the processor"
    print(f"{ours:23}{seconds[1]:7.2f} s  {cpu[1]:7.2f} s of the processor   {ratios}")


def _quality(vectors: Float32, graph: Neighbors, maps: Sequence[Float32]) -> str:
    """Means of the neighbours kept and of trustworthiness, of few points also of continuity."""
    trusts = [map_trust(vectors, xy, graph, 15) for xy in maps]
    said = f"{np.mean([kept.mean() for _, kept in trusts]):.4f} of the neighbours kept, "
    said += f"trustworthiness {np.mean([trust for trust, _ in trusts]):.4f}"
    if len(vectors) <= _CONTINUITY_UP_TO:  # trustworthiness with the spaces swapped
        said += f", continuity {np.mean([trustworthiness(xy, vectors, n_neighbors=15) for xy in maps]):.4f}"
    return said


def _timed(run: Callable[[], Any]) -> Measured:
    start, cpu = time.perf_counter(), time.process_time()
    result = run()
    return Measured(time.perf_counter() - start, time.process_time() - cpu, result)


def _vectors(data: str, n: int, d: int) -> Float32:
    if data == "clusters":
        return _clusters(n, d)
    return _unit(load_digits().data if data == "digits" else np.load(data))


def _clusters(n: int, d: int) -> Float32:
    rng = np.random.default_rng(0)
    return _unit(rng.normal(size=(50, d))[rng.integers(50, size=n)] + 0.7 * rng.normal(size=(n, d)))


def _unit(vectors: Any) -> Float32:  # noqa: ANN401 - whatever NumPy takes
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
