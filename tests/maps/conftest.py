"""Handwritten digits, laid out once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from explorer.data.records import Embeddings, Float32, Layout, Neighbors
from explorer.data.spaces import Space
from explorer.maps.layout import lay_out
from explorer.maps.neighbors import neighbor_graph


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
