"""Points that became others are placed anew, and no other point moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.maps.changed_points import ChangedPoints, placed_anew
from explorer.maps.neighbors import build_index, neighbor_graph
from explorer.maps.placement import place_among
from tests.maps.conftest import embedded

if TYPE_CHECKING:
    from explorer.data.records import Float32, Layout, Neighbors

Digits = tuple["Float32", "Neighbors", "Layout"]


def test_a_changed_point_moves_to_its_like_and_no_other_does(digits: Digits) -> None:
    vectors, graph, layout = digits
    source = np.arange(len(vectors))
    source[[3, 500]] = -1
    points = ChangedPoints(layout.ids, source, vectors[[40, 41]])
    now, placed = placed_anew(points, vectors, graph, layout, build_index(vectors)[0])
    stay = source >= 0
    np.testing.assert_array_equal(placed.xy[stay], layout.xy[stay])
    others = vectors[stay]
    alone = place_among(vectors[[40, 41]], others, layout.xy[stay], build_index(others)[0], graph.k)
    np.testing.assert_allclose(placed.xy[[3, 500]], alone.xy, atol=1e-5)
    np.testing.assert_array_equal(now.indices[[3, 500]], np.flatnonzero(stay)[alone.indices])
    assert 40 in now.indices[3]
    np.testing.assert_array_equal(points.vectors(vectors)[[3, 4]], vectors[[40, 4]])


def test_who_had_a_changed_point_as_neighbour_is_asked_anew(digits: Digits) -> None:
    vectors, graph, layout = digits
    source = np.arange(len(vectors))
    source[3] = -1
    now, _ = placed_anew(
        ChangedPoints(layout.ids, source, vectors[[40]]), vectors, graph, layout, build_index(vectors)[0]
    )
    had = (graph.indices == 3).any(axis=1)
    had[3] = False
    assert had.sum() > 0
    others = source >= 0
    rows = np.flatnonzero(others)
    expected = neighbor_graph(vectors[others], graph.k)
    np.testing.assert_allclose(now.similarities[others][had[others]], expected.similarities[had[others]], atol=1e-5)
    np.testing.assert_array_equal(now.indices[others][had[others]], rows[expected.indices[had[others]]])
    np.testing.assert_array_equal(now.indices[~had & others], graph.indices[~had & others])


def test_points_come_and_go(digits: Digits) -> None:
    """The first one is gone, a new one comes behind, another one has no vector."""
    vectors, graph, layout = digits
    source = np.append(np.arange(1, len(vectors)), [-1, -1])
    new = np.stack([vectors[7], np.zeros_like(vectors[7])])
    points = ChangedPoints(tuple(map(str, range(len(source)))), source, new)
    now, placed = placed_anew(points, vectors, graph, layout, build_index(vectors)[0])
    np.testing.assert_array_equal(placed.xy[:-2], layout.xy[1:])
    assert now.indices[-2][0] == 6, "the one like it, a row further up by now"
    assert np.linalg.norm(placed.xy[-2] - layout.xy[7]) < np.ptp(layout.xy[:, 0]) / 20
    assert np.isnan(placed.xy[-1]).all()
    assert (now.indices[-1] == len(source) - 1).all()
    assert now.indices.min() >= 0
    assert now.indices.max() < len(source)


def test_where_all_points_are_others_none_has_a_place() -> None:
    vectors = np.eye(3, 4, dtype=np.float32)
    graph, before = neighbor_graph(vectors, 2), embedded(vectors)
    from explorer.data.records import Layout

    layout = Layout(before.ids, vectors[:, :2], np.ones(3, np.float32), 1.0)
    points = ChangedPoints(before.ids, np.full(3, -1), vectors[::-1].copy())
    now, placed = placed_anew(points, vectors, graph, layout, build_index(vectors)[0])
    assert np.isnan(placed.xy).all()
    np.testing.assert_array_equal(now.indices, [[0, 0], [1, 1], [2, 2]])
