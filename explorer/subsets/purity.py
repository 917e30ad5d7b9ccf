"""Does a subset exist in the original space, or only on the map."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from explorer.data.records import Bool, Float32, Int64, Neighbors

RANDOM_SUBSETS = 199
"""Random subsets of the same size that neighbour purity is compared with."""

ALPHA = 0.05
HOLDS = 0.5
"""Share of its purity on the map that a subset must keep in the original space to be called held together."""

BEYOND_CHANCE = 0.25
"""Share of what is left beyond chance that purity must reach: 20% against 14% may be sure, and is next to nothing."""


class Cohesion(NamedTuple):
    """Whether the members are each other's neighbours in the original space.

    Attributes:
        k: neighbours looked at per member.
        purity: share of the members' k nearest neighbours that are members, NaN where there are none.
        by_chance: the same for random subsets of this size, on average.
        high: what 97.5% of random subsets stay under.
        p: share of random subsets that are as pure, (1 + #) / (1 + RANDOM_SUBSETS).
        on_map: the same share among the k nearest on the map, NaN without a map.
        holds: the verdict.
        sentence: the verdict in words.
    """

    k: int
    purity: float
    by_chance: float
    high: float
    p: float
    on_map: float
    holds: bool
    sentence: str


def cohesion(graph: Neighbors, mask: Bool, xy: Float32 | None = None, *, seed: int = 0) -> Cohesion:
    """Say whether a subset holds together in the original space.

    It does where its neighbour purity is beyond that of random subsets of its size (p at most .05), by `BEYOND_CHANCE`
    of all that it could be at least (as Cohen's kappa takes chance off agreement), and where a map is given at least
    `HOLDS` times its purity on the map.

    Args:
        graph: neighbours of the n points in the original space.
        mask: bool (n,), the subset.
        xy: float32 (n, 2), the map.
        seed: makes the random subsets repeatable.
    """
    size, n = int(mask.sum()), len(mask)
    k = min(graph.k, size - 1)
    if k < 1 or size == n:
        return Cohesion(0, nan, nan, nan, nan, nan, holds=False, sentence="Too few members, or no others, to say.")
    near = np.array(graph.indices[:, :k])  # read in one go: random subsets ask for rows from all over the file
    purity = _purity(near, np.flatnonzero(mask))
    chance = np.random.default_rng(seed)
    drawn = (chance.choice(n, size, replace=False) for _ in range(RANDOM_SUBSETS))
    random = np.array([_purity(near, np.sort(rows)) for rows in drawn])
    p = (1 + int((random >= purity).sum())) / (1 + RANDOM_SUBSETS)
    on_map = _purity_on_map(xy, mask, k) if xy is not None else float("nan")
    by_chance = float(random.mean())
    sure = p <= ALPHA
    holds = sure and purity - by_chance >= BEYOND_CHANCE * (1 - by_chance) and not purity < HOLDS * on_map
    sentence = _sentence(purity, by_chance, on_map, k, holds=holds, sure=sure)
    return Cohesion(k, purity, by_chance, float(np.quantile(random, 0.975)), p, on_map, holds=holds, sentence=sentence)


def _purity(near: Int64, rows: Int64) -> float:
    """Share of the neighbours of these rows that are among them."""
    mask = np.zeros(len(near), np.bool_)
    mask[rows] = True
    return float(mask[near[rows]].mean())


def _purity_on_map(xy: Float32, mask: Bool, k: int) -> float:
    from scipy.spatial import cKDTree

    _, near = cKDTree(xy).query(xy[mask], k=k + 1)
    own = near == np.flatnonzero(mask)[:, None]
    own[~own.any(axis=1), -1] = True
    return float(mask[near[~own]].mean())


def _sentence(purity: float, by_chance: float, on_map: float, k: int, *, holds: bool, sure: bool) -> str:
    share = f"{purity:.0%} of its members' {k} nearest neighbours are members too, against {by_chance:.0%} by chance"
    if holds:
        return f"It holds together in the original space: {share}."
    if on_map > max(purity, by_chance) / HOLDS:
        return f"It holds together only on the map ({on_map:.0%} there): in the original space {share}."
    if sure:
        return f"It hardly holds together in the original space: {share}, which is more, but little."
    return f"It does not hold together in the original space: {share}."
