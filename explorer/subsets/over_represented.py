"""Values that are over-represented in a part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.bins import TO, grouped
from explorer.data.columns import Numeric
from explorer.stats.significance import benjamini_hochberg, hypergeometric

if TYPE_CHECKING:
    from explorer.data.columns import Table
    from explorer.data.records import Bool

LEAST_LIFT = 1.05
"""A value that is hardly more common in the part than in the whole says nothing, however sure that is."""


class OverRepresented(NamedTuple):
    """One value that is more common in a part than in the whole.

    Attributes:
        column: where it was found.
        value: the value, or a range of a number column; ranges that follow each other are one.
        hits: rows of the part that have it.
        share: hits over the size of the part.
        lift: share in the part over share in the whole.
        p: one-sided hypergeometric p (Fisher's exact test), Benjamini-Hochberg adjusted over all values tried; of
            ranges that are one, the least sure's.
    """

    column: str
    value: str
    hits: int
    share: float
    lift: float
    p: float


def over_represented(table: Table, columns: list[str], mask: Bool, *, alpha: float = 0.05) -> list[OverRepresented]:
    """Find the values over-represented among the rows of `mask`, the surest first.

    Args:
        table: all points.
        columns: which columns to look at; number columns are cut at their quartiles.
        mask: bool (n,), the part.
        alpha: the largest adjusted p that is still reported.

    Returns:
        Values with lift of at least `LEAST_LIFT` and adjusted p at most `alpha`.
    """
    n, size = len(mask), int(mask.sum())
    if size in (0, n):
        return []
    tried = [
        (column.name, value, int(k), int(all_k))
        for column in map(grouped, (table[name] for name in columns))
        for value, k, all_k in zip(column.values, column.counts(mask), column.counts(), strict=True)
    ]
    if not tried:
        return []
    hits, totals = (np.array([row[i] for row in tried]) for i in (2, 3))
    adjusted = benjamini_hochberg(hypergeometric(hits, n, totals, size))
    lift = (hits / size) / np.maximum(totals / n, 1e-12)
    kept = [i for i in range(len(tried)) if lift[i] > 1 and adjusted[i] <= alpha]
    found = []
    for first, last in _runs(kept, [row[0] if isinstance(table[row[0]], Numeric) else None for row in tried]):
        name, value, these = tried[first][0], tried[first][1], slice(first, last + 1)
        if last > first:
            value = f"{value.partition(TO)[0]}{TO}{tried[last][1].partition(TO)[2]}"
        share = int(hits[these].sum()) / size
        lifted = share / (int(totals[these].sum()) / n)
        if lifted >= LEAST_LIFT:
            found.append(
                OverRepresented(name, value, int(hits[these].sum()), share, lifted, float(adjusted[these].max()))
            )
    return sorted(found, key=lambda one: (one.p, -one.lift))


def _runs(kept: list[int], numbers: list[str | None]) -> list[tuple[int, int]]:
    """First and last of what was kept, where ranges of the same number column that follow each other are one run."""
    runs: list[tuple[int, int]] = []
    for i in kept:
        if numbers[i] and runs and runs[-1][1] == i - 1 and numbers[i - 1] == numbers[i]:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return runs
