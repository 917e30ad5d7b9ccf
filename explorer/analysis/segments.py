"""Segments: how often a model is right on each part of the points, against the rest, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import Categorical, Table
from explorer.data.findings import REGION
from explorer.stats.intervals import Rate, rate
from explorer.stats.significance import benjamini_hochberg, fisher_exact
from explorer.subsets.over_represented import quartiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from explorer.data.findings import Region
    from explorer.data.records import Bool, Int64

LEAST = 20
"""Images of which a rate is said at least; on fewer it is too few to say."""

ALPHA = 0.05
NEWS = 0.2
"""Share of a segment's errors at least that none of the segments listed before it has."""


class Part(NamedTuple):
    """Some of the points, by what they have in common: a value of a column, or a region of a map.

    Attributes:
        column: what they share; `REGION` of a map.
        value: its value, a range of a number column, or the key of a region.
        rows: int64 (m,), ascending.
        region: where it is one.
    """

    column: str
    value: str
    rows: Int64
    region: Region | None = None


class Judged(NamedTuple):
    """What a model got right, by point.

    Attributes:
        hits: int64 (n,), how much of each point it got right.
        total: int64 (n,), of how much; 0 where that is not known.
        images: int64 (n,), the image that each point is, or is on: points on one hang together.
    """

    hits: Int64
    total: Int64
    images: Int64

    @property
    def wrong(self) -> Bool:
        """Points on which something was not right, bool (n,)."""
        return np.asarray(self.hits < self.total, np.bool_)

    def images_of(self, rows: Int64) -> int:
        """On how many images something of these points was judged."""
        known = rows[self.total[rows] > 0]
        ascending = self.images[known]
        if not (np.diff(ascending) >= 0).all():  # of images themselves every row is one, in order
            ascending = np.sort(ascending)
        return int((np.diff(ascending) > 0).sum()) + bool(len(ascending))

    @property
    def overall(self) -> Rate:
        """The rate on all points."""
        return rate(int(self.hits.sum()), int(self.total.sum()))


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of the points, and how often a model is right on it and elsewhere.

    Attributes:
        part: which points.
        images: on how many images something was judged.
        here: the rate on it, with its Wilson interval.
        rest: the rate on all other points.
        odds_ratio: odds of being right here over those elsewhere; NaN where either has no odds.
        p: Fisher's exact test, two-sided; NaN where there is too little to say.
        q: p, Benjamini-Hochberg adjusted over all segments that were looked at.
    """

    part: Part
    images: int
    here: Rate
    rest: Rate
    odds_ratio: float = float("nan")
    p: float = float("nan")
    q: float = float("nan")

    @property
    def too_few(self) -> bool:
        """Whether it has fewer than `LEAST` images."""
        return self.images < LEAST

    @property
    def figures(self) -> dict[str, float | int | str]:
        """What is told of it, by name."""
        return {
            "column": self.part.column,
            "value": self.part.value,
            "n": self.here.n,
            "rate": self.here.value,
            "low": self.here.low,
            "high": self.here.high,
            "elsewhere": self.rest.value,
            "odds_ratio": self.odds_ratio,
            "p": self.p,
            "q": self.q,
        }

    @property
    def difference(self) -> float:
        """The rate here less that of the rest."""
        return self.here.value - self.rest.value

    @property
    def is_worse(self) -> bool:
        """Whether the model is surely worse here than elsewhere."""
        return self.q <= ALPHA and self.difference < 0

    @property
    def gain(self) -> float:
        """By how much the rate of all would rise at most if it were as good here as elsewhere; 0..1."""
        return -self.difference * self.here.n / (self.here.n + self.rest.n)

    @property
    def sure_gain(self) -> float:
        """The gain with the upper end of the interval as the rate here."""
        return (self.rest.value - self.here.high) * self.here.n / (self.here.n + self.rest.n)


def parts_of(table: Table, columns: Iterable[str]) -> Iterator[Part]:
    """The values of columns, and of number columns the ranges between their quartiles, in the order of the columns."""
    for name in columns:
        column = table[name]
        grouped = column if isinstance(column, Categorical) else quartiles(column)
        rows = np.argsort(grouped.codes, kind="stable")
        first = np.searchsorted(grouped.codes[rows], np.arange(len(grouped.values) + 1))
        for code, value in enumerate(grouped.values):
            yield Part(name, value, rows[first[code] : first[code + 1]])


def parts_of_map(regions: Iterable[Region]) -> Iterator[Part]:
    """Each region once: one that is not divided at finer levels is at the coarsest of them."""
    seen: set[bytes] = set()
    for one in regions:
        same = one.rows.tobytes()
        if same not in seen:
            seen.add(same)
            yield Part(REGION, one.key, one.rows, one)


def segments(parts: Iterable[Part], judged: Judged) -> list[Segment]:
    """Compare each part with the rest, in the order given; parts on which nothing was judged are left out.

    Several objects on one image are right or wrong together more often than by chance: for the test they count as fewer
    (Rao and Scott 1992), in the rates each counts as one.
    """
    effect, everything = design_effect(judged), judged.overall
    found = [_segment(part, judged, everything, effect) for part in parts]
    kept = [one for one in found if one.here.n]
    tested = [i for i, one in enumerate(kept) if not np.isnan(one.p)]
    adjusted = benjamini_hochberg(np.array([kept[i].p for i in tested]))
    for i, q in zip(tested, adjusted, strict=True):
        kept[i] = replace(kept[i], q=float(q))
    return kept


def _segment(part: Part, judged: Judged, everything: Rate, effect: float) -> Segment:
    hits, total = judged.hits[part.rows], judged.total[part.rows]
    here = rate(int(hits.sum()), int(total.sum()))
    rest = rate(everything.hits - here.hits, everything.n - here.n)
    found = Segment(part, judged.images_of(part.rows), here, rest)
    if found.too_few or not rest.n:
        return found
    (a, b), (c, d) = ((one.hits, one.n - one.hits) for one in (here, rest))
    right, wrong, right_elsewhere, wrong_elsewhere = (round(count / effect) for count in (a, b, c, d))
    size, n = right + wrong, right + wrong + right_elsewhere + wrong_elsewhere
    p = fisher_exact(right, size, right + right_elsewhere, n)
    return replace(found, odds_ratio=a * d / (b * c) if b * c else float("nan"), p=p)


def design_effect(judged: Judged) -> float:
    """How much more the overall rate varies than if all that was judged were independent; 1 with one on each image."""
    everything = judged.overall
    images = int(judged.images.max(initial=-1)) + 1
    hits, total = (np.bincount(judged.images, of, minlength=images) for of in (judged.hits, judged.total))
    several = int((total > 0).sum())
    if total.max(initial=0) <= 1 or several < 2 or everything.value in (0, 1):  # noqa: PLR2004 - no spread
        return 1.0
    spread = ((hits - everything.value * total) ** 2).sum() * several / (several - 1)
    return max(1.0, float(spread / (everything.n * everything.value * (1 - everything.value))))


def worst(found: Sequence[Segment], judged: Judged, most: int | None = None) -> list[Segment]:
    """The segments on which a model is surely worse, by what could be gained, the most first.

    A segment whose errors nearly all lie in those that say it more clearly, as a region does that a class fills, is
    left out.
    """
    wrong, listed = judged.wrong, np.zeros(len(judged.total), np.bool_)
    kept = []
    for one in sorted((one for one in found if one.is_worse), key=lambda one: -one.sure_gain):
        errors = one.part.rows[wrong[one.part.rows]]
        if (~listed[errors]).mean() > NEWS:
            kept.append(one)
            listed[errors] = True
    return sorted(kept, key=lambda one: -one.gain)[:most]
