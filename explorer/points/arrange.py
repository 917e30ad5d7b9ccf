"""Rows of points in an order, and in groups, by what a column says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import MISSING, Categorical, Numeric, Times, in_short
from explorer.data.outcomes import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.data.columns import Column, Table
    from explorer.data.records import Int64

MOST_VALUES = 12
"""Numbers with more different values are grouped by ranges."""

RANGES = 5
"""Into so many, each with about as many rows."""


class Arrangement(NamedTuple):
    """How images are arranged.

    Attributes:
        by: the column that sorts; empty for the order in which they come.
        descending: whether the largest come first; of the order in which they come, the last.
        group: the column that groups; empty for none.
        size: least width of a tile in pixels; 0 for what the place has.
    """

    by: str = ""
    descending: bool = False
    group: str = ""
    size: int = 0


class Group(NamedTuple):
    """Rows that belong together, in the order in which they were given, and what they have in common."""

    title: str
    rows: Int64


def arranged(table: Table, rows: Sequence[int] | Int64, how: Arrangement) -> list[Group]:
    """Rows sorted and grouped, one group without a title where nothing groups; columns not there do nothing."""
    given = np.asarray(rows, np.int64)
    if how.by in table:
        given = ordered(table[how.by], given, descending=how.descending)
    elif how.descending:
        given = given[::-1]
    return grouped(table[how.group], given) if how.group in table else [Group("", given)]


def ordered(column: Column, rows: Sequence[int] | Int64, *, descending: bool = False) -> Int64:
    """Sort rows by a column: numbers and times by size, names by the alphabet; equal ones as given, missing ones last.

    Returns:
        The rows, int64 (m,).
    """
    given = np.asarray(rows, np.int64)
    ranks = _ranks(column, given)
    known = ranks >= 0
    order = np.argsort(-ranks[known] if descending else ranks[known], kind="stable")
    return np.concatenate([given[known][order], given[~known]])


def _ranks(column: Column, rows: Int64) -> Int64:
    """A whole number for each row that grows with its value, int64 (m,), -1 where it is missing."""
    if isinstance(column, Categorical) and not isinstance(column, Times):
        place = {value: rank for rank, value in enumerate(sorted(column.values, key=str.casefold))}
        return np.array([*(place[value] for value in column.values), -1], np.int64)[column.codes[rows]]
    values = np.asarray(column.moments if isinstance(column, Times) else column.values)[rows]
    known = ~np.isnat(values) if isinstance(column, Times) else ~np.isnan(values)
    ranks = np.full(len(rows), -1, np.int64)
    ranks[known] = np.unique(values[known], return_inverse=True)[1]
    return ranks


def grouped(column: Column, rows: Sequence[int] | Int64) -> list[Group]:
    """Split rows by a column: names by how many rows have them, numbers and times by size; missing ones last."""
    given = np.asarray(rows, np.int64)
    parts = list(_by_range(column, given) if isinstance(column, Numeric) else _by_value(column, given))
    held = np.concatenate([part.rows for part in parts]) if parts else given[:0]
    missing = given[~np.isin(given, held)]
    return [*parts, Group(MISSING, missing)] if len(missing) else parts


def _by_value(column: Categorical, rows: Int64) -> Iterator[Group]:
    codes = column.codes[rows]
    found, counts = np.unique(codes[codes >= 0], return_counts=True)
    names = [column.values[code] for code in found]
    keys = names if isinstance(column, Times) else [(-count, name) for count, name in zip(counts, names, strict=True)]
    for place in sorted(range(len(found)), key=lambda one: keys[one]):
        yield Group(in_words(column.name, names[place]), rows[codes == found[place]])


def _by_range(column: Numeric, rows: Int64) -> Iterator[Group]:
    values = column.values[rows]
    known = np.unique(values[~np.isnan(values)])
    if len(known) <= MOST_VALUES:
        for value in known:
            yield Group(in_short(float(value)), rows[values == value])
        return
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, RANGES + 1)))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    for each in range(len(edges) - 1):
        inside = (place == each) & ~np.isnan(values)
        yield Group(f"{in_short(float(edges[each]))} to {in_short(float(edges[each + 1]))}", rows[inside])


def value_in_short(column: Column, row: int) -> str:
    """What a column says of a row, as short as it goes on a tile; empty where it is missing."""
    if isinstance(column, Numeric):
        value = float(column.values[row])
        return "" if np.isnan(value) else in_short(value)
    code = column.codes[row]
    return in_words(column.name, column.values[code]) if code >= 0 else ""
