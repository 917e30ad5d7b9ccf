"""What the cells of a column mean, for every reader of tables: white space, missing values, numbers, class names."""

from __future__ import annotations

import json
import re
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.errors import SourceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MISSING = frozenset(["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NaT", "null", "NULL"])
"""How text files write a missing value of metadata; a label of these names is a label, save the empty one."""

_NO_WORD = frozenset(["None", "-", "?"])
"""What stands among numbers where there is none; among words these are words."""

_NO_NUMBER = _NO_WORD | {"inf", "-inf", "Infinity", "-Infinity"}
"""These, and what a scale has no place for."""

_NUMBER = re.compile(r"[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
"""A number; not a code such as 007, nor more digits than a float holds."""

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,18})")
_LARGEST = np.iinfo(np.int64).max

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")

_BOOLEANS = {"true": True, "false": False}

_FLOATED = re.compile(r"-?\d+\.0")

ROUNDING = 0.01
"""How far beyond 1 a share may be by rounding, as much as Ultralytics allows."""


def texts(column: pd.Series) -> list[str | None]:
    """Cells as text, without white space around it: None where there is nothing.

    A whole number read as 3.0 is written 3; lists, structs and maps are written as JSON; bytes are what they spell.

    Raises:
        SourceError: the column holds bytes that are no text, or lists in lists too deep to be written.
    """
    if isinstance(column.dtype, pd.StringDtype):  # text or nothing, and no half characters
        return [(cell.strip() or None) if isinstance(cell, str) else None for cell in column.tolist()]
    try:
        return [_text(value) for value in column.tolist()]
    except UnicodeDecodeError:
        found = "bytes, such as those of image files"
    except RecursionError:
        found = "lists nested too deeply"
    raise SourceError(f"Expected text or numbers in the column {column.name!r}, found {found}.")


def class_names(column: pd.Series) -> list[str | None]:
    """Names of classes: as `texts`, and however a column writes numbers and booleans.

    Numbers that all end in `.0`, as a gap in a column makes them, lose it; booleans are `True` and `False`.
    """
    names = texts(column)
    known = [name for name in names if name is not None]
    if known and all(_FLOATED.fullmatch(name) for name in known):
        return [None if name is None else name.removesuffix(".0") for name in names]
    if known and all(name.lower() in _BOOLEANS for name in known):
        return [None if name is None else name.capitalize() for name in names]
    return names


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bytes):
        return _clean(value.decode())
    if isinstance(value, list | tuple | dict | np.ndarray):
        return _clean(json.dumps(value, ensure_ascii=False, default=_in_json))
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 - NaN of any kind
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _clean(text: str) -> str | None:
    """Text without white space around it; half a character, which no file can hold, becomes a question mark."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.strip() or None


def _in_json(value: object) -> object:
    """What JSON has no word for: arrays, numbers of NumPy, times, decimals, and bytes that are text."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    return float(value) if isinstance(value, Decimal) else str(value)


def _values(column: pd.Series) -> list[str | None]:
    """Cells as text, None also where a word says that there is no value."""
    return [None if cell in _MISSING else cell for cell in texts(column)]


def words(column: pd.Series) -> pd.Series:
    """Cells as text, object with None, also where a word says that there is no value."""
    return pd.Series(_values(column), column.index, object)


def numerals(column: pd.Series) -> list[str | None]:
    """Cells that should be numbers as text: None where there is nothing, or a word says so."""
    return [None if cell in _NO_WORD else cell for cell in _values(column)]


def inferred(column: pd.Series) -> pd.Series:
    """Give a metadata column the type its values have: numbers, booleans, dates, else text.

    Numbers with gaps are float64 with NaN, booleans with gaps are pandas' "boolean", dates are datetime64
    (UTC where they name a zone), text is object with None.

    Raises:
        SourceError: as for `texts`.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz else column
    if pd.api.types.is_numeric_dtype(column):
        return column.replace([np.inf, -np.inf], np.nan) if pd.api.types.is_float_dtype(column) else column
    if isinstance(column.dtype, pd.StringDtype):
        codes, distinct = pd.factorize(column, use_na_sentinel=False)
        if 2 * len(distinct) < len(column):
            return inferred(pd.Series(distinct, name=column.name)).take(codes).set_axis(column.index)
    cells = _values(column)
    known = [cell for cell in cells if cell is not None]
    for typed in (_booleans, _numbered, _times):
        found = typed(cells, known, column.index) if known else None
        if found is not None:
            return found
    return pd.Series(cells, column.index, object)


def _booleans(cells: list[str | None], known: list[str], index: pd.Index) -> pd.Series | None:
    if not all(cell.lower() in _BOOLEANS for cell in known):
        return None
    values = [None if cell is None else _BOOLEANS[cell.lower()] for cell in cells]
    return pd.Series(values, index, "bool" if len(known) == len(cells) else "boolean")


def _times(cells: list[str | None], known: list[str], index: pd.Index) -> pd.Series | None:
    if not all(map(_DATE.fullmatch, known)):
        return None
    dates = pd.to_datetime(pd.Series(cells, index), format="ISO8601", utc=True, errors="coerce")
    return dates.dt.tz_localize(None) if dates.notna().sum() == len(known) else None


def _numbered(cells: list[str | None], known: list[str], index: pd.Index) -> pd.Series | None:
    """A column of numbers: whole ones exactly where all are; None where one cell is none, or has too many digits."""
    numerals = [cell for cell in known if cell not in _NO_NUMBER]
    if len(numerals) == len(cells) and all(map(_WHOLE.fullmatch, numerals)):
        whole = list(map(int, numerals))
        return pd.Series(whole, index, np.int64) if max(map(abs, whole)) <= _LARGEST else None
    if not numerals or not all(map(_NUMBER.fullmatch, numerals)):
        return None
    values = [np.nan if cell is None or cell in _NO_NUMBER else float(cell) for cell in cells]
    return pd.Series(values, index, np.float64)


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """Cells as float64, NaN where there is no number."""
    return pd.to_numeric(pd.Series(texts(column), dtype=object), errors="coerce").to_numpy(np.float64)


def shares(column: pd.Series) -> NDArray[np.float64]:
    """Cells as numbers from 0 to 1, those that rounding left just outside at the nearer end, NaN for any other cell."""
    values = numbers(column)
    return np.where((values >= -ROUNDING) & (values <= 1 + ROUNDING), np.clip(values, 0, 1), np.nan)
