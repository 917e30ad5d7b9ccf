"""Columns of a point table, coded once for colouring, filtering, counting and the legend."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.data.records import Bool, Float32, Int64

MISSING = "(missing)"
"""How a missing value is called wherever values are listed."""

IDENTIFIER_SHARE = 0.5
"""A text column with more distinct values than this share of its rows names things rather than groups them."""

_SMALL = 30


@dataclass(frozen=True)
class Categorical:
    """A column of names.

    Attributes:
        name: the column.
        codes: int32 (n,), positions in `values`, -1 where missing.
        values: distinct names, the most frequent first, ties by name.
    """

    name: str
    codes: NDArray[np.int32]
    values: tuple[str, ...]

    @property
    def is_identifier(self) -> bool:
        """Whether nearly every row has a value of its own, as file names do."""
        return len(self.values) > max(_SMALL, IDENTIFIER_SHARE * len(self.codes))

    def counts(self, mask: Bool | None = None) -> NDArray[np.int64]:
        """Count each value, (len(values),), among all rows or those of `mask`."""
        codes = self.codes if mask is None else self.codes[mask]
        return np.bincount(codes[codes >= 0], minlength=len(self.values))


@dataclass(frozen=True)
class Times(Categorical):
    """A column of times; its names are their days.

    Attributes:
        moments: datetime64 (n,) as exact as the table has them, UTC, NaT where missing.
    """

    moments: NDArray[np.datetime64]

    @property
    def ends(self) -> tuple[np.datetime64, np.datetime64]:
        """The earliest and the latest moment, NaT where all are missing."""
        nothing = np.datetime64("NaT")
        return np.fmin.reduce(self.moments, initial=nothing), np.fmax.reduce(self.moments, initial=nothing)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """The moments as seconds since 1970, float64 (n,), NaN where missing."""
        seconds: NDArray[np.float64] = (self.moments - np.datetime64(0, "s")) / np.timedelta64(1, "s")
        return seconds


@dataclass(frozen=True)
class Numeric:
    """A column of numbers.

    Attributes:
        name: the column.
        values: (n,), as exact as the table has them: int64, or float64 or float32 with NaN where missing.
    """

    name: str
    values: Int64 | NDArray[np.float64] | Float32


Column = Categorical | Numeric


def code_column(series: pd.Series) -> Column:
    """Code one column: numbers stay numbers; text, booleans and dates become categories."""
    name = str(series.name)
    if pd.api.types.is_datetime64_any_dtype(series):
        return _times(name, series)
    if pd.api.types.is_bool_dtype(series) or not pd.api.types.is_numeric_dtype(series):
        return _categorical(name, series)
    return Numeric(name, _exact(series))


def _exact(series: pd.Series) -> Int64 | NDArray[np.float64] | Float32:
    """Numbers without rounding any that the column can tell apart."""
    if pd.api.types.is_integer_dtype(series) and not series.isna().any() and series.max() <= np.iinfo(np.int64).max:
        return series.to_numpy(np.int64)
    is_small = series.dtype in (np.dtype(np.float32), np.dtype(np.float16))
    return series.to_numpy(np.float32 if is_small else np.float64, na_value=np.nan)


def _times(name: str, series: pd.Series) -> Times:
    at = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz else series
    days = _categorical(name, at.dt.floor("D"))
    return Times(name, days.codes, tuple(day.partition(" ")[0] for day in days.values), at.to_numpy())


def _categorical(name: str, series: pd.Series) -> Categorical:
    codes, values = pd.factorize(series)
    names = [str(value) for value in values]
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    by_name = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    order = by_name[np.argsort(-counts[by_name], kind="stable")]
    position = np.full(len(names) + 1, -1, np.int32)  # the last place answers code -1
    position[order] = np.arange(len(names))
    return Categorical(name, position[codes], tuple(names[i] for i in order))


_FEW_DAYS = 3 * 86_400
"""Seconds."""


def moments_in_words(*seconds: float) -> list[str]:
    """Moments in seconds since 1970, in ascending order, as days, or as minutes where all lie within a few days."""
    unit = "D" if seconds[-1] - seconds[0] > _FEW_DAYS else "m"
    at = (np.datetime64(round(one), "s") for one in seconds)
    return [str(one.astype(f"datetime64[{unit}]")).replace("T", " ") for one in at]


def in_short(value: float) -> str:
    """A number as a person writes it: three digits, and never an exponent for thousands."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - thousands


class Table:
    """The columns of a point table, each coded when first asked for."""

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        shared: Table | None = None,
        changed: frozenset[str] = frozenset(),
        former: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Take a table.

        Args:
            frame: one row per point.
            shared: another table of the same points, whose columns are these too but for those that are `changed`.
            changed: columns that are not those of `shared`.
            former: names that columns had, and the name of each now; one that a column has is its own.
        """
        self.frame = frame
        self._shared, self._changed, self._former = shared, changed, former
        self._coded: dict[str, Column] = {}
        self._telling: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, name: str) -> bool:
        now = self.name_now(name)
        return now in self._coded or now in self.frame.columns

    def name_now(self, name: str) -> str:
        """The name of a column that may have had another."""
        is_there = name in self._coded or name in self.frame.columns
        return name if is_there else self._former.get(name, name)

    def put(self, column: Column) -> None:
        """Have one more column, or the same one with other values."""
        self._coded[column.name] = column
        self._telling.pop(column.name, None)

    def __getitem__(self, name: str) -> Column:
        name = self.name_now(name)
        if name not in self._coded:
            same = self._shared if name not in self._changed else None
            self._coded[name] = code_column(self.frame[name]) if same is None else same[name]
        return self._coded[name]

    def groupable(self, *, leave_out: frozenset[str] = frozenset()) -> list[str]:
        """Names of the columns that group or grade points, in table order: no identifiers, no constants."""
        return [name for name in self.frame.columns if name not in leave_out and self._tells(name)]

    def gradable(self, *, leave_out: frozenset[str] = frozenset()) -> list[str]:
        """These and times, however many days they are of: names of the columns that a colour can tell."""
        return [
            name for name in self.frame.columns if name not in leave_out and (self._tells(name) or self._runs(name))
        ]

    def _runs(self, name: str) -> bool:
        """Whether a column is of times that differ."""
        column = self[name]
        if not isinstance(column, Times):
            return False
        first, last = column.ends
        return bool(first < last)

    def _tells(self, name: str) -> bool:
        if name not in self._telling:
            self._telling[name] = _says_something(self[name])
        return self._telling[name]


def _says_something(column: Column) -> bool:
    if isinstance(column, Categorical):
        varied = len(column.values) > 1 or (len(column.values) == 1 and bool((column.codes < 0).any()))
        return varied and not column.is_identifier
    known = column.values[~np.isnan(column.values)]
    return len(known) > 0 and bool(known.min() < known.max())
