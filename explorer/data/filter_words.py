"""A filter the way a person would say it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from explorer.data import outcomes
from explorer.data.columns import MISSING, Categorical
from explorer.data.filters import Between, During, NoneOf, OneOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explorer.data.columns import Column, Table
    from explorer.data.filters import Filter

_MOST = 4
"""Values that are listed; of more than these, the rest is counted."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})
"""Columns go by their own names."""


def in_words(one: Filter, names: Mapping[str, str] = NO_NAMES, table: Table | None = None) -> str:
    """Say a filter: `label is Bag or Coat`, `confidence below 0.5`.

    Args:
        one: the filter.
        names: column -> its name on screen, where it has another.
        table: the points that are filtered: with them, what is left out is said by what is left, where that is less,
            and an end that no value passes is not said.
    """
    column = table[one.column] if table is not None and one.column in table else None
    name = _inside_a_sentence(one.column, names)
    if isinstance(one, Between):
        return f"{name} {_range(one, column)}"
    if isinstance(one, During):
        return f"{name} {_span(one)}"
    if isinstance(one, NoneOf) and isinstance(column, Categorical):
        one = _by_what_is_left(one, column)
    verb = "is" if isinstance(one, OneOf) else "is not"
    return f"{name} {verb} {_listed(one.column, one.values)}"


def all_in_words(filters: Iterable[Filter], names: Mapping[str, str] = NO_NAMES, table: Table | None = None) -> str:
    """Say filters that hold together: `confidence below 0.5, split is test`."""
    return ", ".join(in_words(one, names, table) for one in filters)


def _inside_a_sentence(column: str, names: Mapping[str, str]) -> str:
    """The name of a column where no sentence begins; what people named themselves stays as it is."""
    name = names.get(column, column)
    ordinary = name != column and name[1:] == name[1:].lower()
    return name[:1].lower() + name[1:] if ordinary else name


def _by_what_is_left(one: NoneOf, column: Categorical) -> OneOf | NoneOf:
    there = {*column.values, *([MISSING] if (column.codes < 0).any() else [])}
    left = there - one.values
    return OneOf(one.column, frozenset(left)) if 0 < len(left) < len(one.values & there) else one


def _listed(column: str, values: frozenset[str]) -> str:
    shown = ["missing" if value == MISSING else outcomes.in_words(column, value) for value in sorted(values)]
    if len(shown) > _MOST + 1:
        shown = [", ".join(shown[:_MOST]), f"{len(shown) - _MOST} others"]
    return " or ".join(shown)


def _range(one: Between, column: Column | None) -> str:
    low, high = one.low, one.high
    if column is not None and not isinstance(column, Categorical) and not np.isnan(column.values).all():
        low = -np.inf if low <= float(np.nanmin(column.values)) else low
        high = np.inf if high >= float(np.nanmax(column.values)) else high
    if np.isinf(low) and np.isinf(high):
        return "known"
    if np.isinf(low):
        return f"{'below' if isinstance(high, float) and float(_said(high)) > high else 'at most'} {_said(high)}"
    if np.isinf(high):
        return f"{'above' if isinstance(low, float) and float(_said(low)) < low else 'at least'} {_said(low)}"
    return f"{_said(low)} to {_said(high)}"


def _span(one: During) -> str:
    ends = [f"from {one.since} on" if one.since else "", f"before {one.until}" if one.until else ""]
    return " and ".join(filter(None, ends)) or "known"


def _said(end: float) -> str:
    """An end in six digits, a whole one in all it has; `--where "confidence<0.5"` keeps the number before 0.5."""
    return f"{int(end)}" if float(end).is_integer() else f"{end:.6g}"
