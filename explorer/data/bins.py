"""Number columns cut into ranges: of equal counts, of equal width, or at ends given by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import Categorical, Times, in_short
from explorer.errors import SourceError

if TYPE_CHECKING:
    from explorer.data.boxes import Float64
    from explorer.data.columns import Column, Numeric

TO = " to "
"""What stands between the ends of a range."""

MOST_BINS = 50


class Bins(NamedTuple):
    """How to cut a number column.

    Attributes:
        many: into how many ranges, where no ends are given; fewer where values repeat.
        equal_width: whether they are equally wide, else of equal counts.
        ends: the inner ends of the ranges; what lies beyond the outer ones is a range too.
    """

    many: int = 4
    equal_width: bool = False
    ends: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Bins:
        """Read `quantile:4`, `equal:5` or ends such as `0.2,0.5`.

        Raises:
            SourceError: it is none of these.
        """
        kind, _, count = text.partition(":")
        if kind in ("quantile", "equal") and count.isdecimal() and 2 <= int(count) <= MOST_BINS:  # noqa: PLR2004
            return cls(int(count), kind == "equal")
        try:
            ends = tuple(float(end) for end in text.split(","))
        except ValueError:
            ends = (float("nan"),)
        if not np.isfinite(ends).all() or len(set(ends)) < len(ends):
            raise SourceError(
                f"Expected bins as quantile:4, equal:5 (2 to {MOST_BINS}) or ends such as 0.2,0.5, found {text!r}."
            )
        return cls(ends=tuple(sorted(ends)))


QUARTILES = Bins()


def grouped(column: Column, bins: Bins = QUARTILES) -> Categorical:
    """A column as names: numbers by their ranges, times by their days, names as they are."""
    return column if isinstance(column, Categorical | Times) else cut(column, bins)


def cut(column: Numeric, bins: Bins = QUARTILES) -> Categorical:
    """Cut a number column into ranges, which are named by their ends and stand in their order.

    A range holds its lower end, the last one its upper end too; ranges that would hold nothing are left out of those
    of equal counts, and out of all where they are beyond what there is.
    """
    known = column.values[np.isfinite(column.values)].astype(np.float64)
    if not len(known):
        return Categorical(column.name, np.full(len(column.values), -1, np.int32), ())
    edges = _edges(known, bins)
    codes = np.clip(np.searchsorted(edges[1:-1], column.values, side="right"), 0, len(edges) - 2)
    codes = np.where(np.isfinite(column.values), codes, -1)
    names = [f"{in_short(low)}{TO}{in_short(high)}" for low, high in pairwise(edges)]
    if len(set(names)) < len(names):  # three digits do not tell the ends apart
        names = [f"{low:.6g}{TO}{high:.6g}" for low, high in pairwise(edges)]
    return Categorical(column.name, codes.astype(np.int32), tuple(names))


def _edges(known: Float64, bins: Bins) -> Float64:
    """The ends of all ranges, two at least."""
    low, high = known.min(), known.max()
    if bins.ends:
        inner = [end for end in bins.ends if low < end <= high]
        edges = np.array([low, *inner, high], np.float64)
    elif bins.equal_width:
        edges = np.unique(np.linspace(low, high, bins.many + 1))
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, bins.many + 1)))
    return edges if len(edges) > 1 else np.array([low, high], np.float64)
