"""Segments: how good a model is on each part of the points, against the rest, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.measures import Ratio, figure
from explorer.data.bins import QUARTILES, TO, grouped
from explorer.data.findings import REGION
from explorer.stats.bootstrap import distinct, p_value, resampling
from explorer.stats.intervals import Figure, Rate, rate
from explorer.stats.significance import benjamini_hochberg, fisher_exact, mcnemar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from explorer.analysis.measures import Measure
    from explorer.data.bins import Bins
    from explorer.data.columns import Table
    from explorer.data.findings import Region
    from explorer.data.records import Bool, Int64
    from explorer.stats.bootstrap import Resampling

LEAST = 20
"""Images of which a rate is said at least; on fewer it is too few to say."""

LEAST_GROUPS = 10
"""Groups of which it is said at least, where images hang together."""

ALPHA = 0.05
MORE_ERRORS = 1.05
"""How much more common errors are at least where a model is called worse: of many images the smallest gap is sure."""

NEWS = 0.2
"""Share of a segment's errors at least that none of the segments listed before it has."""


class Part(NamedTuple):
    """Some of the points, by what they have in common: a value of a column, or a region of a map.

    Attributes:
        column: what they share; `REGION` of a map.
        value: its value, a range of a number column, or the key of a region.
        rows: int64 (m,), ascending.
        region: where it is one.
        place: of a range, its place among those of its column; -1 of anything else.
    """

    column: str
    value: str
    rows: Int64
    region: Region | None = None
    place: int = -1


CROSS = " × "
"""What stands between two columns, and between their values, of a part that is of both."""


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

    @property
    def overall(self) -> Rate:
        """The rate on all points."""
        return rate(int(self.hits.sum()), int(self.total.sum()))

    @property
    def measure(self) -> Ratio:
        """The rate as a measure."""
        hits, total = self.hits.astype(np.float64), self.total.astype(np.float64)
        return Ratio(hits, total, units=self.total, images=self.images)


class Paired(NamedTuple):
    """Another model on the same points.

    Attributes:
        figure: its number.
        difference: by how much that is higher, with the interval of the difference.
        p: how likely chance alone would part the two as much.
        q: p, Benjamini-Hochberg adjusted over all segments.
    """

    figure: Figure
    difference: Figure
    p: float
    q: float = float("nan")


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of the points, and how good a model is on it and elsewhere.

    Attributes:
        part: which points.
        images: on how many images something was judged.
        here: the number on it, with its interval.
        rest: that on all other points; without an interval where it is no rate.
        odds_ratio: of a rate, the odds of being right here over those elsewhere; NaN where either has no odds.
        p: of a rate Fisher's exact test, else that it is as on all points, two-sided; NaN where there is too little.
        q: p, Benjamini-Hochberg adjusted over all segments that were looked at.
        groups: into how many groups its images fall, where they hang together.
        sign: 1 where more is better, -1 where less is.
        paired: another model beside it.
    """

    part: Part
    images: int
    here: Figure
    rest: Figure
    odds_ratio: float = float("nan")
    p: float = float("nan")
    q: float = float("nan")
    groups: int | None = None
    sign: int = 1
    paired: Paired | None = None

    @property
    def too_few(self) -> bool:
        """Whether it has fewer than `LEAST` images, or `LEAST_GROUPS` groups of them."""
        return self.images < LEAST or (self.groups is not None and self.groups < LEAST_GROUPS)

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
        """The number here less that of the rest."""
        return self.here.value - self.rest.value

    @property
    def is_worse(self) -> bool:
        """Whether the model is surely worse here than elsewhere, and by more than next to nothing."""
        here, rest = ((1 - one.value) if self.sign > 0 else one.value for one in (self.here, self.rest))
        return self.q <= ALPHA and here > MORE_ERRORS * rest

    @property
    def gain(self) -> float:
        """By how much the rate of all would rise at most if it were as good here as elsewhere; 0..1."""
        return -self.difference * self.here.n / (self.here.n + self.rest.n)

    @property
    def sure_gain(self) -> float:
        """The gain with the upper end of the interval as the rate here."""
        return (self.rest.value - self.here.high) * self.here.n / (self.here.n + self.rest.n)


def parts_of(table: Table, columns: Iterable[str], bins: Bins = QUARTILES) -> Iterator[Part]:
    """The values of columns, and of number columns their ranges, in the order of the columns."""
    for name in columns:
        column = table[name]
        cut = grouped(column, bins)
        rows = np.argsort(cut.codes, kind="stable")
        first = np.searchsorted(cut.codes[rows], np.arange(len(cut.values) + 1))
        for code, value in enumerate(cut.values):
            place = -1 if cut is column else code
            yield Part(name, value, rows[first[code] : first[code + 1]], place=place)


def parts_of_map(regions: Iterable[Region]) -> Iterator[Part]:
    """Each region once: one that is not divided at finer levels is at the coarsest of them."""
    seen: set[bytes] = set()
    for one in regions:
        same = one.rows.tobytes()
        if same not in seen:
            seen.add(same)
            yield Part(REGION, one.key, one.rows, one)


def crossed(first: Sequence[Part], second: Sequence[Part]) -> Iterator[Part]:
    """The points that two parts have in common, row by row of a table; those that are none are left out."""
    for one in first:
        for other in second:
            rows = np.intersect1d(one.rows, other.rows, assume_unique=True)
            if len(rows):
                yield Part(f"{one.column}{CROSS}{other.column}", f"{one.value}{CROSS}{other.value}", rows)


def segments(parts: Iterable[Part], judged: Judged, groups: Int64 | None = None, *, seed: int = 42) -> list[Segment]:
    """Compare the rate of each part with that of the rest, in the order given; parts on which nothing was judged go.

    Where several things are judged of what hangs together, as objects on one image or frames of one video, these are
    right or wrong together more often than by chance: intervals draw what hangs together again, and for the test they
    count as fewer (Rao and Scott 1992). Else intervals are Wilson's.

    Args:
        parts: of n points.
        judged: what was got right of them.
        groups: int64 (n,), what hangs together, where that is more than what is on one image.
        seed: of the draws.
    """
    effect, everything, drawn = design_effect(judged, groups), judged.overall, drawn_again(judged, groups, seed=seed)
    measure, found = judged.measure, []
    for part in parts:
        here = rate_on(judged, part.rows, drawn)
        if here.n:
            rest = rate(everything.hits - here.hits, everything.n - here.n)
            images, many = _counted(part.rows, measure, groups)
            one = Segment(part, images, here.figure, rest.figure, groups=many)
            found.append(one if one.too_few or not rest.n else _tested(one, here, rest, effect))
    return _adjusted(found)


def drawn_again(judged: Judged, groups: Int64 | None = None, *, seed: int = 42) -> Resampling | None:
    """Draws of what hangs together, by which rates get their intervals; None where no two things that are judged do.

    Args:
        judged: what a model got right.
        groups: int64 (n,), what hangs together, where that is more than what is on one image.
        seed: of the draws.
    """
    together = judged.images if groups is None else groups
    independent = np.bincount(together, judged.total).max(initial=0) <= 1
    return None if independent else resampling(together, seed=seed)


def rate_on(judged: Judged, rows: Int64, drawn: Resampling | None) -> Rate:
    """The rate on some points, with the interval of `drawn_again`, or Wilson's where that is None."""
    here = rate(int(judged.hits[rows].sum()), int(judged.total[rows].sum()))
    if drawn is None or not here.n:
        return here
    ends = figure(judged.measure, rows, drawn)[0]
    return here._replace(low=ends.low, high=ends.high)


