"""What to label next: points that are typical, that cover others, and that a model is unsure of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.records import Bool, Float32, Int64, Neighbors

Why = Literal["typical", "covers", "unsure", "far"]

_ENOUGH = 20
"""Labels per class from which on a model's doubts lead further than what is typical."""

_MOST_BY_DOUBT = 0.6
_CLUSTERS = 500
_ROUNDS = 10


class Pick(NamedTuple):
    """One point to label.

    Attributes:
        row: which.
        why: what it was chosen for.
        figure: of a typical one how many are in its cluster, of one that covers how many it covers that nothing chosen
            before it does, of one that a model is unsure of how unsure, 0..1, of one that is far from all chosen before
            it its cosine to the nearest of them.
    """

    row: int
    why: Why
    figure: float


def picks(
    vectors: Float32,
    graph: Neighbors,
    open_rows: Bool,
    known: Bool,
    unsure: NDArray[np.float64] | None,
    *,
    budget: int,
    answers: int,
    classes: int,
    seed: int = 42,
) -> list[Pick]:
    """Choose up to `budget` points, each kind in turn, the most telling of each first.

    At a small budget typicality (TypiClust; Hacohen, Dekel and Weinshall 2022) and coverage (ProbCover; Yehuda et al.
    2022) come before doubt; its share grows with the labels there are.

    Args:
        vectors: float32 (n, d), unit rows; zero where one has none, which is not chosen but for doubt.
        graph: their neighbours.
        open_rows: bool (n,), which may be chosen.
        known: bool (n,), which have their answer: what they cover needs no other.
        unsure: float64 (n,), 0..1, how unsure a model is of each, NaN where unknown; None without one.
        budget: how many.
        answers: how many labels a model could have learned from.
        classes: how many there are, or may be.
        seed: of the clusters.
    """
    shown = np.asarray(vectors.any(axis=1), np.bool_)
    by_doubt = _share_of_doubt(answers, budget, classes) if unsure is not None else 0.0
    doubtful = round(by_doubt * budget)
    typical = -(-(budget - doubtful) // 2)
    ways = [
        _typical(vectors, graph, open_rows & shown, known, typical, seed),
        _covering(graph, open_rows & shown, known, budget),
        _unsure(unsure, graph, open_rows) if unsure is not None else iter(()),
    ]
    wanted = [typical, budget - doubtful - typical, doubtful]
    taken: dict[int, Pick] = {}
    _in_turn(ways, wanted, taken)
    for way in (*ways, _far(vectors, open_rows & shown, taken)):
        while len(taken) < budget and _take(way, taken):
            pass
    return list(taken.values())


def _share_of_doubt(labelled: int, budget: int, classes: int) -> float:
    return min(_MOST_BY_DOUBT, _MOST_BY_DOUBT * (labelled + budget) / (_ENOUGH * max(1, classes)))


def _in_turn(ways: Sequence[Iterator[Pick]], wanted: Sequence[int], taken: dict[int, Pick]) -> None:
    """Take the next of each way in turn, as many as are wanted of it."""
    for place in range(max(wanted)):
        for way, number in zip(ways, wanted, strict=True):
            if place < number:
                _take(way, taken)


def _take(way: Iterator[Pick], taken: dict[int, Pick]) -> bool:
    """Take the next of a way that is not taken yet; whether there was one."""
    one = next((each for each in way if each.row not in taken), None)
    if one is not None:
        taken[one.row] = one
    return one is not None


def _far(vectors: Float32, open_rows: Bool, taken: Mapping[int, Pick]) -> Iterator[Pick]:
    """Open points that are farthest from all that are taken (greedy k-center; Sener and Savarese 2018)."""
    nearest = np.full(len(vectors), -1, np.float32)
    measured: set[int] = set()
    while True:
        for row in taken.keys() - measured:
            np.maximum(nearest, vectors @ vectors[row], out=nearest)
            measured.add(row)
        left = np.flatnonzero(open_rows & ~np.isin(np.arange(len(vectors)), list(taken)))
        if not len(left):
            return
        best = int(left[nearest[left].argmin()])
        yield Pick(best, "far", float(nearest[best]))


def _typical(vectors: Float32, graph: Neighbors, open_rows: Bool, known: Bool, count: int, seed: int) -> Iterator[Pick]:
    """The most typical open point of each cluster, first of those in which the least is known, the largest first."""
    rows = np.flatnonzero(open_rows | known)
    rows = rows[vectors[rows].any(axis=1)]
    if not len(rows) or not count:
        return
    clusters = min(len(rows), _CLUSTERS, count + min(int(known.sum()), count))
    of = _clusters(np.ascontiguousarray(vectors[rows], np.float32), clusters, seed)
    typicality = graph.similarities.mean(axis=1) if graph.k else np.zeros(len(vectors))
    sizes = np.bincount(of, minlength=clusters)
    answered = np.bincount(of, known[rows], minlength=clusters)
    for cluster in np.lexsort((-sizes, answered)):
        inside = rows[(of == cluster) & open_rows[rows]]
        if len(inside):
            best = inside[np.argmax(typicality[inside])]
            yield Pick(int(best), "typical", float(sizes[cluster]))


def _clusters(vectors: Float32, count: int, seed: int) -> Int64:
    import faiss

    means = faiss.Kmeans(
        vectors.shape[1], count, niter=_ROUNDS, seed=seed, spherical=True, min_points_per_centroid=1, verbose=False
    )
    means.train(vectors)
    return np.asarray(means.index.search(vectors, 1)[1][:, 0], np.int64)


def _covering(graph: Neighbors, open_rows: Bool, known: Bool, budget: int) -> Iterator[Pick]:
    """Open points by how many neighbours they cover that nothing known or chosen covers, the most first."""
    near = np.asarray(graph.indices)
    covered = known.copy()
    covered[near[known].ravel()] = True
    for _ in range(budget):
        gain = (~covered[near]).sum(axis=1) + ~covered
        gain[~open_rows] = -1
        best = int(gain.argmax()) if len(gain) else -1
        if best < 0 or gain[best] <= 0:
            return
        yield Pick(best, "covers", float(gain[best]))
        covered[best] = True
        covered[near[best]] = True


def _unsure(unsure: NDArray[np.float64], graph: Neighbors, open_rows: Bool) -> Iterator[Pick]:
    """Open points that a model is unsure of, the most first; none that is a neighbour of one before it."""
    near, beside = np.asarray(graph.indices), np.zeros(len(unsure), np.bool_)
    for row in np.argsort(-np.nan_to_num(unsure, nan=-1.0), kind="stable"):
        if open_rows[row] and not beside[row] and np.isfinite(unsure[row]):
            beside[near[row]] = True
            yield Pick(int(row), "unsure", float(unsure[row]))
