"""What regions of a map are called: what is true of most of a region, or of far more of it than of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import Categorical, Table
from explorer.stats.significance import benjamini_hochberg, hypergeometric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from explorer.data.findings import Region
    from explorer.data.records import Bool, Int64

MOST, MAJORITY, LIFT, ALPHA = 0.7, 0.5, 2.0, 0.05
"""From which share a value is said of a region, from which a class may be, how much more common another has to be
than elsewhere, and how sure that is."""

_RARER = 1.5
"""What 70% of a region have is no name where nearly as many have it elsewhere; of classes the test says that."""

_SHORT = 2


class _Counts(NamedTuple):
    """How often the values of a column stand in regions and anywhere, on some of the rows.

    Attributes:
        here: int64 (regions, values).
        known: int64 (regions, 1), the rows of each region that have a value.
        everywhere: int64 (values,).
    """

    here: Int64
    known: Int64
    everywhere: Int64

    @property
    def share(self) -> NDArray[np.float64]:
        """Of the rows of each region, float64 (regions, values)."""
        return np.asarray(self.here / np.maximum(self.known, 1), np.float64)

    @property
    def lift(self) -> NDArray[np.float64]:
        """The share over that of all other rows; infinite where no other row has the value."""
        n = self.everywhere.sum()
        elsewhere = (self.everywhere - self.here) / np.maximum(n - self.known, 1)
        none = np.full(self.here.shape, np.inf)
        return np.asarray(np.divide(self.share, elsewhere, out=none, where=elsewhere > 0), np.float64)


class _Candidate(NamedTuple):
    """A value that a region could be named by: how well it fits on one half, and what the other half says."""

    region: int
    column: Categorical
    value: int
    fit: float
    share: float
    lift: float
    p: float


def named(
    regions: Sequence[Region], table: Table, columns: Sequence[str], *, classes: str | None = None, seed: int = 0
) -> list[Region]:
    """Name the regions of which a class or another value is true, and say why; the others stay without a name.

    A name is chosen on one half of the rows and tested on the other: the value is over-represented there, adjusted for
    all regions, and at least 70% of the whole region have it or it is at least twice as common as elsewhere. A class
    is the name only of a region that it is the majority of.

    Args:
        regions: of the table's points.
        table: their columns.
        columns: those to name by; only columns of names are looked at.
        classes: the one that says what a point is, which is preferred.
        seed: of the split into halves.
    """
    coded = [column for name in columns if isinstance(column := table[name], Categorical) and column.values]
    first = np.random.default_rng(seed).random(len(table)) < 0.5  # noqa: PLR2004 - a half
    levels = sorted({one.level for one in regions})
    chosen = [one for level in levels for one in _candidates(regions, level, coded, classes, first)]
    sure = benjamini_hochberg(np.array([one.p for one in chosen])) <= ALPHA
    names = {one.region: _name(one, classes) for one, is_sure in zip(chosen, sure, strict=True) if is_sure}
    return [replace(one, name=names[i][0], why=names[i][1]) if i in names else one for i, one in enumerate(regions)]


def _candidates(
    regions: Sequence[Region], level: int, columns: Sequence[Categorical], classes: str | None, first: Bool
) -> Iterator[_Candidate]:
    """The best name of each region of a level on the first half, where it also holds on the other."""
    numbers = [i for i, one in enumerate(regions) if one.level == level]
    of = np.full(len(first), -1, np.int64)
    for place, i in enumerate(numbers):
        of[regions[i].rows] = place
    best: dict[int, _Candidate] = {}
    for column in columns:
        for one in _of_column(column, of, len(numbers), first, is_class=column.name == classes):
            if one.region not in best or one.fit > best[one.region].fit:
                best[one.region] = one
    for one in best.values():
        if _holds(one, is_class=one.column.name == classes):
            yield one._replace(region=numbers[one.region])


def _of_column(column: Categorical, of: Int64, many: int, first: Bool, *, is_class: bool) -> Iterator[_Candidate]:
    """The value of a column that fits each region best on the first half, of those where most rows have one."""
    tried, tested, whole = (_counts(column, of, many, rows) for rows in (first, ~first, np.ones_like(first)))
    fit = _fit(tried, is_class=is_class)
    value = fit.argmax(axis=1)
    region = np.flatnonzero((fit.max(axis=1) > 0) & (2 * whole.known[:, 0] >= np.bincount(of[of >= 0], minlength=many)))
    at = region, value[region]
    n = int(tested.everywhere.sum())
    p = hypergeometric(tested.here[at], n, tested.everywhere[at[1]], tested.known[region, 0])
    found = zip(region, at[1], fit[at], whole.share[at], tested.lift[at], p, strict=True)
    for i, v, fitting, share, lift, chance in found:
        yield _Candidate(int(i), column, int(v), float(fitting), float(share), float(lift), float(chance))


def _fit(counts: _Counts, *, is_class: bool) -> NDArray[np.float64]:
    """How well each value would name each region, float64 (regions, values); 0 where it would not.

    What most of a region have comes before what is more common in it, and classes before other values.
    """
    share, lift = counts.share, np.minimum(counts.lift, counts.everywhere.sum())
    most = (share >= MOST) & (lift >= (1 if is_class else _RARER))
    more = (lift >= LIFT) & (share > (MAJORITY if is_class else 0))
    told = share * np.log(np.maximum(lift, 1))
    fit = np.where(most, 2 + share, np.where(more, told / (1 + told), 0))
    return np.asarray(fit + is_class * (2.0 * most + more), np.float64)


def _holds(one: _Candidate, *, is_class: bool) -> bool:
    if one.share >= MOST:
        return is_class or one.lift >= _RARER
    return one.lift >= LIFT and (not is_class or one.share > MAJORITY)


def _counts(column: Categorical, of: Int64, many: int, rows: Bool) -> _Counts:
    values = len(column.values)
    known = rows & (column.codes >= 0)
    inside = known & (of >= 0)
    here = np.bincount(of[inside] * values + column.codes[inside], minlength=many * values).reshape(many, values)
    everywhere = np.bincount(column.codes[known], minlength=values)
    return _Counts(here, here.sum(axis=1, keepdims=True), everywhere)


def _name(one: _Candidate, classes: str | None) -> tuple[str, str]:
    """The name, and the figure behind it."""
    value = one.column.values[one.value]
    tells_itself = one.column.name == classes or (len(value) > _SHORT and not value.replace(".", "").isdigit())
    name = value if tells_itself else f"{one.column.name} {value}"
    if one.share >= MOST:
        return name, f"{one.share:.0%} {name}"
    elsewhere = f"{one.lift:.1f} times as common as elsewhere" if np.isfinite(one.lift) else "nowhere else"
    return name, f"{one.share:.0%} {name}, {elsewhere}" if one.column.name == classes else f"{name}: {elsewhere}"
