"""Vectors in which a subset is planted, and a detector of images that are shifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.maps.neighbors import neighbor_graph
from explorer.subsets.detector import calibrate

if TYPE_CHECKING:
    from explorer.data.records import Bool, Float32, Neighbors
    from explorer.subsets.detector import Detector

N, SIZE, WIDTH = 600, 60, 12
"""Of the planted subset: points, members, and the width of the vectors."""


def unit(vectors: np.ndarray) -> Float32:
    """The vectors, each of length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="session")
def mask() -> Bool:
    mask = np.zeros(N, np.bool_)
    mask[np.random.default_rng(0).choice(N, SIZE, replace=False)] = True
    return mask


@pytest.fixture(scope="session")
def vectors(mask: Bool) -> Float32:
    """Noise, members shifted along the first axis."""
    noise = np.random.default_rng(1).normal(size=(N, WIDTH))
    noise[mask, 0] += 6
    return unit(noise)


@pytest.fixture(scope="session")
def graph(vectors: Float32) -> Neighbors:
    return neighbor_graph(vectors, 15)


def images(chance: np.random.Generator, n: int, *, edge: bool = False) -> Float32:
    """Ordinary images of five classes; edge cases are shifted, whatever their class."""
    classes = 3 * np.random.default_rng(99).normal(size=(5, 16))
    vectors = classes[chance.integers(5, size=n)] + 0.6 * chance.normal(size=(n, 16))
    return unit(vectors + 4 * edge * np.random.default_rng(98).normal(size=16))


def calibrated(seed: int = 0, ordinary: int = 1000, false_alarm: float = 0.05) -> Detector:
    """A detector of 30 shifted images among ordinary ones."""
    chance = np.random.default_rng(seed)
    vectors = np.vstack([images(chance, 30, edge=True), images(chance, ordinary)])
    return calibrate(vectors, range(30), range(30, 34), name="odd", model="m", seed=seed, false_alarm=false_alarm)


@pytest.fixture(scope="session")
def detector() -> Detector:
    return calibrated()
