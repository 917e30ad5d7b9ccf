"""What the cells of a column mean."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MISSING = frozenset(["", "NA", "N/A", "NaN", "nan", "null"])
"""How text files write a missing value of metadata; a label of these names is a label, save the empty one."""

_NO_NUMBER = frozenset(["None", "-", "?", "inf", "-inf", "Infinity", "-Infinity"])
"""What stands among numbers where there is none that a scale has a place for; among words these are words."""

_NUMBER = re.compile(r"[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
"""A number; not a code such as 007, nor more digits than a float holds."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")

_BOOLEANS = {"true": True, "false": False}

_FLOATED = re.compile(r"-?\d+\.0")


def texts(column: pd.Series) -> list[str | None]:
    """Cells as text: None where there is nothing; a whole number read as 3.0 is written 3."""
    return [_text(value) for value in column.tolist()]


def class_names(column: pd.Series) -> list[str | None]:
    """Names of classes: as `texts`, and numbers that all end in `.0`, as a gap in a column makes them, without it."""
    names = texts(column)
    known = [name for name in names if name is not None]
    if not known or not all(_FLOATED.fullmatch(name) for name in known):
        return names
    return [None if name is None else name.removesuffix(".0") for name in names]


def _text(value: object) -> str | None:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) or None


def inferred(column: pd.Series) -> pd.Series:
    """Give a metadata column the type its values have: numbers, booleans, dates, else text.

    Numbers with gaps are float64 with NaN, booleans with gaps are pandas' "boolean", dates are datetime64
    (UTC where they name a zone), text is object with None.
    """
    if pd.api.types.is_float_dtype(column):
        return column.replace([np.inf, -np.inf], np.nan)
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column):
        return column
    cells = [None if cell in _MISSING else cell for cell in texts(column)]
    known = [cell for cell in cells if cell is not None]
    if known and all(cell.lower() in _BOOLEANS for cell in known):
        values = [None if cell is None else _BOOLEANS[cell.lower()] for cell in cells]
        return pd.Series(values, column.index, "bool" if len(known) == len(cells) else "boolean")
    numerals = [cell for cell in known if cell not in _NO_NUMBER]
    if numerals and all(_NUMBER.fullmatch(cell) for cell in numerals):
        return _numbers([None if cell in _NO_NUMBER else cell for cell in cells], column.index)
    if known and all(_DATE.fullmatch(cell) for cell in known):
        dates = pd.to_datetime(pd.Series(cells, column.index), format="ISO8601", utc=True, errors="coerce")
        if dates.notna().sum() == len(known):
            return dates.dt.tz_localize(None)
    return pd.Series(cells, column.index, object)


def _numbers(cells: list[str | None], index: pd.Index) -> pd.Series:
    values = np.array([np.nan if cell is None else float(cell) for cell in cells], np.float64)
    whole = all(cell is not None and cell.lstrip("+-").isdigit() for cell in cells)
    return pd.Series(values.astype(np.int64) if whole else values, index)


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """Cells as float64, NaN where there is no number."""
    return pd.to_numeric(pd.Series(texts(column), dtype=object), errors="coerce").to_numpy(np.float64)
