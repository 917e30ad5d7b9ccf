"""Rates with their intervals, and what is over-represented in a part."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from explorer.data.columns import Categorical, Column, Numeric, Table, in_short
from explorer.data.records import Bool  # noqa: TC001 - NamedTuple fields are evaluated

_Z95 = 1.959963984540054

MANY_BINS = 4


class Rate(NamedTuple):
    """A share of n with its Wilson 95% interval; NaN where n is 0."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.n if self.n else float("nan")


def rate(hits: int, n: int) -> Rate:
    """Give a rate its Wilson score interval (Wilson 1927): 8 of 10 -> .4902 to .9433."""
    if n == 0:
        return Rate(0, 0, float("nan"), float("nan"))
    p, z2 = hits / n, _Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * float(np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)))
    return Rate(hits, n, max(0.0, centre - half), min(1.0, centre + half))


class Standout(NamedTuple):
    """One value that is more common in a part than in the whole.

    Attributes:
        column: where it was found.
        value: the value, or a range of a number column.
        hits: rows of the part that have it.
        share: hits over the size of the part.
        lift: share in the part over share in the whole.
        p: one-sided hypergeometric p (Fisher's exact test), Benjamini-Hochberg adjusted over all values tried.
    """

    column: str
    value: str
    hits: int
    share: float
    lift: float
    p: float


def standouts(table: Table, columns: list[str], mask: Bool, *, alpha: float = 0.05) -> list[Standout]:
    """Find the values over-represented among the rows of `mask`, the surest first.

    Args:
        table: all points.
        columns: which columns to look at; number columns are cut at their quartiles.
        mask: bool (n,), the part.
        alpha: the largest adjusted p that is still reported.

    Returns:
        Values with lift above 1 and adjusted p at most `alpha`.
    """
    n, size = len(mask), int(mask.sum())
    if size in (0, n):
        return []
    tried = [
        (column.name, value, int(k), int(all_k))
        for column in map(_grouped, (table[name] for name in columns))
        for value, k, all_k in zip(column.values, column.counts(mask), column.counts(), strict=True)
    ]
    if not tried:
        return []
    hits, totals = (np.array([row[i] for row in tried]) for i in (2, 3))
    adjusted = benjamini_hochberg(_hypergeometric(hits, n, totals, size))
    lift = (hits / size) / np.maximum(totals / n, 1e-12)
    kept = [i for i in range(len(tried)) if lift[i] > 1 and adjusted[i] <= alpha]
    kept.sort(key=lambda i: (adjusted[i], -lift[i]))
    return [
        Standout(tried[i][0], tried[i][1], int(hits[i]), hits[i] / size, float(lift[i]), float(adjusted[i]))
        for i in kept
    ]


def _hypergeometric(
    hits: np.ndarray, n: int, totals: np.ndarray, size: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """P(at least `hits` of a value that `totals` of n rows have, in a random part of `size` rows)."""
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.sf(hits - 1, n, totals, size), np.float64)


def benjamini_hochberg(
    p: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Adjust p-values (m,) so that cutting at alpha bounds the share of false findings by alpha."""
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def _grouped(column: Column) -> Categorical:
    return column if isinstance(column, Categorical) else quartiles(column)


def quartiles(column: Numeric) -> Categorical:
    """Cut a number column into up to four ranges of equal counts, named by their ends."""
    known = column.values[~np.isnan(column.values)]
    if not len(known):
        return Categorical(column.name, np.full(len(column.values), -1, np.int32), ())
    edges = np.unique(np.quantile(known, np.linspace(0, 1, MANY_BINS + 1)))
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0]])
    codes = np.clip(np.searchsorted(edges[1:-1], column.values, side="right"), 0, len(edges) - 2)
    codes = np.where(np.isnan(column.values), -1, codes)
    names = tuple(f"{in_short(low)} to {in_short(high)}" for low, high in pairwise(edges))
    return Categorical(column.name, codes.astype(np.int32), names)
