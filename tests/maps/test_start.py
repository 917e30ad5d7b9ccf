"""Where points begin: as smooth as ARPACK's eigenvectors, islands apart, the same bytes in every process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import umap
from scipy.sparse import block_diag, csr_matrix, diags_array, random_array
from sklearn.datasets import load_digits

from explorer.maps.layout import _with_self_first, lay_out
from explorer.maps.neighbors import neighbor_graph
from explorer.maps.start import spectral
from tests.maps.conftest import embedded, unit

if TYPE_CHECKING:
    from explorer.data.records import Float32, Layout, Neighbors


def _normal(graph: csr_matrix) -> csr_matrix:
    degree = np.sqrt(np.asarray(graph.sum(axis=0)).ravel())
    return csr_matrix(diags_array(1 / degree) @ graph @ diags_array(1 / degree))


def _fuzzy(vectors: Float32, graph: Neighbors) -> csr_matrix:
    near, far = _with_self_first(graph, 15)
    fuzzy = umap.umap_.fuzzy_simplicial_set(
        vectors, 15, np.random.RandomState(0), "cosine", knn_indices=near, knn_dists=far
    )
    return csr_matrix(fuzzy[0])


def test_the_start_is_as_smooth_as_the_eigenvectors_of_umap(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """By the Rayleigh quotient, of which the eigenvectors have the largest: .99810 and .99482."""
    vectors, graph, _ = digits
    fuzzy = _fuzzy(vectors, graph)
    ours = spectral(vectors, fuzzy, np.random.RandomState(0), umap)
    theirs = umap.spectral.spectral_layout(vectors, fuzzy, 2, np.random.RandomState(0), metric="cosine")
    normal = _normal(fuzzy)
    smooth = [[one @ (normal @ one) / (one @ one) for one in start.T] for start in (ours, theirs)]
    np.testing.assert_allclose(smooth[0], smooth[1], atol=1e-4)


def test_a_path_begins_in_its_order() -> None:
    """The smoothest way to number a path of 3,000 vertices runs along it; it is found through coarser paths."""
    ones = np.ones(2_999)
    path = csr_matrix(diags_array([ones, ones], offsets=[-1, 1]))
    start = spectral(np.ones((3_000, 1), np.float32), path, np.random.RandomState(0), umap)
    along = np.abs(np.corrcoef(start[:, 0], np.cos(np.linspace(0, np.pi, 3_000)))[0, 1])
    assert along > 0.98


@pytest.mark.parametrize("islands", [2, 3, 6])
def test_islands_begin_apart(islands: int) -> None:
    """Each around its own middle, however many there are; the last is a pair, which has no shape."""
    chance = np.random.default_rng(0)
    parts = [random_array((40, 40), density=0.2, rng=chance) for _ in range(islands - 1)]
    whole = block_diag([*(part + part.T + np.ones((40, 40)) * 0.01 for part in parts), [[0, 1], [1, 0]]])
    sizes = [40] * (islands - 1) + [2]
    vectors = unit(np.repeat(np.eye(islands), sizes, axis=0))
    start = spectral(vectors, csr_matrix(whole), np.random.RandomState(0), umap)
    middles = np.array([part.mean(axis=0) for part in np.split(start, np.cumsum(sizes)[:-1])])
    nearest = np.linalg.norm(start[:, None] - middles, axis=2).argmin(axis=1)
    assert np.mean(nearest == np.repeat(np.arange(islands), sizes)) > 0.9
    assert len(np.unique(start, axis=0)) == len(start)


def test_copies_alone_do_not_stop_it() -> None:
    """Each of 2,000 points is nearest to one hub: what is joined has nothing left to solve."""
    hub, others = np.zeros(2_000, np.int64), np.arange(1, 2_001)
    star = csr_matrix((np.ones(4_000), (np.r_[hub, others], np.r_[others, hub])))
    assert np.isfinite(spectral(np.ones((2_001, 1), np.float32), star, np.random.RandomState(0), umap)).all()


def _digest_of_a_whole_map() -> str:
    vectors = unit(load_digits().data)
    layout = lay_out(embedded(vectors), neighbor_graph(vectors, 15))
    return hashlib.sha256(layout.xy.tobytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_a_whole_map_has_the_same_bytes_with_any_number_of_threads(threads: str) -> None:
    limits = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    said = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import _digest_of_a_whole_map; print(_digest_of_a_whole_map())"],
        env=os.environ | limits | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert said.stdout.split() == [_digest_of_a_whole_map()]
