"""Growing a subset: which other points are most like its members, and unlike what was rejected.

Every decision re-ranks everything at once: a few dozen milliseconds for a hundred thousand points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.records import Float32, Int64  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.stats.intervals import Rate, rate
from explorer.subsets.similarity import Whitening, scores

if TYPE_CHECKING:
    from collections.abc import Sequence


class Candidates(NamedTuple):
    """Ranked candidates.

    Attributes:
        rows: int64 (m,), best first.
        scores: float32 (m,), what they are ranked by.
        left: how many more would qualify.
    """

    rows: Int64
    scores: Float32
    left: int


class Histogram(NamedTuple):
    """Counts int64 (bins,) between edges float64 (bins + 1,), for a threshold slider."""

    counts: Int64
    edges: np.ndarray[tuple[int], np.dtype[np.float64]]


class StopHint(NamedTuple):
    """Whether going on is likely to be in vain, and the acceptance rate that says so."""

    stop: bool
    accepted: Rate


@dataclass(frozen=True)
class Growth:
    """Vectors made ready for growing subsets; make it once per space.

    Attributes:
        whitened: float32 (n, r), unit rows.
    """

    whitened: Float32

    @classmethod
    def over(cls, vectors: Float32, *, seed: int = 0) -> Growth:
        """Whiten float32 (n, d) unit vectors by their own background."""
        return cls(Whitening.of(vectors, seed=seed)(vectors))

    def scores(self, members: Sequence[int], rejected: Sequence[int] = ()) -> Float32:
        """Score every point, float32 (n,): what the histogram shows and the threshold cuts."""
        return scores(self.whitened, self.whitened[list(members)], self.whitened[list(rejected)])


def candidates(scores: Float32, decided: Sequence[int], *, k: int = 50, at_least: float = -np.inf) -> Candidates:
    """The k best points that were not decided on; a larger k is one more page.

    Args:
        scores: float32 (n,), one per point; what is not finite does not qualify.
        decided: rows of the members and of what was rejected.
        k: how many candidates to give at most.
        at_least: the smallest score that still qualifies.
    """
    qualified = np.isfinite(scores) & (scores >= at_least)
    qualified[list(decided)] = False
    rows = np.flatnonzero(qualified)
    best = rows[_largest(scores[rows], k)]
    return Candidates(best, scores[best], len(rows) - len(best))


def _largest(values: Float32, k: int) -> Int64:
    """Positions of the k largest values, the largest first, ties by position; sorts only those."""
    if k < len(values):
        cut = np.partition(values, len(values) - k)[len(values) - k] if k else np.inf
        positions = np.flatnonzero(values >= cut)
    else:
        positions = np.arange(len(values))
    return positions[np.argsort(-values[positions], kind="stable")][:k]


_ALIKE = 1e-6
"""Scores nearer to each other than this differ by rounding."""


def histogram(values: Float32, bins: int = 40) -> Histogram:
    """Count scores or similarities (n,) in equal bins from smallest to largest; non-finite ones are left out.

    Where all are alike up to rounding there is one bin, and its edges are equal.
    """
    known = values[np.isfinite(values)].astype(np.float64)
    if len(known) and np.ptp(known) < _ALIKE:
        return Histogram(np.array([len(known)], np.int64), np.full(2, known[0]))
    counts, edges = np.histogram(known, bins)
    return Histogram(counts.astype(np.int64), edges.astype(np.float64))


def stop_hint(decisions: Sequence[bool], *, last: int = 20, least: float = 0.25) -> StopHint:
    """Say when to stop: when few of the last proposals were accepted, beyond chance.

    The rule: of the last `last` decisions, the upper end of the Wilson 95% interval of the share accepted lies
    below `least`. By default that is at most one accepted of twenty.

    Args:
        decisions: True for accepted, False for rejected, oldest first.
        last: how many decisions are looked at; with fewer there is no hint.
        least: the share of accepted proposals worth going on for.
    """
    accepted = rate(sum(decisions[-last:]), len(decisions[-last:]))
    return StopHint(len(decisions) >= last and accepted.high < least, accepted)
