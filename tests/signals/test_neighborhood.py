"""Signals read off the neighbour graph, held against graphs worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data.records import Neighbors
from explorer.maps.neighbors import neighbor_graph
from explorer.signals.neighborhood import label_disagreement, neighbor_distance


def _graph(indices: list[list[int]], similarities: list[list[float]] | None = None) -> Neighbors:
    rows = np.array(indices, np.int64).reshape(len(indices), -1)
    cosines = np.ones(rows.shape) if similarities is None else np.array(similarities)
    return Neighbors(rows, cosines.astype(np.float32))


def _codes(*codes: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(codes, np.int32)


def test_disagreement_is_the_share_of_neighbours_with_another_label() -> None:
    graph = _graph([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    assert label_disagreement(graph, _codes(0, 0, 0, 1)) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])


def test_neighbours_without_a_label_are_not_asked() -> None:
    graph = _graph([[1, 2], [0, 2], [0, 1]])
    found = label_disagreement(graph, _codes(0, 1, -1))
    assert found[:2] == pytest.approx([1.0, 1.0])
    assert np.isnan(found[2])


def test_a_point_whose_neighbours_all_lack_a_label_is_unknown() -> None:
    graph = _graph([[1, 2], [2, 0], [1, 0]])
    assert np.isnan(label_disagreement(graph, _codes(0, -1, -1))).all()


def test_only_the_nearest_k_are_asked() -> None:
    graph = _graph([[1, 2], [0, 2], [1, 0]])
    assert label_disagreement(graph, _codes(0, 0, 1), k=1) == pytest.approx([0, 0, 1])


def test_distance_is_the_mean_cosine_distance_to_the_nearest_k() -> None:
    graph = _graph([[1, 2], [0, 2], [1, 0]], [[0.9, 0.5], [0.9, 0.7], [0.7, 0.5]])
    assert neighbor_distance(graph) == pytest.approx([0.3, 0.2, 0.4])
    assert neighbor_distance(graph, k=1) == pytest.approx([0.1, 0.1, 0.3])


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_points_to_have_neighbours_give_unknown_signals(n: int) -> None:
    graph = neighbor_graph(np.ones((n, 1), np.float32), 15)
    assert np.isnan(neighbor_distance(graph)).tolist() == [True] * n
    assert np.isnan(label_disagreement(graph, np.zeros(n, np.int32))).tolist() == [True] * n
