"""Filters over columns: what the sidebar, the legend and `--where` all say."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.columns import MISSING, Categorical, Numeric, Table, Times
from explorer.data.periods import period
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

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


@dataclass(frozen=True)
class During:
    """Rows whose time lies from `since` on and before `until`: ISO 8601, UTC, empty for no end; not missing ones."""

    column: str
    since: str = ""
    until: str = ""


Filter = OneOf | NoneOf | Between | During
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
    if isinstance(one, During):
        if not isinstance(column, Times):
            raise SubsetError(f"Column {one.column!r} no longer holds times; expected '=', '!=' or a range of numbers.")
        return _during(column, one.since, one.until)
    if isinstance(one, Between):
        if isinstance(column, Categorical):
            raise SubsetError(f"Column {one.column!r} holds text; expected '=' or '!=' rather than a range.")
        return _between(column.values, one.low, one.high)
    listed = _listed(column, one.values)
    return listed if isinstance(one, OneOf) else ~listed


def _during(column: Times, since: str, until: str) -> Bool:
    at = pd.DatetimeIndex(column.moments)  # numpy itself overflows where one side is of nanoseconds
    mask = np.asarray(at.notna(), np.bool_)
    if since:
        mask &= at >= pd.Timestamp(np.datetime64(since))
    if until:
        mask &= at < pd.Timestamp(np.datetime64(until))
    return mask


def _between(values: NDArray[Any], low: float, high: float) -> Bool:
    if np.issubdtype(values.dtype, np.integer):  # compared as whole numbers, which floats do not hold beyond 2**53
        low = math.ceil(low) if math.isfinite(low) else low
        high = math.floor(high) if math.isfinite(high) else high
    return np.asarray((_as_exact(values, low) >= low) & (_as_exact(values, high) <= high), np.bool_)


def _as_exact(values: NDArray[Any], end: float) -> NDArray[Any]:
    """Numbers as exact as the end they are compared with: earlier workspaces have rules with ends in float32."""
    if not isinstance(end, float) or not math.isfinite(end):
        return values
    rounded = np.float32(end)
    return values.astype(np.float32) if float(rounded) == end != float(str(rounded)) else values


def _listed(column: Categorical | Numeric, values: frozenset[str]) -> Bool:
    if isinstance(column, Numeric):
        numbers = [number for value in values if (number := _as_number(value)) is not None]
        if np.issubdtype(column.values.dtype, np.integer):
            whole = [int(number) for number in numbers if math.isfinite(number) and number == int(number)]
            return np.isin(column.values, [number for number in whole if abs(number) < 2**63])
        mask = np.isin(column.values, np.array(numbers, column.values.dtype))
        return mask | np.isnan(column.values) if MISSING in values else mask
    wanted = np.array([*(value in values for value in column.values), MISSING in values], np.bool_)
    mask = wanted[column.codes]  # code -1 reads the last place, which is MISSING
    if isinstance(column, Times):
        for value in values - set(column.values):
            span = period(value)
            mask |= _during(column, *map(str, span)) if span else False
    return mask


def parse_where(text: str, table: Table) -> Filter:
    """Read `column=value`, `column!=value`, `column>=number` and the like.

    Of a column that models have, the name without the model's is enough where one model has it. A time stands for
    the whole of what it names: `when=2024-05-01` is any time of that day, `when>2024-05-01` any later day,
    `when=2024-05-01T10:30` any time of that minute.

    Raises:
        SubsetError: the form, the column, the number or the time is wrong.
    """
    match = _WHERE.match(text)
    if not match:
        raise SubsetError(f"Expected --where 'column=value' (or !=, >=, <=, >, <), found {text!r}.")
    column, operator, value = full_name(match["column"], table), match["operator"], match["value"]
    coded = table[column]
    if operator in ("=", "!="):
        if value not in ("", MISSING):
            _check(coded, value, text)
        values = frozenset([value or MISSING])
        return OneOf(column, values) if operator == "=" else NoneOf(column, values)
    if isinstance(coded, Times):
        start, end = _period(value, text)
        if operator in (">", ">="):
            return During(column, since=end if operator == ">" else start)
        return During(column, until=start if operator == "<" else end)
    number = _number(value, text)
    beyond = {">": _next(coded, number, math.inf), ">=": number}
    below = {"<": _next(coded, number, -math.inf), "<=": number}
    return Between(column, beyond.get(operator, -math.inf), below.get(operator, math.inf))


def full_name(column: str, table: Table) -> str:
    """The column of this name, or the one of the only model that has it: `confidence` for `v1.confidence`.

    Raises:
        SubsetError: there is none, or several models have one.
    """
    if column in table:
        return table.name_now(column)
    named = [name for name in map(str, table.frame.columns) if name.endswith(f".{column}")]
    if len(named) == 1:
        return named[0]
    if named:
        raise SubsetError(f"Expected whose {column} is meant in --where, found {column!r}. Say {' or '.join(named)}.")
    raise SubsetError(f"There is no column {column!r}; the columns are {', '.join(map(str, table.frame.columns))}.")


def _check(column: Categorical | Numeric, value: str, text: str) -> None:
    """Refuse what no value of the column can be."""
    if isinstance(column, Numeric):
        _number(value, text)
    elif isinstance(column, Times):
        _period(value, text)


def _next(column: Categorical | Numeric, number: float, toward: float) -> float:
    """The next number that the column can tell apart from this one."""
    if not isinstance(column, Numeric) or math.isinf(number):
        return number
    if np.issubdtype(column.values.dtype, np.integer):
        return math.floor(number) + 1 if toward > 0 else math.ceil(number) - 1
    exact = column.values.dtype.type
    return float(np.nextafter(exact(number), exact(toward)))


def _period(value: str, text: str) -> tuple[str, str]:
    """The start of a time as written, and where the next one starts."""
    found = period(value)
    if found is None:
        raise SubsetError(
            f"Expected a time such as 2024-05-01 or 2024-05-01T10:30:00 in --where {text!r}, found {value!r}."
        )
    return str(found[0]), str(found[1])


def _number(value: str, text: str) -> float:
    number = _as_number(value)
    if number is None:
        raise SubsetError(f"Expected a number in --where {text!r}, found {value!r}.")
    return number


def _as_number(value: str) -> float | None:
    """A number, whole ones without rounding; None for anything else."""
    try:
        return int(value)
    except ValueError:
        pass
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def filter_to_json(one: Filter) -> dict[str, Any]:
    """The filter as plain JSON values, nothing lost."""
    if isinstance(one, During):
        return {"column": one.column, "since": one.since, "until": one.until}
    if isinstance(one, Between):
        ends = {"from": one.low, "to": one.high}
        return {"column": one.column, **{name: end for name, end in ends.items() if math.isfinite(end)}}
    return {"column": one.column, "is" if isinstance(one, OneOf) else "is_not": sorted(one.values)}


def filter_from_json(raw: Mapping[str, Any]) -> Filter:
    """Read what `filter_to_json` wrote; KeyError, TypeError or ValueError where it is something else."""
    column = str(raw["column"])
    if "is" in raw:
        return OneOf(column, frozenset(map(str, raw["is"])))
    if "is_not" in raw:
        return NoneOf(column, frozenset(map(str, raw["is_not"])))
    if "since" in raw:
        ends = str(raw["since"]), str(raw["until"])
        for end in filter(None, ends):
            np.datetime64(end)
        return During(column, *ends)
    low, high = raw.get("from", -math.inf), raw.get("to", math.inf)
    return Between(column, *(end if isinstance(end, int) else float(end) for end in (low, high)))
