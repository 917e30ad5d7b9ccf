"""The map: repeatable, defined for every size, and honest about what it keeps."""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType

import numba
import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from explorer import projection
from explorer.data.records import Embeddings, Float32, Layout, Neighbors, Space
from explorer.neighbors import neighbor_graph
from explorer.projection import lay_out, map_trust, place


def unit(vectors: np.ndarray) -> Float32:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


def embedded(vectors: Float32) -> Embeddings:
    return Embeddings(tuple(map(str, range(len(vectors)))), vectors, "test", Space.IMAGE)


@pytest.fixture(scope="module")
def digits() -> tuple[Float32, Neighbors, Layout]:
    vectors = unit(load_digits().data)
    graph = neighbor_graph(vectors, 15)
    return vectors, graph, lay_out(embedded(vectors), graph)


def test_trust_is_scikit_learns(digits: tuple[Float32, Neighbors, Layout]) -> None:
    vectors, _, layout = digits
    assert layout.trustworthiness == pytest.approx(trustworthiness(vectors, layout.xy, n_neighbors=15), abs=1e-6)


def test_digits_come_out_as_published(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """UMAP keeps about half of the neighbours and trustworthiness near .99; PCA far less."""
    vectors, graph, layout = digits
    assert layout.trustworthiness == pytest.approx(0.9876, abs=0.005)
    assert layout.neighbors_kept.mean() == pytest.approx(0.536, abs=0.02)
    flat = PCA(2, random_state=0).fit_transform(vectors).astype(np.float32)
    trust, kept = map_trust(vectors, flat, graph, 15)
    assert trust == pytest.approx(0.829, abs=0.02)
    assert kept.mean() == pytest.approx(0.151, abs=0.03)


def test_same_input_gives_the_same_bytes(digits: tuple[Float32, Neighbors, Layout]) -> None:
    vectors, _, layout = digits
    again = lay_out(embedded(vectors), neighbor_graph(vectors, 15))
    assert again.xy.tobytes() == layout.xy.tobytes()


def test_a_start_layout_keeps_the_map_turned_alike(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """Maps of two spaces are comparable: points stay near where the first map put them."""
    vectors, graph, layout = digits
    started = lay_out(embedded(vectors), graph, init=layout.xy, seed=7)
    for axis in range(2):
        assert np.corrcoef(started.xy[:, axis], layout.xy[:, axis])[0, 1] > 0.85


def test_umap_of_others_survives_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while our copy is made: who imported UMAP before has it afterwards, and numba compiles again."""
    theirs = ModuleType("umap")
    monkeypatch.setitem(sys.modules, "umap", theirs)

    def interrupted(name: str) -> ModuleType:
        import_module(name)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(projection, "import_module", interrupted)
        patch.setattr(projection, "_umap_modules", projection._umap_modules.__wrapped__)
        with pytest.raises(KeyboardInterrupt), projection._umap_without_search():
            pytest.fail("It was interrupted.")
    assert sys.modules["umap"] is theirs
    assert "pynndescent" not in sys.modules
    assert not numba.config.DISABLE_JIT


def test_two_threads_lay_out_one_after_the_other(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """So that neither takes the other's UMAP for somebody else's, and leaves it behind."""
    vectors, graph, layout = digits
    before = sys.modules.get("umap")
    with ThreadPoolExecutor(1) as pool:
        with projection._umap_without_search():
            second = pool.submit(lay_out, embedded(vectors), graph)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
            assert second.running()
        assert second.result().xy.tobytes() == layout.xy.tobytes()
    assert sys.modules.get("umap") is before


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 16, 40])
@pytest.mark.parametrize("kind", ["random", "identical", "zero"])
def test_every_size_has_a_map(n: int, kind: str) -> None:
    vectors = {
        "random": unit(np.random.default_rng(n).normal(size=(n, 8))),
        "identical": unit(np.ones((n, 8))),
        "zero": np.zeros((n, 8), np.float32),
    }[kind]
    layout = lay_out(embedded(vectors), neighbor_graph(vectors, 15))
    assert layout.xy.shape == (n, 2)
    assert np.isfinite(layout.xy).all()
    assert n < 2 or len(np.unique(layout.xy, axis=0)) == n, "points that cannot be told apart cannot be lassoed"


def test_trust_on_a_sample_is_close_to_trust_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(load_digits().data)
    graph = neighbor_graph(vectors, 15)
    flat = PCA(2, random_state=0).fit_transform(vectors).astype(np.float32)
    whole, _ = map_trust(vectors, flat, graph, 15)
    monkeypatch.setattr("explorer.projection.TRUST_EXACT_UP_TO", 1000)
    monkeypatch.setattr("explorer.projection.TRUST_SAMPLE", 800)
    sampled, _ = map_trust(vectors, flat, graph, 15)
    assert sampled == pytest.approx(whole, abs=0.01)
    assert sampled != whole


def test_points_placed_anew_land_near_where_they_were(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """Each point left out of its own neighbours: placed near itself, far nearer than another point is."""
    _, graph, layout = digits
    before = layout.xy.tobytes()
    placed = place(graph.indices, graph.similarities, layout.xy)
    off = np.linalg.norm(placed - layout.xy, axis=1)
    other = np.linalg.norm(layout.xy - np.random.default_rng(0).permutation(layout.xy), axis=1)
    assert np.median(off) < 0.02 * np.median(other)
    assert (off < other).mean() > 0.98
    assert layout.xy.tobytes() == before, "no old point moves"


def test_placing_beats_the_plain_mean_of_neighbours(digits: tuple[Float32, Neighbors, Layout]) -> None:
    _, graph, layout = digits
    weighted = np.linalg.norm(place(graph.indices, graph.similarities, layout.xy) - layout.xy, axis=1)
    plain = np.linalg.norm(layout.xy[graph.indices].mean(axis=1) - layout.xy, axis=1)
    assert np.median(weighted) < 0.9 * np.median(plain)


def test_a_copy_of_an_old_point_lands_close_to_it() -> None:
    xy = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    placed = place(np.array([[0, 1, 2]]), np.array([[1.0, 0.1, 0.1]], np.float32), xy)
    assert np.linalg.norm(placed[0]) < 2.5


def test_neighbors_that_were_not_found_do_not_count() -> None:
    xy = np.array([[1, 2], [50, 50]], np.float32)
    np.testing.assert_allclose(place(np.array([[0, -1]]), np.array([[0.9, -1]], np.float32), xy), [[1, 2]])


def test_placing_without_neighbors_or_points_is_defined() -> None:
    xy = np.array([[0, 0], [2, 4]], np.float32)
    np.testing.assert_array_equal(place(np.empty((1, 0), np.int64), np.empty((1, 0), np.float32), xy), [[1, 2]])
    assert place(np.empty((0, 3), np.int64), np.empty((0, 3), np.float32), xy).shape == (0, 2)


@pytest.mark.filterwarnings("ignore:precomputed_knn")  # as we ignore it: new points are placed without UMAP
def test_our_copy_of_umap_lays_out_as_the_whole_one(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """Whoever imports UMAP in our process gets it with its neighbour search compiled; the coordinates are the same."""
    vectors, graph, layout = digits
    import pynndescent.utils
    import umap

    with projection._umap_without_search() as ours:
        assert ours is not umap
        assert sys.modules["umap"] is ours
    assert sys.modules["umap"] is umap
    assert isinstance(pynndescent.utils.make_heap, Dispatcher)
    precomputed = projection._with_self_first(graph, 15)
    whole = umap.UMAP(metric="cosine", precomputed_knn=precomputed, random_state=42, n_jobs=1).fit_transform(vectors)
    assert whole.tobytes() == layout.xy.tobytes()
