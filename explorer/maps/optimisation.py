"""UMAP's optimisation, several times as fast on one core, and the same bytes on any number of them.

The moves are those of umap-learn (McInnes, Healy and Melville 2018, section 4.2): an edge pulls both of its ends
together as often as its membership says, and each time a few points drawn at random push its first end away. What is
faster: how hard they pull and push is read from a table by the leading bits of the squared distance, where umap-learn
raises it to a power; and the pull and the pushes of one edge all start from the same place, so that a processor works
on them at once, where umap-learn's wait for each other. Random choices are numbers that follow from seed and epoch, and
no library of mathematics has a say in the result.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numba import float32, njit, uint32, uint64

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from explorer.data.records import Float32

_FEW, _EPOCHS_OF_FEW, _EPOCHS = 10_000, 500, 200
"""Up to so many points are moved in so many epochs, more points in fewer: what umap-learn does."""

_PUSHES = 5
"""Random points that push a point away, for each neighbour that pulls it: UMAP's `negative_sample_rate`."""

_FARTHEST = 4
"""No single pull or push moves a point farther on an axis."""

_LEADING_BITS = 16
"""A squared distance stands in the tables by its leading bits: sign, exponent and 7 of the fraction, 1% apart."""

_GOLDEN = uint64(0x9E3779B97F4A7C15)
"""What splitmix64 counts in."""

_TIMES, _PLUS = uint64(6364136223846793005), uint64(1442695040888963407)
"""A linear congruential generator of 64 bits (Knuth's MMIX), of which the upper half is used."""


def epochs_for(n: int) -> int:
    """How many epochs lay out n points."""
    return _EPOCHS_OF_FEW if n <= _FEW else _EPOCHS


def optimise(
    graph: csr_matrix,
    start: Float32,
    a: float,
    b: float,
    *,
    seed: int,
    epochs: int | None = None,
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
        on_epoch: called with the epochs done, and in all.

    Returns:
        float32 (n, 2); the same input gives the same bytes.
    """
    epochs = epochs or epochs_for(len(start))
    graph = often(graph, epochs)
    chance = (graph.data / graph.data.max(initial=0)).astype(np.float32)
    edges = graph.indptr.astype(np.int64), graph.indices.astype(np.uint32), chance
    due = np.empty(np.diff(graph.indptr).max(initial=0) + 1, np.uint32)
    pulls, pushes = _forces(a, b)
    xy = np.array(start, np.float32)
    for epoch in range(epochs):
        _move(xy, *edges, due, pulls, pushes, np.float32(1 - epoch / epochs), epoch, seed)
        if on_epoch:
            on_epoch(epoch + 1, epochs)
    return xy


def often(graph: csr_matrix, epochs: int) -> csr_matrix:
    """The edges of a graph that are due in so many epochs at least once."""
    kept = graph.copy()
    kept.data[kept.data < kept.data.max(initial=0) / epochs] = 0
    kept.eliminate_zeros()
    return kept


def _forces(a: float, b: float) -> tuple[Float32, Float32]:
    """What the difference of two points is multiplied by, for a pull and a push, by the leading bits of its square."""
    bits = np.arange(1 << 15, dtype=np.int32) << _LEADING_BITS | 1 << _LEADING_BITS - 1
    largest = np.finfo(np.float32).max.view(np.int32)
    squares = np.minimum(bits, largest).view(np.float32).astype(np.float64)
    near = a * squares**b
    pulls = 2 * b * near / (squares * (near + 1))
    pulls[0] = 0  # where they are the same point there is no way to go
    return pulls.astype(np.float32), (2 * b / ((0.001 + squares) * (near + 1))).astype(np.float32)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _hash(x: int) -> int:
    """Mixed bits (splitmix64, Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> uint64(27))) * uint64(0x94D049BB133111EB)
    return x ^ (x >> uint64(31))  # type: ignore[no-any-return]


@njit(inline="always")  # type: ignore[untyped-decorator]
def _bounded(move: float) -> float:
    return min(float32(_FARTHEST), max(float32(-_FARTHEST), move))  # type: ignore[no-any-return]


@njit(inline="always")  # type: ignore[untyped-decorator]
def _read(table: Float32, across: float, down: float) -> float:
    return table[np.float32(across * across + down * down).view(np.uint32) >> uint32(_LEADING_BITS)]  # type: ignore[no-any-return]


@njit  # type: ignore[untyped-decorator]
def _move(
    xy: Float32,
    starts: NDArray[np.int64],
    neighbors: NDArray[np.uint32],
    chance: Float32,
    due: NDArray[np.uint32],
    pulls: Float32,
    pushes: Float32,
    step: np.float32,
    epoch: int,
    seed: int,
) -> None:
    """One epoch: an edge is due once in 1 / chance of them; `due` has room for those of one point."""
    n = uint64(len(xy))
    draw = _hash(uint64(seed) + uint64(epoch) * _GOLDEN)
    for i in range(n):
        count = 0
        for edge in range(starts[i], starts[i + 1]):
            due[count] = neighbors[edge]
            count += np.floor(float32(epoch + 1) * chance[edge]) != np.floor(float32(epoch) * chance[edge])
        x, y = xy[i]
        for near in due[:count]:
            across, down = x - xy[near, 0], y - xy[near, 1]
            pull = _read(pulls, across, down)
            along, up = -_bounded(pull * across), -_bounded(pull * down)
            xy[near, 0] -= step * along
            xy[near, 1] -= step * up
            for _ in range(_PUSHES):
                draw = draw * _TIMES + _PLUS
                far = ((draw >> uint64(32)) * n) >> uint64(32)
                if far != uint64(i):
                    across, down = x - xy[far, 0], y - xy[far, 1]
                    push = _read(pushes, across, down)
                    along += _bounded(push * across)
                    up += _bounded(push * down)
            x += step * along
            y += step * up
        xy[i, 0], xy[i, 1] = x, y


with suppress(RuntimeError):  # there is no folder to keep it in: every process then compiles it
    _move.enable_caching()
