"""Trust, against scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from explorer.maps.neighbors import neighbor_graph
from explorer.maps.trust import map_trust
from tests.maps.conftest import unit

if TYPE_CHECKING:
    from explorer.data.records import Float32, Layout, Neighbors


def test_trust_is_scikit_learns(digits: tuple[Float32, Neighbors, Layout]) -> None:
    vectors, _, layout = digits
    assert layout.trustworthiness == pytest.approx(trustworthiness(vectors, layout.xy, n_neighbors=15), abs=1e-6)


def test_trust_on_a_sample_is_close_to_trust_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(load_digits().data)
    graph = neighbor_graph(vectors, 15)
    flat = PCA(2, random_state=0).fit_transform(vectors).astype(np.float32)
    whole, _ = map_trust(vectors, flat, graph, 15)
    monkeypatch.setattr("explorer.maps.trust.TRUST_EXACT_UP_TO", 1000)
    monkeypatch.setattr("explorer.maps.trust.TRUST_SAMPLE", 800)
    sampled, _ = map_trust(vectors, flat, graph, 15)
    assert sampled == pytest.approx(whole, abs=0.01)
    assert sampled != whole
