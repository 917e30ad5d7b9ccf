"""A subset holds together where its members are each other's neighbours; map-only clusters are called that."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.data.records import Neighbors
from explorer.subsets.purity import RANDOM_SUBSETS, cohesion
from tests.subsets.conftest import SIZE, N

if TYPE_CHECKING:
    from explorer.data.records import Bool

SIX = np.array([[1, 2], [0, 2], [1, 3], [2, 4], [5, 3], [4, 3]])
"""The two nearest of six points; of the first three, five of six nearest are among the three."""


def _graph(indices: np.ndarray) -> Neighbors:
    return Neighbors(indices, np.ones(indices.shape, np.float32))


def _first(size: int, n: int = 6) -> Bool:
    return np.asarray(np.arange(n) < size, np.bool_)


def test_purity_is_the_share_of_members_among_their_neighbours_and_chance_that_of_any_subset() -> None:
    """All twenty subsets of three out of six can be counted."""
    found = cohesion(_graph(SIX), _first(3))
    every = [np.isin(SIX[list(three)], three).mean() for three in combinations(range(6), 3)]
    assert found.k == 2
    assert found.purity == pytest.approx(5 / 6)
    assert found.by_chance == pytest.approx(np.mean(every), abs=0.06)
    assert np.mean(every) == pytest.approx(2 / 5)
    as_pure = np.mean([each >= 5 / 6 for each in every])
    assert found.p == pytest.approx(as_pure, abs=4 * np.sqrt(as_pure * (1 - as_pure) / RANDOM_SUBSETS))
    assert np.isnan(found.on_map)


def test_no_more_neighbours_are_looked_at_than_there_are_other_members() -> None:
    found = cohesion(_graph(SIX), _first(2))
    assert (found.k, found.purity) == (1, 1.0)


def test_purity_on_the_map_by_hand() -> None:
    """Of the first, its second nearest is a stranger; of the second too; the third is among strangers alone."""
    xy = np.array([[0, 0], [1, 0], [10, 0], [10.5, 0], [11, 0], [2, 0]], np.float32)
    assert cohesion(_graph(SIX), _first(3), xy).on_map == pytest.approx(2 / 6)


def test_members_on_one_spot_of_the_map_are_pure_there() -> None:
    """A point among its copies need not be found as its own nearest."""
    xy = np.repeat(np.array([[0, 0], [9, 9]], np.float32), 20, axis=0)
    graph = _graph((np.arange(40)[:, None] + [1, 2]) % 40)
    assert cohesion(graph, _first(20, 40), xy).on_map == 1.0


def test_a_real_cluster_holds_together(graph: Neighbors, mask: Bool) -> None:
    found = cohesion(graph, mask)
    assert found.purity > 0.6
    assert found.by_chance == pytest.approx((SIZE - 1) / (N - 1), abs=0.01)
    assert found.by_chance < found.high < found.purity
    assert found.holds
    assert "holds together in the original space" in found.sentence


def test_a_cluster_of_the_map_alone_is_called_that(graph: Neighbors, mask: Bool) -> None:
    chance = np.random.default_rng(4)
    other = chance.permutation(mask)
    xy = chance.normal(size=(N, 2)).astype(np.float32)
    xy[other] += 100
    found = cohesion(graph, other, xy)
    assert found.on_map == 1.0
    assert not found.holds
    assert "only on the map" in found.sentence


def test_a_little_more_than_by_chance_is_no_holding_together() -> None:
    """One in five neighbours is a member where one in seven would be by chance: that is sure, and yet says little."""
    chance = np.random.default_rng(8)
    n, size = 2100, 300
    indices = chance.integers(0, n, (n, 15))
    inside = chance.random((size, 15)) < 0.07
    indices[:size][inside] = chance.integers(0, size, int(inside.sum()))
    found = cohesion(_graph(indices), _first(size, n))
    assert (round(found.purity, 2), round(found.by_chance, 2)) == (0.2, 0.14)
    assert found.p <= 0.05
    assert not found.holds
    assert found.sentence.startswith("It hardly holds together in the original space: 20% of its")
    assert found.sentence.endswith("against 14% by chance, which is more, but little.")


def test_a_small_part_whose_neighbours_are_a_third_members_holds_together() -> None:
    """By chance that would be one in seventy."""
    chance = np.random.default_rng(9)
    indices = chance.integers(0, 2100, (2100, 15))
    inside = chance.random((30, 15)) < 0.33
    indices[:30][inside] = chance.integers(0, 30, int(inside.sum()))
    assert cohesion(_graph(indices), _first(30, 2100)).holds


def test_random_subsets_are_rarely_said_to_hold(graph: Neighbors) -> None:
    chance = np.random.default_rng(5)
    held = sum(cohesion(graph, chance.permutation(N) < SIZE, seed=seed).holds for seed in range(40))
    assert held <= 6


def test_what_neither_space_nor_map_holds_together_is_told_so(graph: Neighbors) -> None:
    found = cohesion(graph, np.random.default_rng(6).permutation(N) < SIZE)
    assert not found.holds
    assert found.sentence.startswith("It does not hold together in the original space: ")


def test_the_random_subsets_are_those_of_the_seed(graph: Neighbors, mask: Bool) -> None:
    one, again, other = (cohesion(graph, mask, seed=seed).by_chance for seed in (3, 3, 4))
    assert one == again != other
