"""The one graph is exact, leaves self out, and copes with duplicates."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer import neighbors
from explorer.neighbors import neighbor_graph
from explorer.records import Float32


def unit(n: int, d: int, seed: int = 0) -> Float32:
    vectors = np.random.default_rng(seed).normal(size=(n, d))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_graph_is_scikit_learns() -> None:
    vectors = unit(500, 16)
    graph = neighbor_graph(vectors, 10)
    distances, indices = NearestNeighbors(n_neighbors=11, metric="cosine").fit(vectors).kneighbors(vectors)
    np.testing.assert_array_equal(graph.indices, indices[:, 1:])
    np.testing.assert_allclose(graph.similarities, 1 - distances[:, 1:], atol=1e-5)
    assert graph.recall == 1.0


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_fewer_points_than_neighbours(n: int) -> None:
    graph = neighbor_graph(unit(n, 4), 10)
    assert graph.indices.shape == (n, max(0, n - 1))


def test_self_is_left_out_even_among_duplicates() -> None:
    """With more copies than neighbours the own row may not be found at all; it must still not be listed."""
    vectors = np.repeat(unit(3, 8), 40, axis=0)
    graph = neighbor_graph(vectors, 10)
    assert not (graph.indices == np.arange(120)[:, None]).any()
    assert graph.similarities.min() > 0.999


def test_the_approximate_index_measures_its_recall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "EXACT_UP_TO", 1000)
    centres = unit(40, 16, seed=1)
    spread = np.repeat(centres, 100, axis=0) + 0.1 * unit(4000, 16, seed=2)
    vectors = np.asarray(spread / np.linalg.norm(spread, axis=1, keepdims=True), np.float32)
    graph = neighbor_graph(vectors, 10)
    exact = (
        NearestNeighbors(n_neighbors=11, metric="cosine")
        .fit(vectors)
        .kneighbors(vectors, return_distance=False)
    )
    truth = np.mean([len(np.intersect1d(a, b[1:])) / 10 for a, b in zip(graph.indices, exact, strict=True)])
    assert graph.recall == pytest.approx(truth, abs=0.03)
    assert graph.recall > 0.9
