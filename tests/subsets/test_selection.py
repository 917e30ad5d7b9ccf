"""A selection is what was drawn, folded in order, on what was visible."""

import json

import numpy as np

from explorer.data.filters import Between, NoneOf, OneOf
from explorer.data.records import Bool
from explorer.subsets.selection import MOST_ROWS, Selection, Stroke, from_json, inside, selected, to_json

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
POINTS = np.array([[0.5, 0.5], [0.1, 0.9], [1.5, 0.5], [-0.5, 0.5], [3.0, 3.0]], np.float32)


def fold(strokes: Selection) -> list[int]:
    def hit(stroke: Stroke) -> Bool:
        if stroke.polygon:
            return inside(POINTS, stroke.polygon)
        return np.isin(np.arange(5), stroke.rows)

    return np.flatnonzero(selected(strokes, 5, hit)).tolist()


def test_points_in_a_circle_are_those_nearer_than_its_radius() -> None:
    rng = np.random.default_rng(0)
    xy = rng.uniform(-2, 2, (20_000, 2)).astype(np.float32)
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = tuple(zip(np.cos(angle).tolist(), np.sin(angle).tolist(), strict=True))
    distance = np.linalg.norm(xy, axis=1)
    sure = np.abs(distance - 1) > 1e-3
    np.testing.assert_array_equal(inside(xy, circle)[sure], (distance < 1)[sure])


def test_a_star_leaves_out_its_notches() -> None:
    """A concave lasso selects what is inside it, not its bounding box or hull."""
    notch = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0))
    xy = np.array([[2.0, 3.0], [2.0, 0.5], [0.5, 2.0], [3.5, 2.0]], np.float32)
    assert inside(xy, notch).tolist() == [False, True, True, True]


def test_points_without_coordinates_are_never_inside() -> None:
    assert not inside(np.full((3, 2), np.nan, np.float32), SQUARE).any()


def test_strokes_replace_add_and_subtract_in_order() -> None:
    lasso = Stroke("replace", "lasso", polygon=SQUARE)
    assert fold((lasso,)) == [0, 1]
    assert fold((lasso, Stroke("add", "thumbnail", rows=(4,)))) == [0, 1, 4]
    assert fold((lasso, Stroke("subtract", "thumbnail", rows=(0,)))) == [1]
    assert fold((Stroke("add", "thumbnail", rows=(4,)), lasso)) == [0, 1]


def test_no_strokes_select_nothing() -> None:
    assert fold(()) == []


def test_a_selection_is_written_down_without_loss() -> None:
    """All but what a later stroke has replaced, and what is too long to write."""
    filters = (OneOf("label", frozenset({"a", "b"})), NoneOf("split", frozenset({"test"})), Between("x", 0.25))
    drawn = Stroke("replace", "lasso", "label", "l-1", ((0.1, 1 / 3), (2.0, 0.0), (1.0, 5.0)), filters)
    picked = Stroke("add", "thumbnail", rows=(3, 1, 2))
    written = json.loads(json.dumps(to_json((picked, drawn, picked))))
    assert from_json(written) == (drawn, picked)
    assert to_json((Stroke("replace", "filter", rows=tuple(range(MOST_ROWS + 1))),)) == []
