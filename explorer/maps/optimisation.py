"""UMAP's optimisation in a form that runs on all cores and gives the same bytes on any number of them.

McInnes, Healy and Melville (2018), section 4.2, with the moves gathered rather than scattered: a point walks its own
edges, and moves itself after each, while all others of its part stand still; the parts take turns within an epoch, so
that what moved is seen soon. Nothing is written by two threads. Random choices are hashes of seed, epoch and point, and
how hard two points pull or push is read from a table, so that no library of mathematics has a say in the result.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numba import float32, int64, njit, prange, uint64, vectorize

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from explorer.data.records import Float32

POINT_EPOCHS = 4_000_000
"""Points times epochs: small maps need more epochs to keep as many neighbours, and have the time for them."""

FEWEST_EPOCHS, MOST_EPOCHS = 200, 2_000

_STARTED_EPOCHS, _STARTED_STEP = 500, 0.25
"""At most so many epochs, and first steps so long, where the start is a map already: its clusters stay in place."""

_ALONE_BELOW, _PARTS = 20_000, 4
"""Fewer points are moved one after the other by one core: others would wait for each other longer than they worked.

From there on the points of a part are moved at once; more parts keep more neighbours, and make cores wait more often.
"""

_PUSHES = 5
"""Random points that push a point away, for each neighbour that pulls it: UMAP's `negative_sample_rate`."""

_FARTHEST = 4
"""No single pull or push moves a point farther on an axis."""

_LEADING_BITS = 16
"""A squared distance stands in the tables by its leading bits: sign, exponent and 7 of the fraction, 1% apart."""

_GOLDEN = uint64(0x9E3779B97F4A7C15)
"""What splitmix64 counts in."""


