"""Whether the images of one split, batch or period differ from those of another, and in what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import NO_GAIN, Kind, NotComputed
from explorer.analysis.drift import ALPHA, CLASSIFIER, Difference, Moved, drift, moved
from explorer.analysis.segments import LEAST
from explorer.data.columns import Categorical, Times
from explorer.data.findings import Finding
from explorer.data.records import BATCH, ORIGINAL, Int64
from explorer.points.columns import COPY, MATCH, SIMILARITY
from explorer.signals.newness import NEW_NEIGHBORS, SPLIT, TRAIN, share_of_new
from explorer.stats.significance import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.data.columns import Table
    from explorer.points.points import Points

DRIFT = "drift"
"""The kind of these findings, as `edgecase analyze` calls it."""

PERIODS = 4
"""Parts of about as many images each that a column of dates is cut into."""

_SAID = 3


class Pair(NamedTuple):
    """Two parts of the images that are compared.

    Attributes:
        column: what divides them.
        before: the value that all others of the column are compared with.
        after: the other value.
        rows: int64, of the first part.
        others: int64, of the second.
    """

    column: str
    before: str
    after: str
    rows: Int64
    others: Int64


class Drifted(NamedTuple):
    """A pair, what two tests say of it, and the number columns that moved, the most first."""

    pair: Pair
    tests: tuple[Difference, Difference]
    signals: list[Moved]

    @property
    def rows(self) -> list[Row]:
        """One row per test."""
        return [
            {
                "column": self.pair.column,
                "between": [self.pair.before, self.pair.after],
                "test": test.test,
                "statistic": test.statistic,
                "p": test.p,
                "n": test.n,
                "signals": [signal._asdict() for signal in self.signals],
            }
            for test in self.tests
        ]

    @property
    def is_sure(self) -> bool:
        """Whether either test says so, adjusted for there being two."""
        return bool(benjamini_hochberg(np.array([test.p for test in self.tests])).min() <= ALPHA)


def _rows(of: Analyzed) -> list[Row]:
    return [row for one in _drifts(of) for row in one.rows]


def _found(of: Analyzed) -> list[Finding]:
    """The pairs that surely differ, adjusted for how many were compared."""
    points, all_of_them = of.images, _drifts(of)
    p = benjamini_hochberg(np.array([test.p for one in all_of_them for test in one.tests])).reshape(-1, 2).min(axis=1)
    return [_finding(one, points) for one, adjusted in zip(all_of_them, p, strict=True) if adjusted <= ALPHA]


def _drifts(of: Analyzed) -> list[Drifted]:
    return of.once(DRIFT, lambda: drifts(of.images, of.seed))


def drifts(points: Points, seed: int) -> list[Drifted]:
    """Every pair of parts of images, compared.

    Raises:
        NotComputed: there are no two parts to compare.
    """
    compared = list(pairs(points.table))
    if not compared:
        raise NotComputed(
            f"There are no two parts to compare: it takes a split, a batch or a date that {LEAST} images have, and "
            f"{LEAST} that have another."
        )
    return [_drifted(points, one, seed) for one in compared]


def batch_drift(points: Points, name: str, seed: int = 42) -> Drifted | None:
    """How a batch differs from what was built first; None where either has too few images to say."""
    column = points.table[BATCH] if BATCH in points.table else None
    known = _pairs(column) if isinstance(column, Categorical) else ()
    return next((_drifted(points, one, seed) for one in known if (one.before, one.after) == (ORIGINAL, name)), None)


def _drifted(points: Points, pair: Pair, seed: int) -> Drifted:
    vectors = points.space.vectors
    hidden = points.plumbing | {COPY, MATCH, SIMILARITY, NEW_NEIGHBORS}
    columns = points.table.groupable(leave_out=frozenset(hidden))
    tests = drift(vectors[pair.rows], vectors[pair.others], seed=seed)
    return Drifted(pair, tests, moved(points.table, columns, pair.rows, pair.others))


def pairs(table: Table) -> Iterator[Pair]:
    """The first value of `batch`, `split` and each column of dates, with every other one; those of too few left out."""
    times = [name for name in map(str, table.frame.columns) if isinstance(table[name], Times)]
    for name in (*(name for name in (BATCH, SPLIT) if name in table), *times):
        column = table[name]
        if isinstance(column, Categorical):
            yield from _pairs(_periods(column) if isinstance(column, Times) else column)


def _pairs(column: Categorical) -> Iterator[Pair]:
    parts = {value: np.flatnonzero(column.codes == code) for code, value in enumerate(column.values)}
    large = {value: these for value, these in parts.items() if len(these) >= LEAST}
    if not large:
        return
    first = next((value for value in (ORIGINAL, TRAIN) if value in large), next(iter(large)))
    for value, these in large.items():
        if value != first:
            yield Pair(column.name, first, value, large[first], these)


def _periods(column: Times) -> Categorical:
    """A column of times cut into up to `PERIODS` parts of as many rows each, whole days, the earliest first."""
    days = column.moments.astype("datetime64[D]")
    known = ~np.isnat(days)
    ascending = np.sort(days[known])
    edges = np.unique(ascending[len(ascending) * np.arange(1, PERIODS) // PERIODS]) if len(ascending) else ascending
    codes = np.full(len(days), -1, np.int32)
    codes[known] = np.unique(np.searchsorted(edges, days[known], side="right"), return_inverse=True)[1]
    parts = [days[codes == code] for code in range(codes.max(initial=-1) + 1)]
    return Categorical(column.name, codes, tuple(f"{part.min()} to {part.max()}" for part in parts))


def _finding(one: Drifted, points: Points) -> Finding:
    pair, (classifier, mmd) = one.pair, one.tests
    assert classifier.test == CLASSIFIER
    is_new = np.zeros(len(points), np.bool_)
    is_new[pair.others] = True
    newest = np.argsort(-share_of_new(points.space.neighbors, is_new)[pair.others], kind="stable")
    figures: dict[str, float | int | str] = {
        "column": pair.column,
        "value": pair.after,
        "before": pair.before,
        "statistic": classifier.statistic,
        "p": classifier.p,
        "mmd": mmd.statistic,
        "mmd_p": mmd.p,
        "n": classifier.n,
    }
    score = NO_GAIN * len(pair.others) / len(points) * max(2 * classifier.statistic - 1, 0.0)
    title = f"{pair.column} {pair.after}"
    return Finding(DRIFT, title, sentence(one, points), tuple(points.space.ids_of(pair.others[newest])), figures, score)


def sentence(one: Drifted, points: Points, *, surely: bool = True) -> str:
    """How far a pair can be told apart, and in what it differs."""
    pair, (classifier, mmd) = one.pair, one.tests
    moves = ", ".join(_told(signal, points) for signal in one.signals[:_SAID])
    return (
        f"{pair.column} {pair.after} {'differs' if surely else 'does not surely differ'} from {pair.before}: "
        f"a classifier tells {classifier.statistic:.0%} of {2 * classifier.n:,} images apart, 50% by chance "
        f"(p = {classifier.p:.2g}; MMD p = {mmd.p:.2g}){f'. What moved: {moves}' if moves else ''}."
    )


def _told(signal: Moved, points: Points) -> str:
    name = points.colourings(None, ()).get(signal.signal, signal.signal)
    return f"{name} (median {signal.after:.3g}, was {signal.before:.3g})"


def _line(row: Mapping[str, Any]) -> str:
    before, after = row["between"]
    moves = ", ".join(signal["signal"] for signal in row["signals"][:_SAID])
    said = f"{row['test']} {row['statistic']:.3g}, p = {row['p']:.2g}, {row['n']:,} of each"
    return f"{row['column']} {after} against {before}: {said}{f', moved: {moves}' if moves else ''}"


KIND = Kind(
    name=DRIFT,
    version=1,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="There are no two parts to compare.",
    options=("seed", "encoder"),
    cost=2.0,
)