def measured(parts: Iterable[Part], measure: Measure, groups: Int64 | None = None, *, seed: int = 42) -> list[Segment]:
    """The same of any measure, by drawing images, or groups of them, again; p is that a part is as the whole."""
    drawn = resampling(measure.images if groups is None else groups, seed=seed)
    everyone = np.flatnonzero(measure.units)
    whole, of_whole = figure(measure, everyone, drawn)
    found = []
    for part in parts:
        known = part.rows[measure.units[part.rows] > 0]
        here, replicas = figure(measure, known, drawn)
        if not here.n or np.isnan(here.value):
            continue
        others = np.setdiff1d(everyone, known, assume_unique=True)
        rest = Figure(measure.value(others), whole.n - here.n, float("nan"), float("nan"))
        images, many = _counted(known, measure, groups)
        one = Segment(part, images, here, rest, groups=many, sign=measure.sign)
        if not one.too_few and rest.n:
            spread = float(np.nanstd(replicas - of_whole))
            one = replace(one, p=p_value(here.value - whole.value, spread, many or images))
        found.append(one)
    return _adjusted(found)


def beside(
    found: Sequence[Segment], measure: Measure, other: Measure, groups: Int64 | None = None, *, seed: int = 42
) -> list[Segment]:
    """The same segments with another model beside them, on the points on which both were judged.

    Both are taken from the same draws, so that what is hard for both does not part them. Of rates of what is
    independent p is McNemar's exact one, else that of the draws.
    """
    both = (measure.units > 0) & (other.units > 0)
    drawn = resampling(measure.images if groups is None else groups, seed=seed)
    paired = []
    for one in found:
        rows = one.part.rows[both[one.part.rows]]
        (mine, of_mine), (theirs, of_theirs) = (figure(each, rows, drawn) for each in (measure, other))
        apart = of_theirs - of_mine
        known = apart[~np.isnan(apart)]
        low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (float("nan"), float("nan"))
        difference = Figure(theirs.value - mine.value, theirs.n, float(low), float(high))
        many = drawn.groups_of(rows)
        p = _changed(measure, other, rows) if groups is None else None
        p = p_value(difference.value, float(np.nanstd(apart)), many) if p is None else p
        paired.append(Paired(theirs, difference, float("nan") if one.too_few else p))
    told = [i for i, each in enumerate(paired) if not np.isnan(each.p)]
    for i, q in zip(told, benjamini_hochberg(np.array([paired[i].p for i in told])), strict=True):
        paired[i] = paired[i]._replace(q=float(q))
    return [replace(one, paired=each) for one, each in zip(found, paired, strict=True)]


