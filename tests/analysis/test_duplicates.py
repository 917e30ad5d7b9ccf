"""Copies among images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.duplicates import copies, near_threshold
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
