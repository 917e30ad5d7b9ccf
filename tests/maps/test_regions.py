"""Clusters that lie together in the graph and on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.data.records import Neighbors
from explorer.maps.neighbors import neighbor_graph
from explorer.maps.regions import LEAST, LEVELS, regions
from explorer.subsets.selection import inside

if TYPE_CHECKING:
    from explorer.data.findings import Region
    from explorer.data.records import Bool, Float32


def _blobs(*sizes: int, apart: float = 10.0, seed: int = 0) -> tuple[Float32, Neighbors]:
    """Round clusters on a ring, as far apart in the vectors as on the map, and their graph."""
    chance = np.random.default_rng(seed)
    centres = [(apart * np.cos(a), apart * np.sin(a)) for a in np.linspace(0, 2 * np.pi, len(sizes), endpoint=False)]
    xy = np.concatenate([chance.normal(c, 0.5, (n, 2)) for c, n in zip(centres, sizes, strict=True)])
    return xy.astype(np.float32), _near(xy)


def _near(xy: np.ndarray) -> Neighbors:
    from scipy.spatial import cKDTree

    distance, near = cKDTree(xy).query(xy, 16)
    return Neighbors(near[:, 1:].astype(np.int64), (1 - distance[:, 1:]).astype(np.float32))


def _held(region: Region, xy: Float32) -> Bool:
    hit = np.zeros(len(xy), np.bool_)
    for ring in region.outline:
        hit |= inside(xy, tuple((float(x), float(y)) for x, y in ring))
    return hit


def test_islands_are_regions_the_largest_first() -> None:
    xy, graph = _blobs(100, 300, 200)
    found = regions(xy, graph)
    assert [one.rows.tolist() for one in found] == [
        list(range(100, 400)),
        list(range(400, 600)),
        list(range(100)),
    ]
    assert [one.key for one in found] == ["0-0", "0-1", "0-2"]
    assert {one.level for one in found} == {0}, "nothing is divided further"
    assert {(one.name, one.why) for one in found} == {("", "")}


def test_a_name_stands_on_a_point_in_the_middle_of_the_region() -> None:
    xy, graph = _blobs(200, 200)
    for one in regions(xy, graph):
        assert np.linalg.norm(np.array(one.anchor) - xy[one.rows].mean(axis=0)) < 0.2
        assert (xy[one.rows] == np.array(one.anchor, np.float32)).all(axis=1).any()


def test_an_outline_holds_its_region_and_no_other_with_few_corners() -> None:
    xy, graph = _blobs(150, 150, 150, 150, apart=2.5)
    found = regions(xy, graph)
    held = np.array([_held(one, xy) for one in found if one.level == 0])
    assert held.sum(axis=0).max() == 1, "outlines of one level do not overlap"
    for one, hit in zip(found, held, strict=False):
        assert hit[one.rows].mean() > 0.9
        assert sum(map(len, one.outline)) < 100


def test_a_few_stray_points_are_no_part_of_the_outline() -> None:
    xy, graph = _blobs(200, 200)
    xy[:3] = np.array([[0, 0], [0.5, 0], [0, 0.5]], np.float32)  # their neighbours lie in the first cluster still
    first = next(one for one in regions(xy, graph) if 50 in one.rows)
    assert len(first.outline) == 1
    assert not _held(first, xy)[:3].any()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, LEAST - 1])
def test_too_few_points_are_no_region(n: int) -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(n, 8)).astype(np.float32)
    assert regions(chance.normal(size=(n, 2)).astype(np.float32), neighbor_graph(vectors, 15)) == []


def test_one_dense_blob_is_one_region() -> None:
    xy, graph = _blobs(2000)
    coarse = [one for one in regions(xy, graph) if one.level == 0]
    assert len(coarse[0].rows) > 1900


def test_points_on_one_spot_are_one_region() -> None:
    xy = np.zeros((50, 2), np.float32)
    graph = neighbor_graph(np.full((50, 4), 0.5, np.float32), 15)
    (only,) = regions(xy, graph)
    assert only.rows.tolist() == list(range(50))
    assert _held(only, xy).all()


def test_what_the_map_tears_apart_is_no_region() -> None:
    """One cluster of the graph that the map has in two places is named in each of them."""
    chance = np.random.default_rng(1)
    xy = np.concatenate([chance.normal(0, 0.5, (100, 2)), chance.normal(9, 0.5, (100, 2))]).astype(np.float32)
    xy = xy[chance.permutation(200)]
    near = np.argsort(chance.random((200, 200)), axis=1)[:, :15]  # anyone is a neighbour of anyone
    found = regions(xy, Neighbors(near.astype(np.int64), np.full((200, 15), 0.9, np.float32)))
    coarse = [one for one in found if one.level == 0]
    assert [len(one.rows) > 95 for one in coarse] == [True, True]
    assert [len(set(xy[one.rows, 0] > 5)) for one in coarse] == [1, 1]


def test_clusters_of_the_graph_that_the_map_has_side_by_side_are_apart() -> None:
    """Two halves of one blob without a link between them: the graph divides what the map does not."""
    chance = np.random.default_rng(2)
    xy = chance.normal(size=(400, 2)).astype(np.float32)
    left = xy[:, 0] < 0
    near = np.empty((400, 15), np.int64)
    for side in (left, ~left):
        rows = np.flatnonzero(side)
        near[rows] = rows[_near(xy[rows]).indices]
    found = [one for one in regions(xy, Neighbors(near, np.ones((400, 15), np.float32))) if one.level == 0]
    assert len(found) >= 2
    assert all(len(set(left[one.rows])) == 1 for one in found)


def test_points_without_a_place_are_in_no_region() -> None:
    xy, graph = _blobs(100, 100)
    xy[:10] = np.nan
    assert sorted(np.concatenate([one.rows for one in regions(xy, graph)])) == list(range(10, 200))


def test_finer_levels_divide_coarser_ones() -> None:
    chance = np.random.default_rng(3)
    centres = chance.uniform(0, 40, (60, 2))
    xy = (centres[chance.integers(0, 60, 6000)] + chance.normal(0, 1.2, (6000, 2))).astype(np.float32)
    found = regions(xy, _near(xy))
    by_level = {level: [one for one in found if one.level == level] for level in {one.level for one in found}}
    assert len(by_level[1]) > len(by_level[0])
    assert len(by_level[0]) <= LEVELS[0][0] + 5
    for finer in by_level[1]:
        holding = [one for one in by_level[0] if np.isin(finer.rows, one.rows).any()]
        assert len(holding) <= 1, "a finer region lies in one coarser region, or in none"
    assert len({one.key for one in found}) == len(found)


def test_the_same_map_has_the_same_regions() -> None:
    xy, graph = _blobs(80, 90, 100, seed=4)
    first, second = regions(xy, graph), regions(xy.copy(), graph)
    assert [(one.key, one.anchor, one.rows.tolist()) for one in first] == [
        (one.key, one.anchor, one.rows.tolist()) for one in second
    ]
