"""Intervals by drawing groups again: what hangs together is drawn together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from explorer.stats.intervals import rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float64s = NDArray[np.float64]
    Int64s = NDArray[np.int64]

REPLICAS = 1000
POOLS = 1000
"""Beyond so many groups, some of them, put together by chance, are drawn as one: the spread of a sum stays the same."""

_ENDS = (0.025, 0.975)


@dataclass(frozen=True, eq=False)
class Resampling:
    """Groups of n points, drawn again with replacement (clustered bootstrap, Davison and Hinkley 1997, 3.8).

    Attributes:
        group: int64 (n,), which group each point is in, from 0 on.
        pool: int64 (n,), which p-th part of the groups each point is drawn with.
        drawn: float32 (b, p), how often each was drawn in each replica.
    """

    group: Int64s
    pool: Int64s
    drawn: NDArray[np.float32]

    @property
    def pools(self) -> int:
        """How many parts are drawn."""
        return int(self.drawn.shape[1])

    def groups_of(self, rows: Int64s) -> int:
        """How many groups some points are of."""
        return distinct(self.group[rows])

    def replicas(self, sums: Float64s) -> Float64s:
        """What sums over each pool (p, k) come to in every replica, (b, k)."""
        return np.asarray(self.drawn @ sums, np.float64)


def distinct(numbers: Int64s) -> int:
    """How many different numbers there are among some that count something from 0 on, such as rows or groups."""
    return int(np.count_nonzero(np.bincount(numbers)))


def resampling(groups: Int64s, *, replicas: int = REPLICAS, seed: int = 42) -> Resampling:
    """Draw groups again.

    Args:
        groups: int64 (n,), points with the same number hang together.
        replicas: how many times.
        seed: makes the draws repeatable.
    """
    chance = np.random.default_rng(seed)
    _, group = np.unique(groups, return_inverse=True)
    many = int(group.max(initial=-1)) + 1
    pools = min(many, POOLS)
    pool = chance.permutation(many) % max(pools, 1)
    return Resampling(group, pool[group], _drawn(pools, replicas, seed))


@lru_cache(maxsize=8)
def _drawn(pools: int, replicas: int, seed: int) -> NDArray[np.float32]:
    """How often each of some pools is drawn when as many are, float32 (replicas, pools); not to be written to."""
    chosen = np.random.default_rng(seed).integers(0, max(pools, 1), (replicas, pools))
    places = (chosen + pools * np.arange(replicas)[:, None]).ravel()
    drawn = np.bincount(places, minlength=replicas * pools).reshape(replicas, pools).astype(np.float32)
    drawn.flags.writeable = False
    return drawn


def interval(value: float, replicas: Float64s, groups: int, *, bounded: bool) -> tuple[float, float]:
    """The middle 95% of what replicas came to; NaN where they came to nothing.

    Groups that all agree show no spread, however few they are: then the interval is the one of as many independent
    groups of which all, or none, are hits (Wilson's for shares, Poisson's exact upper end for counts).

    Args:
        value: of the points themselves.
        replicas: (b,), NaN where nothing was drawn.
        groups: how many there are.
        bounded: whether the number is a share, from 0 to 1.
    """
    known = replicas[~np.isnan(replicas)]
    if not len(known) or np.isnan(value):
        return float("nan"), float("nan")
    low, high = (float(end) for end in np.quantile(known, _ENDS))
    if high - low > _NO_SPREAD or not groups:
        return low, high
    if bounded and value in (0, 1):
        alike = rate(groups if value else 0, groups)
        return alike.low, alike.high
    return (0.0, _POISSON_NONE / groups) if value == 0 else (low, high)


_NO_SPREAD = 1e-9
_POISSON_NONE = 3.6888794541139363
"""97.5% upper end of a Poisson mean of which nothing was seen, -log(.025)."""


def p_value(difference: float, spread: float, groups: int) -> float:
    """Two-sided p that a part is no other than the whole.

    The spread is taken around the figure of the whole, as score tests do, and held against Student's t: few groups, or
    such that all agree, prove no more than they can.

    Args:
        difference: of the figure of the part from that of the whole.
        spread: standard deviation of that difference over replicas.
        groups: of the part.
    """
    from scipy.stats import t

    if groups < 2 or np.isnan(difference) or np.isnan(spread):  # noqa: PLR2004 - no spread
        return float("nan")
    if difference == 0:
        return 1.0
    error = np.sqrt(spread**2 + difference**2 / groups)
    return float(2 * t.sf(abs(difference) / error, groups - 1))
