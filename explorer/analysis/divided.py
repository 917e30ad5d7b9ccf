"""The parts of images that are held against each other: splits, batches, and periods of a date."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.segments import LEAST
from explorer.data.columns import Categorical, Times
from explorer.data.records import BATCH, ORIGINAL, Int64
from explorer.errors import SourceError
from explorer.signals.newness import SPLIT, TRAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.data.columns import Table

PERIODS = 4
"""Parts of about as many images each that a column of dates is cut into."""


class Between(NamedTuple):
    """Which two parts are meant: values of one column, of a date the names of its periods."""

    column: str
    before: str
    after: str


class Pair(NamedTuple):
    """Two parts of the images that are compared.

    Attributes:
        column: what divides them.
        before: the value that the other one is compared with.
        after: the other value.
        rows: int64, of the first part.
        others: int64, of the second.
        usual: whether all values of the column are compared with this first one, unless others are asked for.
    """

    column: str
    before: str
    after: str
    rows: Int64
    others: Int64
    usual: bool = True


class Divided(NamedTuple):
    """A column and its parts.

    Attributes:
        column: its name.
        parts: the rows of each value that at least `LEAST` images have, int64, in the order of the values.
        is_ordered: whether each part follows the one before.
    """

    column: str
    parts: Mapping[str, Int64]
    is_ordered: bool

    @property
    def first(self) -> str:
        """The value that the others are compared with where they have no order."""
        return next((value for value in (ORIGINAL, TRAIN) if value in self.parts), next(iter(self.parts)))

    @property
    def pairs(self) -> Iterator[Pair]:
        """Of dates each period with the next one, else the first value with every other one."""
        values = list(self.parts)
        apart = pairwise(values) if self.is_ordered else ((self.first, each) for each in values if each != self.first)
        return (self.pair(*each) for each in apart)

    def pair(self, before: str, after: str) -> Pair:
        """Two of its parts."""
        usual = not self.is_ordered and before == self.first
        return Pair(self.column, before, after, self.parts[before], self.parts[after], usual)


def divided(table: Table) -> dict[str, Divided]:
    """`batch`, `split` and each column of dates that has two parts to compare, by name."""
    times = [name for name in map(str, table.frame.columns) if isinstance(table[name], Times)]
    named = [name for name in (BATCH, SPLIT) if name in table and name not in times]
    found = {name: column for name in (*named, *times) if isinstance(column := table[name], Categorical)}
    every = {name: parts_of_values(column) for name, column in found.items()}
    return {name: one for name, one in every.items() if len(one.parts) > 1}


def parts_of_values(column: Categorical) -> Divided:
    """The parts of one column."""
    is_ordered = isinstance(column, Times)
    cut = _periods(column) if isinstance(column, Times) else column
    parts = {value: np.flatnonzero(cut.codes == code) for code, value in enumerate(cut.values)}
    return Divided(column.name, {value: these for value, these in parts.items() if len(these) >= LEAST}, is_ordered)


def pairs(table: Table, between: Between | None = None) -> list[Pair]:
    """The pair that is asked for, else all pairs of all columns.

    Raises:
        SourceError: the column does not divide these images, or has not both values.
    """
    every = divided(table)
    if between is None:
        return [pair for one in every.values() for pair in one.pairs]
    if between.column not in every:
        known = ", ".join(every) or "there is none"
        raise SourceError(
            f"Expected a split, batch or date to compare two values of ({known}), found {between.column!r}."
        )
    one = every[between.column]
    unknown = next((value for value in between[1:] if value not in one.parts), None)
    if unknown is not None or between.before == between.after:
        known = ", ".join(map(repr, one.parts))
        raise SourceError(
            f"Expected two of the values of {one.column} that {LEAST} images have ({known}), found "
            f"{unknown or between.before!r}{'' if unknown else ' twice'}."
        )
    return [one.pair(between.before, between.after)]


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