def epochs_for(n: int) -> int:
    """How many epochs lay out n points so that they keep at least as many neighbours as umap-learn's own."""
    return int(np.clip(POINT_EPOCHS // max(n, 1), FEWEST_EPOCHS, MOST_EPOCHS))


def optimise(
    graph: csr_matrix,
    start: Float32,
    a: float,
    b: float,
    *,
    seed: int,
    epochs: int | None = None,
    started: bool = False,
    on_epoch: Callable[[int, int], None] | None = None,
) -> Float32:
    """Move the points of a map so that neighbours lie together.

    Args:
        graph: UMAP's fuzzy graph of n points, symmetric; memberships in 0..1.
        start: float32 (n, 2), where the points begin.
        a: UMAP's curve of how close is close, which `min_dist` sets.
        b: its exponent.
        seed: of the random choices.
        epochs: rounds over all edges; as many as fit n where None.
        started: whether the start is a map of these points already.
        on_epoch: called with the epochs done, and in all.

    Returns:
        float32 (n, 2); the same input gives the same bytes.
    """
    n = len(start)
    epochs = epochs or min(epochs_for(n), _STARTED_EPOCHS if started else MOST_EPOCHS)
    chance = (graph.data / max(graph.data.max(initial=0), np.finfo(np.float32).tiny)).astype(np.float32)
    chance[chance < 1 / epochs] = 0
    due = _moments(graph, seed)
    edges = graph.indptr.astype(np.int64), graph.indices.astype(np.int32), chance, due
    move, parts = (_move_alone, max(n, 1)) if n < _ALONE_BELOW else (_move_together, _PARTS)
    pulls, pushes = _forces(a, b)
    xy, moved = np.array(start, np.float32), np.empty((-(-n // parts), 2), np.float32)
    for epoch in range(epochs):
        step = np.float32((_STARTED_STEP if started else 1) * (1 - epoch / epochs))
        move(xy, moved, parts, *edges, pulls, pushes, step, epoch, seed)
        if on_epoch:
            on_epoch(epoch + 1, epochs)
    return xy


def _moments(graph: csr_matrix, seed: int) -> Float32:
    """When an edge is due, as a part of the time between: the same from both ends, so that a cluster stays in place."""
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    pair = np.minimum(rows, graph.indices) * np.uint64(graph.shape[0]) + np.maximum(rows, graph.indices)
    moments: Float32 = (_hash(pair.astype(np.uint64) + np.uint64(seed)) >> np.uint64(40)).astype(np.float32)
    return moments / np.float32(1 << 24)


def _forces(a: float, b: float) -> tuple[Float32, Float32]:
    """What the difference of two points is multiplied by, for a pull and a push, by the leading bits of its square."""
    bits = np.arange(1 << 15, dtype=np.int32) << _LEADING_BITS | 1 << _LEADING_BITS - 1
    largest = np.finfo(np.float32).max.view(np.int32)
    squares = np.minimum(bits, largest).view(np.float32).astype(np.float64)
    near = a * squares**b
    pulls = 2 * b * near / (squares * (near + 1))
    pulls[0] = 0  # where they are the same point there is no way to go
    return pulls.astype(np.float32), (2 * b / ((0.001 + squares) * (near + 1))).astype(np.float32)


@vectorize  # type: ignore[untyped-decorator]
def _hash(x: int) -> int:
    """Mixed bits (splitmix64, Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> uint64(27))) * uint64(0x94D049BB133111EB)
    return x ^ (x >> uint64(31))  # type: ignore[no-any-return]


@njit(inline="always")  # type: ignore[untyped-decorator]
def _bounded(move: float) -> float:
    return min(float32(_FARTHEST), max(float32(-_FARTHEST), move))  # type: ignore[no-any-return]


def _move(
    xy: Float32,
    moved: Float32,
    parts: int,
    starts: NDArray[np.int64],
    neighbors: NDArray[np.int32],
    chance: Float32,
    due: Float32,
    pulls: Float32,
    pushes: Float32,
    step: np.float32,
    epoch: int,
    seed: int,
) -> None:
    """Move every point once; an edge takes part as often as its chance says, at moments that `due` shifts."""
    n = len(xy)
    for turn in range(parts):
        first = turn if epoch % 2 else parts - 1 - turn  # who always moves first would draw a cluster along
        size = (n - first + parts - 1) // parts
        for own in prange(size):
            i = first + own * parts
            x, y = xy[i]
            draw = _hash(
                uint64(seed) + uint64(epoch) * uint64(0x9E3779B97F4A7C15) + uint64(i) * uint64(0xD1342543DE82EF95)
            )
            for edge in range(starts[i], starts[i + 1]):
                often = chance[edge]
                if np.floor(float32(epoch + 1) * often + due[edge]) == np.floor(float32(epoch) * often + due[edge]):
                    continue
                j = neighbors[edge]
                dx, dy = x - xy[j, 0], y - xy[j, 1]
                pull = pulls[np.float32(dx * dx + dy * dy).view(np.int32) >> _LEADING_BITS]
                x -= 2 * step * _bounded(pull * dx)  # twice: an edge is seen from both ends
                y -= 2 * step * _bounded(pull * dy)
                for _ in range(_PUSHES):
                    draw += _GOLDEN
                    j = int64(((_hash(draw) >> uint64(32)) * uint64(n)) >> uint64(32))
                    if i == j:
                        continue
                    dx, dy = x - xy[j, 0], y - xy[j, 1]
                    push = pushes[np.float32(dx * dx + dy * dy).view(np.int32) >> _LEADING_BITS]
                    x += step * _bounded(push * dx)
                    y += step * _bounded(push * dy)
            moved[own, 0], moved[own, 1] = x, y
        for own in range(size):
            xy[first + own * parts] = moved[own]


_move_alone, _move_together = njit(_move), njit(_move, parallel=True)
for _compiled in (_move_alone, _move_together):
    with suppress(RuntimeError):  # there is no folder to keep it in: every process then compiles it
        _compiled.enable_caching()
