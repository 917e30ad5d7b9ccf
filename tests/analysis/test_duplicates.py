"""Copies among images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.analysis.duplicates import copies, may_be_same, near_threshold
from explorer.maps.neighbors import neighbor_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Float32


def _unit(rows: NDArray[np.float64]) -> Float32:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _angles(*degrees: float) -> Float32:
    """Vectors in a plane, so that similarity is the cosine of the angle between."""
    return _unit(np.stack([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], axis=1))


def _files(n: int) -> list[str]:
    return [f"file {i}" for i in range(n)]


def test_the_same_file_is_an_exact_copy_and_what_hardly_differs_a_near_one() -> None:
    vectors = _angles(0, 0, 40, 41, 90, 130)
    digests = ["a", "a", "b", "c", "d", "e"]
    found = copies(neighbor_graph(vectors, 5), vectors, digests, threshold=np.cos(np.deg2rad(2)))
    assert [(one.rows.tolist(), one.kind) for one in found] == [([0, 1], "exact"), ([2, 3], "near")]
    assert found[0].similarity == 1.0
    assert np.isclose(found[1].similarity, np.cos(np.deg2rad(1)), atol=1e-6)


def test_a_chain_does_not_grow_into_one_group() -> None:
    """Each is 2 degrees from the next; where 3 are a copy, no group holds two that are 4 apart."""
    degrees = [0, 2, 4, 6, 8, 10]
    vectors = _angles(*degrees)
    found = copies(neighbor_graph(vectors, 5), vectors, _files(6), threshold=np.cos(np.deg2rad(3)))
    assert [np.ptp(np.array(degrees)[one.rows]) for one in found] == [2] * len(found)
    assert len(found) >= 2
    assert all(one.similarity >= np.cos(np.deg2rad(3)) for one in found)


def test_a_chain_of_fifty_steps_is_several_groups_of_which_every_pair_is_alike() -> None:
    """Each step is 1 degree; where 3.5 are a copy a group spans 3 at most."""
    degrees, least = np.arange(51), np.cos(np.deg2rad(3.5))
    vectors = _angles(*degrees)
    found = copies(neighbor_graph(vectors, 15), vectors, _files(51), threshold=least)
    assert len(found) >= 13, "51 images by four"
    assert sorted(np.concatenate([one.rows for one in found])) == sorted({row for one in found for row in one.rows})
    for one in found:
        assert np.ptp(degrees[one.rows]) <= 3
        alike = vectors[one.rows] @ vectors[one.rows].T
        assert alike.min() >= least
        assert np.isclose(one.similarity, alike.min())


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_of_every_group_is_as_similar_as_the_threshold(seed: int) -> None:
    """Of clouds that overlap, and no two of the groups that are left could be one."""
    chance = np.random.default_rng(seed)
    centres = np.repeat(chance.normal(size=(40, 16)), 12, axis=0)
    vectors = _unit(centres + chance.normal(0, 0.25, centres.shape))
    contents = [f"file {row // 2 if row < 20 else row}" for row in range(len(vectors))]
    vectors[1:20:2] = vectors[:20:2]
    graph = neighbor_graph(vectors, 15)
    for least in (0.9, 0.93, 0.96):
        found = copies(graph, vectors, contents, threshold=least)
        assert len(found) > 10
        assert all((vectors[one.rows] @ vectors[one.rows].T).min() >= least for one in found if one.kind == "near")
        group = {row: i for i, one in enumerate(found) for row in one.rows.tolist()}
        assert sum(len(one.rows) for one in found) == len(group)
        joined = [(i, int(j)) for i in range(len(vectors)) for j in graph.indices[i] if vectors[i] @ vectors[j] > least]
        for i, j in joined:
            here = found[group[i]].rows if i in group else np.array([i])
            there = found[group[j]].rows if j in group else np.array([j])
            assert group.get(i, -i) == group.get(j, -j) or (vectors[here] @ vectors[there].T).min() < least


def test_images_of_one_size_in_files_of_their_own_that_no_encoder_tells_apart_may_be_the_same() -> None:
    """0 and 1 are one file, 2 is another of it; 3 and 4 differ in size, 5 and 6 in what is seen."""
    vectors = _angles(0, 0, 0, 60, 60, 120, 122)
    sizes = np.array([[8, 8], [8, 8], [8, 8], [8, 8], [8, 9], [8, 8], [8, 8]])
    same = may_be_same(neighbor_graph(vectors, 3), ["a", "a", "b", "c", "d", "e", "f"], sizes)
    assert same.tolist() == [0, 1, 2]


def test_the_threshold_follows_how_far_images_are_apart() -> None:
    """The median distance to the nearest neighbour that is no copy, times .13."""
    vectors = _angles(0, 0, 10, 20, 30, 40)
    apart = 1 - np.cos(np.deg2rad(10))
    assert np.isclose(1 - near_threshold(neighbor_graph(vectors, 5)), 0.13 * apart, rtol=1e-3)


def test_images_that_are_all_different_have_no_copies() -> None:
    vectors = _unit(np.random.default_rng(0).normal(size=(300, 32)))
    assert copies(neighbor_graph(vectors, 15), vectors, _files(300)) == []


def test_more_copies_than_the_graph_has_neighbours() -> None:
    vectors = np.concatenate([_angles(*[10] * 40), _angles(60, 90)])
    graph = neighbor_graph(vectors, 5)
    (same,) = copies(graph, vectors, ["a"] * 40 + ["b", "c"])
    assert same.rows.tolist() == list(range(40))
    found = copies(graph, vectors, _files(42))
    assert max(len(one.rows) for one in found) >= 6, "of different files, as far as the graph sees"


def test_no_image_and_one_image() -> None:
    for n in (0, 1):
        vectors = _angles(*range(n))
        assert copies(neighbor_graph(vectors, 5), vectors, _files(n)) == []
