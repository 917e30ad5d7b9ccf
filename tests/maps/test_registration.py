"""A second map is brought onto the first as Procrustes does, and keeps its shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes

from explorer.maps.registration import registered


@pytest.fixture
def maps() -> tuple[np.ndarray, np.ndarray]:
    """A map, and another one of the same points: mirrored, turned, made larger, moved, and noisy."""
    chance = np.random.default_rng(3)
    first = chance.normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[np.cos(1.1), -np.sin(1.1)], [np.sin(1.1), np.cos(1.1)]]) @ np.diag([1, -1])
    second = 7 * first @ turn + [40, -9] + chance.normal(scale=0.1, size=first.shape)
    return first, second.astype(np.float32)


def test_it_is_what_scipy_gives(maps: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = maps
    found = registered(second, first)
    centred = first - first.mean(axis=0)
    size = np.linalg.norm(centred)
    standard, fitted, disparity = procrustes(first.astype(np.float64), second.astype(np.float64))
    np.testing.assert_allclose(found, fitted * size + first.mean(axis=0), atol=1e-5)
    assert np.square((found - first) / size).sum() == pytest.approx(disparity, rel=1e-4)
    moving = second - second.mean(axis=0)
    rotation, fits = orthogonal_procrustes(moving, centred)
    np.testing.assert_allclose(
        found, moving @ rotation * fits / np.square(moving).sum() + first.mean(axis=0), atol=1e-5
    )
    assert standard.shape == found.shape


def test_points_keep_their_distances_up_to_one_scale(maps: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = maps
    found = registered(second, first)
    before, after = (np.linalg.norm(xy[1:] - xy[:-1], axis=1) for xy in (second, found))
    np.testing.assert_allclose(after / before, (after / before)[0], rtol=1e-4)


def test_maps_that_fix_nothing_are_moved_only() -> None:
    same = np.ones((3, 2), np.float32)
    line = np.array([[0, 0], [2, 0], [4, 0]], np.float32)
    np.testing.assert_allclose(registered(same, line), [[2, 0]] * 3)
    np.testing.assert_allclose(np.sort(np.linalg.norm(registered(line, same) - 1, axis=1)), [0, 2, 2])
    assert registered(np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)).shape == (0, 2)
