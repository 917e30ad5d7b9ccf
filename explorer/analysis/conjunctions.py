"""Conjunctions of columns on which errors are frequent, by the score of SliceLine.

Sagadeeva and Boehm 2021, "SliceLine: Fast, Linear-Algebra-based Slice Finding for ML Model Debugging". Its package goes
through all conjunctions: three predicates of 12 columns of 50,000 rows took 78 s, where this takes the best pairs on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.data.records import Bool

    Float64 = NDArray[np.float64]
    Predicates = tuple[tuple[int, int], ...]
    """Columns, by their place, with the code of the value that each has to have."""

WEIGHT = 0.95
"""How much the error rate counts against the size; with the paper's .6 nothing under a tenth of the rows is listed."""

BEST, EXTENDED, WIDEST = 100, 30, 200
"""How many are given, how many pairs are taken on to three predicates, and how many values are looked at."""


def conjunctions(
    columns: Sequence[NDArray[np.int32]], wrong: Bool, expected: Float64, *, least: int
) -> list[Predicates]:
    """The conjunctions of up to three predicates with the highest score, best first.

    The score weighs how many errors there are for each that is expected against how small the slice is:
    a (errors / expected - 1) - (1 - a) (n / size - 1).

    Args:
        columns: int32 (n,) each, codes of values, -1 where missing.
        wrong: bool (n,).
        expected: float64 (n,), the chance of an error on each row without them.
        least: rows that a conjunction has at least.
    """
    predicates = _predicates(columns, least)
    if not predicates:
        return []
    has = np.stack([columns[column] == value for column, value in predicates], axis=1).astype(np.float32)
    of = np.array([column for column, _ in predicates])
    counted = wrong.astype(np.float32), expected.astype(np.float32), least
    single = _scores(np.ones((len(wrong), 1), np.float32), has, *counted)[0]
    pairs = np.where(of[:, None] < of, _scores(has, has, *counted), -np.inf)
    best_pairs = [divmod(int(at), len(of)) for at in np.argsort(-pairs, axis=None, kind="stable")[:BEST]]
    scored: dict[tuple[int, ...], float] = {(i,): float(single[i]) for i in range(len(of))}
    scored |= {pair: float(pairs[pair]) for pair in best_pairs}
    for a, b in best_pairs[:EXTENDED]:
        triples = _scores((has[:, a] * has[:, b])[:, None], has, *counted)[0]
        others = np.flatnonzero((of != of[a]) & (of != of[b])).tolist()
        scored |= {tuple(sorted((a, b, c))): float(triples[c]) for c in others}
    best = sorted((these for these in scored if scored[these] > 0), key=lambda these: -scored[these])
    return [tuple(predicates[i] for i in these) for these in best[:BEST]]


def _predicates(columns: Sequence[NDArray[np.int32]], least: int) -> list[tuple[int, int]]:
    """Every value of every column that enough rows have, the most frequent where there are too many."""
    counted = [
        (int(many), column, value)
        for column, codes in enumerate(columns)
        for value, many in enumerate(np.bincount(codes[codes >= 0]))
        if least <= many < len(codes)
    ]
    return sorted((column, value) for _, column, value in sorted(counted, reverse=True)[:WIDEST])


def _scores(
    some: NDArray[np.float32],
    others: NDArray[np.float32],
    wrong: NDArray[np.float32],
    expected: NDArray[np.float32],
    least: int,
) -> Float64:
    """The score of every conjunction of one of some and one of others, (s, o); minus infinity of those too small."""
    size, errors, explained = (some.T @ (others * each[:, None]) for each in (np.ones_like(wrong), wrong, expected))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = WEIGHT * (errors / explained - 1) - (1 - WEIGHT) * (len(wrong) / size - 1)
    return np.where((size >= least) & (explained > 0), score, -np.inf).astype(np.float64)
