"""The one graph is exact, leaves self out, and copes with duplicates."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from explorer.data.records import Float32
from explorer.maps import neighbors
from explorer.maps.neighbors import load_or_build, neighbor_graph, search


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
    exact = NearestNeighbors(n_neighbors=11, metric="cosine").fit(vectors).kneighbors(vectors, return_distance=False)
    truth = np.mean([len(np.intersect1d(a, b[1:])) / 10 for a, b in zip(graph.indices, exact, strict=True)])
    assert graph.recall == pytest.approx(truth, abs=0.03)
    assert graph.recall > 0.9


@pytest.fixture(params=["exact", "approximate"])
def vectors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Float32:
    """Points on either side of the size beyond which search is approximate."""
    if request.param == "approximate":
        monkeypatch.setattr(neighbors, "EXACT_UP_TO", 1000)
    return unit(3000, 16)


def test_a_kept_index_answers_as_the_one_built(vectors: Float32, tmp_path: Path) -> None:
    built = load_or_build(tmp_path / "index.faiss", vectors, "a")
    stamp = (tmp_path / "index.faiss").stat().st_mtime_ns
    opened = load_or_build(tmp_path / "index.faiss", vectors, "a")
    assert (tmp_path / "index.faiss").stat().st_mtime_ns == stamp, "opened, not built again"
    assert opened[1:] == built[1:]
    for mine, theirs in zip(search(opened.index, vectors[:50], 5), search(built.index, vectors[:50], 5), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert opened.exact == (opened.recall == 1.0)
    assert opened.recall > 0.95


def test_an_opened_index_is_memory_mapped(vectors: Float32, tmp_path: Path) -> None:
    """Several processes share one copy of it."""
    opened = load_or_build(tmp_path / "index.faiss", vectors, "a")
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux lists what is mapped")
    assert opened.saved
    assert str(tmp_path / "index.faiss") in maps.read_text()


@pytest.mark.parametrize("damage", ["torn", "foreign", "same size", "no sidecar", "torn sidecar", "list", "gone"])
def test_a_damaged_index_is_built_again(tmp_path: Path, damage: str) -> None:
    vectors, path, sidecar = unit(500, 8), tmp_path / "index.faiss", tmp_path / "index.faiss.json"
    load_or_build(path, vectors, "a")
    whole = path.read_bytes()
    if damage == "torn":
        path.write_bytes(whole[:-100])
    elif damage == "foreign":
        path.write_bytes(b"no index")
    elif damage == "same size":
        path.write_bytes(bytes(len(whole)))
    elif damage == "no sidecar":
        sidecar.unlink()
    elif damage == "torn sidecar":
        sidecar.write_bytes(sidecar.read_bytes()[:20])
    elif damage == "list":
        sidecar.write_text("[]")
    else:
        path.unlink()
    assert search(load_or_build(path, vectors, "a").index, vectors[:9], 1)[0][:, 0].tolist() == list(range(9))
    assert path.read_bytes() == whole


def test_an_index_of_other_vectors_is_built_again(tmp_path: Path) -> None:
    """Stale is told by the key alone: the same shape proves nothing."""
    old, new = unit(500, 8, seed=1), unit(500, 8, seed=2)
    load_or_build(tmp_path / "i", old, "old")
    rows, similarity = search(load_or_build(tmp_path / "i", new, "new").index, new[:9], 1)
    assert rows[:, 0].tolist() == list(range(9))
    assert similarity == pytest.approx(1, abs=1e-5)
    assert json.loads((tmp_path / "i.json").read_text())["key"] == "new"


def test_an_index_that_cannot_be_kept_is_used_from_memory(tmp_path: Path) -> None:
    """A read-only or full disk costs the next start some time, not the search."""
    (tmp_path / "file").write_text("in the way")
    found = load_or_build(tmp_path / "file" / "index.faiss", unit(500, 8), "a")
    assert not found.saved
    assert search(found.index, unit(500, 8)[:3], 1)[0][:, 0].tolist() == [0, 1, 2]


def test_nothing_is_left_beside_a_kept_index(tmp_path: Path) -> None:
    load_or_build(tmp_path / "index.faiss", unit(50, 8), "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.faiss", "index.faiss.json"]


def test_the_graph_reads_a_kept_index(vectors: Float32, tmp_path: Path) -> None:
    """One index serves search and graph, so neither is built twice."""
    kept = load_or_build(tmp_path / "index.faiss", vectors, "a")
    graph = neighbor_graph(vectors, 10, index=kept)
    np.testing.assert_array_equal(graph.indices, neighbor_graph(vectors, 10).indices)
    assert graph.recall == kept.recall


def test_what_was_added_joins_the_index_that_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is not trained anew; a base of other vectors, or none, is built as ever."""
    monkeypatch.setattr(neighbors, "EXACT_UP_TO", 100)
    every = unit(1200, 8)
    first = load_or_build(tmp_path / "first.faiss", every[:1000], "first")
    both = load_or_build(tmp_path / "both.faiss", every, "both", base=(tmp_path / "first.faiss", "first"))
    assert (both.index.ntotal, both.index.nlist) == (1200, first.index.nlist)
    assert search(both.index, every[1100:1101], 1)[0].tolist() == [[1100]]
    for base in ((tmp_path / "first.faiss", "other"), (tmp_path / "none.faiss", "first")):
        built = load_or_build(tmp_path / "anew.faiss", every, "anew", base=base)
        assert built.index.nlist > first.index.nlist
        (tmp_path / "anew.faiss").unlink()