def _changed(measure: Measure, other: Measure, rows: Int64) -> float | None:
    """McNemar's p of two rates of single things; None of anything else."""
    if not (isinstance(measure, Ratio) and isinstance(other, Ratio) and measure.bounded):
        return None
    if max(measure.whole[rows].max(initial=0), len(rows) - distinct(measure.images[rows])) > 1:
        return None
    was, now = measure.part[rows] > 0, other.part[rows] > 0
    return mcnemar(int((~was & now).sum()), int((was & ~now).sum()))


def _counted(rows: Int64, measure: Measure, groups: Int64 | None) -> tuple[int, int | None]:
    """On how many images, and of how many groups, something of these points was judged."""
    known = rows[measure.units[rows] > 0]
    return distinct(measure.images[known]), None if groups is None else distinct(groups[known])


def _adjusted(found: list[Segment]) -> list[Segment]:
    tested = [i for i, one in enumerate(found) if not np.isnan(one.p)]
    adjusted = benjamini_hochberg(np.array([found[i].p for i in tested]))
    for i, q in zip(tested, adjusted, strict=True):
        found[i] = replace(found[i], q=float(q))
    return found


def _tested(found: Segment, here: Rate, rest: Rate, effect: float) -> Segment:
    (a, b), (c, d) = ((one.hits, one.n - one.hits) for one in (here, rest))
    right, wrong, right_elsewhere, wrong_elsewhere = (round(count / effect) for count in (a, b, c, d))
    size, n = right + wrong, right + wrong + right_elsewhere + wrong_elsewhere
    p = fisher_exact(right, size, right + right_elsewhere, n)
    return replace(found, odds_ratio=a * d / (b * c) if b * c else float("nan"), p=p)


def design_effect(judged: Judged, groups: Int64 | None = None) -> float:
    """How much more the overall rate varies than if all that was judged were independent; 1 with one in each group."""
    everything, together = judged.overall, judged.images if groups is None else groups
    many = int(together.max(initial=-1)) + 1
    hits, total = (np.bincount(together, of, minlength=many) for of in (judged.hits, judged.total))
    several = int((total > 0).sum())
    if total.max(initial=0) <= 1 or several < 2 or everything.value in (0, 1):  # noqa: PLR2004 - no spread
        return 1.0
    spread = ((hits - everything.value * total) ** 2).sum() * several / (several - 1)
    return max(1.0, float(spread / (everything.n * everything.value * (1 - everything.value))))


def worst_first(found: Iterable[Segment]) -> list[Segment]:
    """Those of which enough is known first, then the worst."""
    return sorted(found, key=lambda one: (one.too_few, one.sign * one.here.value))


def worst(
    found: Sequence[Segment], judged: Judged, most: int | None = None, groups: Int64 | None = None
) -> list[Segment]:
    """The segments on which a model is surely worse, by what could be gained, the most first.

    Ranges of one number that follow each other are one segment. A segment whose errors nearly all lie in those that
    say it more clearly, as a region does that a class fills, is left out.
    """
    wrong, listed = judged.wrong, np.zeros(len(judged.total), np.bool_)
    kept = []
    sure = _neighbours_as_one([one for one in found if one.is_worse], judged, groups)
    for one in sorted(sure, key=lambda one: -one.sure_gain):
        errors = one.part.rows[wrong[one.part.rows]]
        if (~listed[errors]).mean() > NEWS:
            kept.append(one)
            listed[errors] = True
    return sorted(kept, key=lambda one: -one.gain)[:most]


def _neighbours_as_one(sure: Sequence[Segment], judged: Judged, groups: Int64 | None) -> list[Segment]:
    """The segments, where ranges of one number that follow each other are one, with the q of the least sure."""
    runs: list[list[Segment]] = []
    for one in sure:
        if runs and _follows(one.part, runs[-1][-1].part):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_joined(run, judged, groups) for run in runs]


def _follows(part: Part, before: Part) -> bool:
    return part.place > 0 and (part.column, part.place - 1) == (before.column, before.place)


def _joined(run: Sequence[Segment], judged: Judged, groups: Int64 | None) -> Segment:
    if len(run) == 1:
        return run[0]
    first, last = run[0].part, run[-1].part
    rows = np.sort(np.concatenate([one.part.rows for one in run]))
    value = f"{first.value.partition(TO)[0]}{TO}{last.value.partition(TO)[2]}"
    (whole,) = segments([first._replace(value=value, rows=rows)], judged, groups)
    return replace(whole, q=max(one.q for one in run))
