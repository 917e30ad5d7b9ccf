"""Filters over columns: what the sidebar, the legend and `--where` all say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.columns import MISSING, Categorical, Numeric, Table
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.records import Bool


@dataclass(frozen=True)
class OneOf:
    """Rows whose value is among `values`; `MISSING` stands for no value."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True)
class NoneOf:
    """Rows whose value is not among `values`: what the legend hides."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True)
class Between:
    """Rows whose number lies in low..high, both ends included; missing numbers do not."""

    column: str
    low: float = -np.inf
    high: float = np.inf


Filter = OneOf | NoneOf | Between
Filters = tuple[Filter, ...]

_WHERE = re.compile(r"^\s*(?P<column>.+?)\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?P<value>.*?)\s*$")


def matching(table: Table, filters: Filters) -> Bool:
    """Rows that pass every filter, bool (n,)."""
    mask = np.ones(len(table), np.bool_)
    for one in filters:
        mask &= _passes(table, one)
    return mask


def _passes(table: Table, one: Filter) -> Bool:
    column = table[one.column]
    if isinstance(one, Between):
        if isinstance(column, Categorical):
            raise SubsetError(f"Column {one.column!r} holds text; expected '=' or '!=' rather than a range.")
        return np.asarray((column.values >= one.low) & (column.values <= one.high), np.bool_)
    listed = _listed(column, one.values)
    return listed if isinstance(one, OneOf) else ~listed


def _listed(column: Categorical | Numeric, values: frozenset[str]) -> Bool:
    if isinstance(column, Numeric):
        mask = np.isin(column.values, [np.float32(v) for v in values if v != MISSING])
        return mask | np.isnan(column.values) if MISSING in values else mask
    wanted = np.array([*(value in values for value in column.values), MISSING in values], np.bool_)
    return wanted[column.codes]  # code -1 reads the last place, which is MISSING


def parse_where(text: str, table: Table) -> Filter:
    """Read `column=value`, `column!=value`, `column>=number` and the like.

    Raises:
        SubsetError: the form, the column or the number is wrong.
    """
    match = _WHERE.match(text)
    if not match:
        raise SubsetError(f"Expected --where 'column=value' (or !=, >=, <=, >, <), found {text!r}.")
    column, operator, value = match["column"], match["operator"], match["value"]
    if column not in table:
        raise SubsetError(f"There is no column {column!r}; the columns are {', '.join(table.frame.columns)}.")
    if operator in ("=", "!="):
        values = frozenset([value or MISSING])
        if isinstance(table[column], Numeric) and value not in ("", MISSING):
            _number(value, text)
        return OneOf(column, values) if operator == "=" else NoneOf(column, values)
    number = _number(value, text)
    beyond = {">": np.nextafter(np.float32(number), np.float32(np.inf)), ">=": number}
    below = {"<": np.nextafter(np.float32(number), np.float32(-np.inf)), "<=": number}
    return Between(column, float(beyond.get(operator, -np.inf)), float(below.get(operator, np.inf)))


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SubsetError(f"Expected a number in --where {text!r}, found {value!r}.") from None


def filter_to_json(one: Filter) -> dict[str, Any]:
    """The filter as plain JSON values, nothing lost."""
    if isinstance(one, Between):
        ends = {"from": float(one.low), "to": float(one.high)}
        return {"column": one.column, **{name: end for name, end in ends.items() if np.isfinite(end)}}
    return {"column": one.column, "is" if isinstance(one, OneOf) else "is_not": sorted(one.values)}


def filter_from_json(raw: Mapping[str, Any]) -> Filter:
    """Read what `filter_to_json` wrote; KeyError, TypeError or ValueError where it is something else."""
    column = str(raw["column"])
    if "is" in raw:
        return OneOf(column, frozenset(map(str, raw["is"])))
    if "is_not" in raw:
        return NoneOf(column, frozenset(map(str, raw["is_not"])))
    return Between(column, float(raw.get("from", -np.inf)), float(raw.get("to", np.inf)))
