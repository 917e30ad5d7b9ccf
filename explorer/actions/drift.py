"""Whether the images of one split, batch or period differ from those of another, and in what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import NO_GAIN, Kind, NotComputed
from explorer.analysis.divided import Pair, divided, pairs
from explorer.analysis.drift import ALPHA, CLASSIFIER, Difference, Moved, drift, moved
from explorer.analysis.segments import LEAST
from explorer.data.findings import Finding
from explorer.data.records import BATCH, ORIGINAL
from explorer.points.columns import COPY, MATCH, SIMILARITY
from explorer.signals.newness import NEW_NEIGHBORS, share_of_new
from explorer.stats.significance import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.analysis.divided import Between
    from explorer.points.points import Points

DRIFT = "drift"
"""The kind of these findings, as `edgecase analyze` calls it."""

_SAID = 3


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
    return of.once(DRIFT, lambda: drifts(of.images, of.seed, of.between))


def drifts(points: Points, seed: int, between: Between | None = None) -> list[Drifted]:
    """The pair of parts of images that is asked for, else every usual one, compared.

    Raises:
        NotComputed: there are no two parts to compare.
        SourceError: there is no pair as asked.
    """
    compared = pairs(points.table, between)
    if not compared:
        raise NotComputed(
            f"There are no two parts to compare: it takes a split, a batch or a date that {LEAST} images have, and "
            f"{LEAST} that have another."
        )
    return [_drifted(points, one, seed) for one in compared]


def batch_drift(points: Points, name: str, seed: int = 42) -> Drifted | None:
    """How a batch differs from what was built first; None where either has too few images to say."""
    batches = divided(points.table).get(BATCH)
    if batches is None or name == ORIGINAL or not {ORIGINAL, name} <= batches.parts.keys():
        return None
    return _drifted(points, batches.pair(ORIGINAL, name), seed)


def _drifted(points: Points, pair: Pair, seed: int) -> Drifted:
    vectors = points.space.vectors
    hidden = points.plumbing | {COPY, MATCH, SIMILARITY, NEW_NEIGHBORS}
    columns = points.table.groupable(leave_out=frozenset(hidden))
    tests = drift(vectors[pair.rows], vectors[pair.others], seed=seed)
    return Drifted(pair, tests, moved(points.table, columns, pair.rows, pair.others))


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
    if not pair.usual:
        figures["between"] = f"{pair.before} and {pair.after}"
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
    version=2,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="There are no two parts to compare.",
    options=("seed", "encoder", "between"),
    cost=2.0,
)
