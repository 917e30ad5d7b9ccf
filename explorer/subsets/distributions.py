"""How the values of a column are spread: bars over its range or its values, and how many rows each part has in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.columns import MISSING, Categorical, Numeric, Times
from explorer.data.counts import counted
from explorer.data.filters import Between, During, OneOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.data.columns import Column
    from explorer.data.filters import Filter
    from explorer.data.records import Bool, Int64

MOST_BINS = 30
"""Bars over a range of numbers or times."""

MOST_VALUES = 10
"""Values with a bar of their own; the rest share one."""

_STEPS = (1, 2, 5, 10)
_TAIL = 0.01
_FAR = 2
"""Where values reach so many times farther than all but `_TAIL` at either end, the outermost bars hold the rest."""

_PERIODS = (
    *((1, "s"), (10, "s"), (1, "m"), (10, "m"), (1, "h"), (6, "h"), (1, "D"), (7, "D")),
    *((1, "M"), (3, "M"), (1, "Y"), (5, "Y"), (10, "Y"), (100, "Y"), (1000, "Y")),
)
_LEAST_STEP = 1e-300


@dataclass(frozen=True)
class Bar:
    """The rows with some of a column's values.

    Attributes:
        name: the values in words.
        picked_by: the filter that these rows pass and no others; None for missing numbers and times, which no range
            holds.
        is_rest: whether it holds all values that have no bar of their own.
    """

    name: str
    picked_by: Filter | None
    is_rest: bool = False


@dataclass(frozen=True, eq=False)
class Bars:
    """A column cut into bars.

    Attributes:
        column: what is cut.
        bars: in the order of a range, or the most frequent value first; then the rest and what is missing, if any.
        codes: uint8 (n,), the bar of each row.
    """

    column: Column
    bars: tuple[Bar, ...]
    codes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.bars)

    @property
    def in_order(self) -> bool:
        """Whether the bars are parts of a range, which follow each other."""
        return isinstance(self.column, Numeric | Times)


def bars_of(column: Column) -> Bars:
    """Cut a column: numbers at round ends, times where periods begin, names into the most frequent and the rest.

    Ranges hold their lower end, and the last one its upper end too.
    """
    if isinstance(column, Numeric):
        return _with_missing(column, *_of_numbers(column), ~np.isfinite(column.values))
    if isinstance(column, Times):
        return _with_missing(column, *_of_times(column), np.isnat(column.moments))
    return _with_missing(column, *_of_names(column), column.codes < 0)


def histograms(columns: Sequence[Bars], masks: Sequence[Bool]) -> list[Int64]:
    """How many rows of each part stand in each bar, int64 (parts, bars) for each column.

    Args:
        columns: of n rows.
        masks: bool (n,) each, up to eight parts.
    """
    # Which parts a row is in, one bit each: so each column is counted once, not once for every part.
    parts = np.zeros(len(masks[0]), np.uint16)
    for place, mask in enumerate(masks):
        parts |= mask.astype(np.uint16) << place
    holds = np.arange(2 ** len(masks)) >> np.arange(len(masks))[:, None] & 1
    return [holds @ _counted(bars, parts, holds.shape[1]) for bars in columns]


def _counted(bars: Bars, parts: NDArray[np.uint16], many: int) -> Int64:
    """How many rows with each combination of parts stand in each bar, int64 (many, bars)."""
    both = parts * np.uint16(len(bars)) + bars.codes
    return np.bincount(both, minlength=many * len(bars)).reshape(many, len(bars))


def filter_of(bars: Bars, chosen: Sequence[int]) -> Filter | None:
    """The filter that picks these bars, and in a range those between them; None where no filter can."""
    picked = [one.picked_by for one in (bars.bars[place] for place in sorted(chosen))]
    ranges = [one for one in picked if isinstance(one, Between)]
    periods = [one for one in picked if isinstance(one, During)]
    named = [one.values for one in picked if isinstance(one, OneOf)]
    if ranges:
        return Between(bars.column.name, ranges[0].low, ranges[-1].high)
    if periods:
        return During(bars.column.name, periods[0].since, periods[-1].until)
    return OneOf(bars.column.name, frozenset().union(*named)) if named else None


def _with_missing(column: Column, bars: Sequence[Bar], codes: NDArray[np.int64], missing: Bool) -> Bars:
    if missing.any():
        codes = np.where(missing, len(bars), codes)
        ranged = isinstance(column, Numeric | Times)
        bars = [*bars, Bar("missing", None if ranged else OneOf(column.name, frozenset([MISSING])))]
    return Bars(column, tuple(bars), codes.astype(np.uint8))


def _of_names(column: Categorical) -> tuple[list[Bar], NDArray[np.int64]]:
    most = MOST_VALUES if len(column.values) > MOST_VALUES + 1 else MOST_VALUES + 1  # "1 other" says less than its name
    shown, rest = column.values[:most], column.values[most:]
    bars = [Bar(value, OneOf(column.name, frozenset([value]))) for value in shown]
    if rest:
        bars.append(Bar(f"Other ({counted(len(rest), 'value')})", OneOf(column.name, frozenset(rest)), is_rest=True))
    return bars, np.minimum(column.codes, most).astype(np.int64)


def _of_numbers(column: Numeric) -> tuple[list[Bar], NDArray[np.int64]]:
    values = column.values
    known = values[np.isfinite(values)]
    if not len(known):
        return [], np.zeros(len(values), np.int64)
    least, most = known.min().item(), known.max().item()
    edges, named = _round_edges(*_middle(known, least, most), whole=np.issubdtype(values.dtype, np.integer))
    inner = np.array(edges[1:-1], values.dtype)
    if not len(inner) or not (np.diff(inner) > 0).all():  # no round number that the column has lies between them
        name = f"{least:,}" if isinstance(least, int) else f"{least:.6g}"
        return [Bar(name, Between(column.name, least, most))], np.zeros(len(values), np.int64)
    lows = [min(least, edges[0]), *inner.tolist()]
    highs = [*_below(inner).tolist(), max(most, edges[-1])]
    names = [f"{low} to {high}" if low != high else low for low, high in named]
    if least < edges[0]:
        names[0] = f"below {named[1][0]}"
    if most > edges[-1]:
        names[-1] = f"{named[-1][0]} or more"
    ends = zip(names, lows, highs, strict=True)
    bars = [Bar(name, Between(column.name, low, high)) for name, low, high in ends]
    return bars, np.searchsorted(inner, values, side="right")


def _middle(known: NDArray[Any], least: float, most: float) -> tuple[float, float]:
    """The ends of where values are: of all, or without the tails where these would flatten the rest."""
    low, high = (end.item() for end in np.quantile(known, [_TAIL, 1 - _TAIL], method="nearest"))
    return (low, high) if low < high and most / _FAR - least / _FAR > high - low else (least, most)


def _round_edges(low: float, high: float, *, whole: bool) -> tuple[list[float], list[tuple[str, str]]]:
    """Up to `MOST_BINS` + 2 edges around low..high at multiples of a round step, and the ends of the ranges as text."""
    wanted = high / (MOST_BINS - 1) - low / (MOST_BINS - 1)
    if wanted < _LEAST_STEP:
        return [low, high], [(f"{low:.6g}", f"{high:.6g}")]
    power = max(math.floor(math.log10(wanted)), 0) if whole else math.floor(math.log10(wanted))
    factor = next(factor for factor in _STEPS if factor * 10.0**power >= wanted)
    if whole:
        size = factor * 10**power
        cuts = [place * size for place in range(int(low) // size, int(high) // size + 2)]
        return list(cuts), [(f"{one:,}", f"{two - 1:,}") for one, two in pairwise(cuts)]
    digits = max(0, -power)
    first, last = math.floor(low / (factor * 10.0**power)), math.ceil(high / (factor * 10.0**power))
    edges = [_multiple(place * factor, power) for place in range(first, max(first + 1, last) + 1)]
    said = [f"{edge:,.{digits}f}" if digits <= 6 and abs(edge) < 1e15 else f"{edge:.6g}" for edge in edges]  # noqa: PLR2004
    return edges, list(pairwise(said))


def _multiple(place: int, power: int) -> float:
    """`place` times ten to the power, as the nearest number, which products of floats are not."""
    return place * 10.0**power if power >= 0 else place / 10.0**-power


def _below(edges: NDArray[Any]) -> NDArray[Any]:
    """The largest number below each edge that the column can tell apart from it."""
    return edges - 1 if np.issubdtype(edges.dtype, np.integer) else np.nextafter(edges, -np.inf)


def _of_times(column: Times) -> tuple[list[Bar], NDArray[np.int64]]:
    known = column.moments[~np.isnat(column.moments)]
    if not len(known):
        return [], np.zeros(len(column.moments), np.int64)
    many, edges = _period_edges(known.min(), known.max())
    ends = [(str(since), str(until)) for since, until in pairwise(edges)]
    bars = [
        Bar((since if many == 1 else f"{since} to before {until}").replace("T", " "), During(column.name, since, until))
        for since, until in ends
    ]
    return bars, np.searchsorted(edges[1:-1].astype(column.moments.dtype), column.moments, side="right")


def _period_edges(first: np.datetime64, last: np.datetime64) -> tuple[int, NDArray[np.datetime64]]:
    """Length and beginnings of the periods that hold first..last: the shortest of which `MOST_BINS` are enough."""
    for many, unit in _PERIODS:
        start, end = (int(at.astype(f"datetime64[{unit}]").astype(np.int64)) // many for at in (first, last))
        if end - start < MOST_BINS:
            break
    return many, (np.arange(start, end + 2) * many).astype(f"datetime64[{unit}]")
