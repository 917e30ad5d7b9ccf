"""UMAP's optimisation in our form: the same forces, as good a map, the same bytes on any machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import umap
from scipy.sparse import csr_matrix
from umap.umap_ import find_ab_params

from explorer.maps.layout import _with_self_first, lay_out
from explorer.maps.optimisation import _forces, epochs_for, optimise
from explorer.maps.trust import map_trust
from tests.maps.conftest import embedded

if TYPE_CHECKING:
    from explorer.data.records import Float32, Layout, Neighbors

PAIR = csr_matrix(np.array([[0, 1], [1, 0]], np.float32))


@pytest.mark.parametrize("min_dist", [0.0, 0.1, 0.8])
def test_forces_are_those_of_umap(min_dist: float) -> None:
    """Read by the leading bits of the squared distance, 0.4% beside the formula at most."""
    a, b = find_ab_params(1.0, min_dist)
    squares = np.geomspace(1e-6, 1e4, 999).astype(np.float32)
    pulls, pushes = (table[squares.view(np.int32) >> 16] for table in _forces(a, b))
    np.testing.assert_allclose(pulls, 2 * a * b * squares ** (b - 1) / (1 + a * squares**b), rtol=0.01)
    np.testing.assert_allclose(pushes, 2 * b / ((0.001 + squares) * (1 + a * squares**b)), rtol=0.01)


def test_the_same_place_pulls_and_pushes_nowhere() -> None:
    pulls, pushes = _forces(1.5, 0.9)
    assert pulls[0] == 0
    assert np.isfinite([pulls, pushes]).all()
    moved = optimise(PAIR, np.zeros((2, 2), np.float32), 1.5, 0.9, seed=1, epochs=3)
    assert moved.tolist() == [[0, 0], [0, 0]]


def test_neighbours_come_together_and_strangers_part() -> None:
    apart = np.array([[0, 0], [10, 0]], np.float32)
    near = optimise(PAIR, apart, 1.5, 0.9, seed=1, epochs=200)
    assert np.linalg.norm(near[0] - near[1]) < 3
    alone = csr_matrix((2, 2), dtype=np.float32)
    assert optimise(alone, apart, 1.5, 0.9, seed=1, epochs=9).tolist() == apart.tolist()


def test_there_are_as_many_epochs_as_in_umap() -> None:
    assert [epochs_for(n) for n in (0, 4, 10_000, 10_001, 1_000_000)] == [500, 500, 500, 200, 200]


def test_epochs_are_told_and_can_be_interrupted() -> None:
    told = []
    start = np.eye(2, dtype=np.float32)
    optimise(PAIR, start, 1.5, 0.9, seed=1, epochs=4, on_epoch=lambda *epoch: told.append(epoch))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def interrupt(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        optimise(PAIR, start, 1.5, 0.9, seed=1, epochs=4, on_epoch=interrupt)


def _digest_of_a_map() -> str:
    rng = np.random.default_rng(5)
    rows, others = rng.integers(3_000, size=(2, 20_000))
    graph = csr_matrix((rng.random(20_000, np.float32), (rows, others)), shape=(3_000, 3_000))
    start = 10 * rng.random((3_000, 2), np.float32)
    xy = optimise((graph + graph.T).tocsr(), start, 1.577, 0.895, seed=7, epochs=30)
    return hashlib.sha256(xy.tobytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_bytes_are_the_same_in_a_new_process_with_any_number_of_threads(threads: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import _digest_of_a_map; print(_digest_of_a_map())"],
        env=os.environ | {"NUMBA_NUM_THREADS": threads, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert said.stdout.split() == [_digest_of_a_map()]


@pytest.mark.slow
def test_as_many_neighbours_are_kept_as_by_umap_itself(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """Means of three seeds; trustworthiness and continuity beside them."""
    vectors, graph, _ = digits
    ours, theirs = [], []
    for seed in range(3):
        ours.append(_quality(vectors, lay_out(embedded(vectors), graph, seed=seed).xy, graph))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reducer = umap.UMAP(
                metric="cosine", precomputed_knn=_with_self_first(graph, 15), random_state=seed, n_jobs=1
            )
            theirs.append(_quality(vectors, reducer.fit_transform(vectors), graph))
    for name, mine, other in zip(
        ("kept", "trust", "continuity"), np.mean(ours, axis=0), np.mean(theirs, axis=0), strict=True
    ):
        assert mine >= 0.99 * other, name


def _quality(vectors: Float32, xy: Float32, graph: Neighbors) -> tuple[float, float, float]:
    """Neighbours kept, trustworthiness, and continuity, which is trustworthiness with the spaces swapped."""
    from sklearn.manifold import trustworthiness

    trust, kept = map_trust(vectors, xy, graph, 15)
    return float(kept.mean()), trust, float(trustworthiness(xy, vectors, n_neighbors=15))
