"""New points land where they belong, and no old one moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.maps.placement import continued, place
from tests.maps.conftest import embedded

if TYPE_CHECKING:
    from explorer.data.records import Float32, Layout, Neighbors


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


def test_a_map_goes_on_where_most_of_its_points_were_on_an_earlier_one(
    digits: tuple[Float32, Neighbors, Layout],
) -> None:
    """Old points stay, a changed and a new one are placed where their like is, one that has gone is not missed."""
    vectors, _, layout = digits
    now = embedded(vectors)
    changed = vectors.copy()
    changed[0] = vectors[40]
    before = replace(embedded(changed[:-200]), ids=(*now.ids[:-201], "gone"))
    xy = continued(now, before, layout.xy[:-200])
    assert xy is not None
    stayed = np.arange(1, len(vectors) - 201)
    np.testing.assert_array_equal(xy[stayed], layout.xy[stayed])
    placed = np.r_[0, np.arange(len(vectors) - 201, len(vectors))]
    size = np.linalg.norm(layout.xy.std(axis=0))
    assert np.median(np.linalg.norm(xy[placed] - layout.xy[placed], axis=1)) < 0.1 * size


def test_a_map_does_not_go_on_among_strangers(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """Fewer than half, other vectors, vectors of another width, no point at all, no place on the earlier map."""
    vectors, _, layout = digits
    now, half = embedded(vectors), len(vectors) // 2
    assert continued(now, embedded(vectors[:half]), layout.xy[:half]) is None
    assert continued(now, embedded(vectors[::-1].copy()), layout.xy) is None
    assert continued(now, embedded(vectors[:, :8]), layout.xy) is None
    assert continued(embedded(vectors[:0]), now, layout.xy) is None
    assert continued(now, embedded(vectors[:0]), layout.xy[:0]) is None
    assert continued(now, now, np.full_like(layout.xy, np.nan)) is None


def test_a_map_of_a_handful_goes_on_without_what_is_gone_but_not_with_more() -> None:
    """Among fewer points than place one, new ones would lie on top of these."""
    vectors = np.eye(6, dtype=np.float32)
    xy = np.arange(12, dtype=np.float32).reshape(6, 2)
    assert continued(embedded(vectors), embedded(vectors[:5]), xy[:5]) is None
    fewer = continued(embedded(vectors[:5]), embedded(vectors), xy)
    assert fewer is not None
    np.testing.assert_array_equal(fewer, xy[:5])
