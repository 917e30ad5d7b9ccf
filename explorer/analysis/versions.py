"""Two versions of a model on the same parts of the points: each one's rate, the difference, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.segments import Part, segments
from explorer.stats.paired import Difference, change_effect, paired_difference
from explorer.stats.significance import benjamini_hochberg, mcnemar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.analysis.segments import Judged, Segment
    from explorer.data.records import Bool, Int64


class Share(NamedTuple):
    """The share of n that one model got right, with its 95% interval."""

    value: float
    n: int
    low: float
    high: float


class Rated(NamedTuple):
    """One model on one part of the points.

    Attributes:
        part: which points.
        images: on how many images something was judged.
        too_few: whether these are too few to say.
        share: how often it is right.
    """

    part: Part
    images: int
    too_few: bool
    share: Share


@dataclass(frozen=True, eq=False)
class Versus:
    """Two versions on one part of the points, as far as both were judged there.

    Attributes:
        part: which points.
        images: on how many images something was judged.
        too_few: whether these are too few to say.
        before: how often the first is right.
        after: how often the second is.
        difference: by how much the second is better, with an interval of what is paired.
        fixed: int64, the rows on which only the second is right.
        regressed: int64, the rows on which only the first is right.
        p: exact McNemar, two-sided; NaN where there are too few to say.
        q: p, Benjamini-Hochberg adjusted over all parts that were compared together.
    """

    part: Part
    images: int
    too_few: bool
    before: Share
    after: Share
    difference: Difference
    fixed: Int64
    regressed: Int64
    p: float
    q: float = float("nan")

    @property
    def is_sure(self) -> bool:
        """Whether the two surely differ here."""
        return self.q <= 0.05  # noqa: PLR2004 - as everywhere


def versus(parts: Iterable[Part], before: Judged, after: Judged) -> list[Versus]:
    """Compare two versions on each part, in the order given; parts on which nothing was judged by both are left out.

    Each point is one thing that is right or wrong. Several on one image change together more often than by chance: for
    interval and test of the difference they count as fewer.

    Args:
        parts: of n points.
        before: what the first got right of them.
        after: what the second got right of them.
    """
    both = (before.total > 0) & (after.total > 0)
    before, after = (only(one, both) for one in (before, after))
    was, now = before.hits > 0, after.hits > 0
    effect = change_effect((now.astype(np.int64) - was)[both], before.images[both])
    listed = list(parts)
    pairs = zip(segments(listed, before), segments(listed, after), strict=True)
    return _adjusted([_versus(old, new, was, now, both, effect) for old, new in pairs])


def rates(parts: Iterable[Part], judged: Judged) -> list[Rated]:
    """The rate of one model on each part on which it was judged."""
    return [Rated(one.part, one.images, one.too_few, _share(one)) for one in segments(parts, judged)]


def only(judged: Judged, known: Bool) -> Judged:
    """What was got right of some of the points, bool (n,): of the others nothing is judged."""
    return judged._replace(hits=judged.hits * known, total=judged.total * known)


def _share(one: Segment) -> Share:
    return Share(one.here.value, one.here.n, one.here.low, one.here.high)


def _versus(old: Segment, new: Segment, was: Bool, now: Bool, both: Bool, effect: float) -> Versus:
    rows = old.part.rows[both[old.part.rows]]
    fixed, regressed = rows[~was[rows] & now[rows]], rows[was[rows] & ~now[rows]]
    right = int((was[rows] & now[rows]).sum())
    lost, gained = len(regressed), len(fixed)
    counts = (right, lost, gained, len(rows) - right - lost - gained)
    p = float("nan") if old.too_few else mcnemar(round(gained / effect), round(lost / effect))
    difference = paired_difference(*(count / effect for count in counts))
    return Versus(old.part, old.images, old.too_few, _share(old), _share(new), difference, fixed, regressed, p)


def _adjusted(found: list[Versus]) -> list[Versus]:
    tested = [i for i, one in enumerate(found) if not np.isnan(one.p)]
    adjusted = benjamini_hochberg(np.array([found[i].p for i in tested]))
    for i, q in zip(tested, adjusted, strict=True):
        found[i] = replace(found[i], q=float(q))
    return found


def surest_first(found: Sequence[Versus]) -> list[Versus]:
    """Those that changed most surely first, those of which too little is known last."""
    return sorted(found, key=lambda one: (one.too_few, one.p, -abs(one.difference.value)))
