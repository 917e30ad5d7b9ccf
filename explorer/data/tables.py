"""Tables put one under another, and the values of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

_WITH_MISSING = {"whole": "Int64", "truth": "boolean"}
"""Types that hold missing values beside whole numbers, and beside true and false."""


def values_of(column: pd.Series) -> list[Any]:
    """The values of a column as Python has them, None where one is missing."""
    return column.astype(object).where(column.notna(), None).tolist()


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of several, with the columns of all in the order in which they first come.

    Whole numbers stay whole where some are missing, and what is of several types in several tables becomes text.
    """
    names = list(dict.fromkeys(str(name) for table in tables for name in table.columns))
    types = {name: _common_type([table[name] for table in tables if name in table], len(tables)) for name in names}
    return pd.concat([_typed(table, types) for table in tables])[names]


def _common_type(columns: Sequence[pd.Series], tables: int) -> str:
    """The type that all columns of one name get; empty where they stay as they are."""
    known = [column for column in columns if column.notna().any()]
    kinds = {_kind(column) for column in known}
    if len(kinds) > 1:
        return "float64" if kinds <= {"whole", "number"} else "text"
    if not known or len(known) == tables:
        return ""
    (kind,) = kinds
    return _WITH_MISSING.get(kind, "text" if kind == "text" else str(known[0].dtype))


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "truth"
    if pd.api.types.is_integer_dtype(column):
        return "whole"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    return "time" if pd.api.types.is_datetime64_any_dtype(column) else "text"


def _typed(table: pd.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    changed = {}
    for name in table.columns:
        if types[str(name)] == "text" and _kind(table[name]) != "text":
            changed[str(name)] = table[name].astype(object).map(str, na_action="ignore")
        elif types[str(name)] not in ("", "text"):
            changed[str(name)] = table[name].astype(pd.api.types.pandas_dtype(types[str(name)]))
    return table.assign(**changed)
