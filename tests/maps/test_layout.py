"""The map: repeatable, defined for every size, and honest about what it keeps."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.data.records import Float32, Layout, Neighbors
from explorer.maps.layout import lay_out
from explorer.maps.neighbors import neighbor_graph
from explorer.maps.trust import map_trust
from tests.maps.conftest import embedded, unit


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
