"""Points placed by two numbers: where they are drawn, and that a polygon means these numbers wherever it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import Table
from explorer.data.placement import Numbers
from explorer.data.spaces import IMAGES, predictions_of
from explorer.data.thresholds import Thresholds
from explorer.points.opened_build import View
from explorer.points.placed import coordinates, geographic, has_numbers, in_numbers, numeric_columns, place
from explorer.subsets.selection import Stroke, from_json, inside, to_json

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

LUX, PLACE = Numbers("lux", "blur"), Numbers("lon", "lat")


def _table(**columns: object) -> Table:
    return Table(pd.DataFrame(columns))


def test_a_placement_is_one_string() -> None:
    for numbers in (LUX, Numbers("a&x=b", "ü #%"), Numbers("v1.confidence", "v1.confidence")):
        assert Numbers.parse(str(numbers)) == numbers
    assert str(LUX) == "numbers?x=lux&y=blur"
    assert [Numbers.parse(text) for text in ("", "space-1f", "numbers?x=lux", "numbers?")] == [None] * 4


def test_each_axis_fills_the_box() -> None:
    table = _table(lux=[0, 500, 1000], blur=[0.2, 0.1, 0.3])
    placed = place(table, LUX)
    assert placed.drawn == pytest.approx(np.array([[0, 0.5], [0.5, 0], [1, 1]]), abs=0.01)
    assert (placed.missing, placed.is_geographic, placed.ends) == (0, False, ((0, 1000), (0.1, 0.3)))


def test_a_point_that_lacks_a_number_has_no_place() -> None:
    table = _table(lux=[0, np.nan, 2, np.inf, 4], blur=[1.0, 2, None, 4, 5], name=list("abcde"))
    placed = place(table, LUX)
    assert placed.missing == 3
    assert np.isfinite(placed.drawn).all(axis=1).tolist() == [True, False, False, False, True]
    assert not has_numbers(table, Numbers("lux", "name"))
    assert np.isnan(coordinates(table, Numbers("lux", "gone"))).all()
    assert numeric_columns(table) == ["lux", "blur"]


def test_a_time_is_placed_by_its_seconds() -> None:
    days = pd.DatetimeIndex(["2024-05-01T00:00", "NaT", "2024-05-03T12:00", "2024-05-06T00:00"])
    table = _table(taken=days, blur=[1.0, 2, 3, 4], name=list("abcd"))
    numbers = Numbers("taken", "blur")
    assert numeric_columns(table) == ["taken", "blur"]
    assert has_numbers(table, numbers)
    placed = place(table, numbers)
    assert (placed.missing, placed.are_times) == (1, (True, False))
    assert placed.ends[0] == (days[0].timestamp(), days[3].timestamp())
    assert placed.drawn[[0, 2, 3], 0] == pytest.approx([0, 0.5, 1], abs=0.01)


@pytest.mark.parametrize("values", [[], [7.0], [7.0, 7.0], [np.nan, np.nan]])
def test_few_or_equal_numbers_are_placed_too(values: list[float]) -> None:
    placed = place(_table(lux=np.array(values), blur=np.array(values)), LUX)
    assert len(placed.drawn) == len(values)
    assert np.isfinite(placed.drawn).all() == (not np.isnan(values).any())


def test_degrees_keep_distances_and_north_is_up() -> None:
    """Half way to the pole a degree eastward is half as long as one northward."""
    table = _table(lon=[10.0, 12, 10, 12], lat=[59.0, 59, 61, 61])
    placed = place(table, PLACE)
    east, north = placed.drawn[1] - placed.drawn[0], placed.drawn[2] - placed.drawn[0]
    assert placed.is_geographic
    assert east[0] / north[1] == pytest.approx(0.5, abs=1e-4)
    assert (east[1], north[0]) == pytest.approx((0, 0), abs=1e-6)
    assert north[1] > 0
    assert not place(_table(lon=[1000.0, 2000], lat=[1.0, 2]), PLACE).is_geographic, "these are no degrees"
    assert geographic(["lux", "Latitude", "lng"]) == Numbers("lng", "Latitude")
    assert geographic(["lux", "lat"]) is None


def test_what_is_drawn_around_comes_back_in_the_numbers() -> None:
    table = _table(lux=np.linspace(1e6, 1e6 + 10, 50), blur=np.linspace(-1e-6, 1e-6, 50))
    placed = place(table, LUX)
    corners = tuple((float(x), float(y)) for x, y in placed.drawn)
    layout, polygon = in_numbers(placed.layout_key, corners)
    assert layout == str(LUX)
    assert np.array(polygon) == pytest.approx(coordinates(table, LUX), rel=1e-6, abs=1e-12)
    assert in_numbers("space-1f", corners) == ("space-1f", corners)


@pytest.mark.parametrize("scale", ["", "1,2,3", "0,0,0,1", "nan,1,0,1", "a,b,c,d"])
def test_a_scale_that_nobody_sent_is_refused(scale: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        in_numbers(f"{LUX}#{scale}", ((0.0, 0.0),))


def test_a_polygon_is_read_in_the_coordinates_it_was_drawn_in(boxes_built: Workspace) -> None:
    """By numbers of the boxes, from every space; never in those of a layout, nor the other way round."""
    view = View(boxes_built)
    boxes = view.points(predictions_of("v1"))
    numbers = Numbers("area", "v1.confidence")
    frame = boxes.table.frame
    around = ((0.0, 0.6), (1000.0, 0.6), (1000.0, 2.0), (0.0, 2.0))
    within = ((frame["area"] < 1000) & (frame["v1.confidence"] > 0.6)).to_numpy()
    assert 0 < within.sum() < len(frame)
    stroke = Stroke("replace", "lasso", str(boxes.name), str(numbers), around)
    assert view.mask((stroke,), boxes).tolist() == within.tolist()
    on_images = view.mask((stroke,), view.images)
    assert set(np.array(view.images.space.ids)[on_images]) == set(frame["sample"][within])
    assert view.mask(from_json(to_json((stroke,))), boxes).tolist() == within.tolist()
    for layout in (boxes.space.layout_key, "space-of-another-build", str(Numbers("area", "gone"))):
        elsewhere = view.mask((replace(stroke, layout=layout),), boxes)
        assert elsewhere.sum() == (inside(boxes.space.xy, around).sum() if layout == boxes.space.layout_key else 0)


def test_numbers_are_asked_at_the_thresholds_in_force(boxes_built: Workspace) -> None:
    view, numbers = View(boxes_built), Numbers("v1.fp", "v1.fn")
    for at in (Thresholds(), Thresholds(0.5, 0.85)):
        images = view.points(IMAGES, at)
        counts = images.table.frame[["v1.fp", "v1.fn"]].to_numpy()
        some = Stroke("replace", "box", "image", str(numbers), ((-1.0, 0.5), (99.0, 0.5), (99.0, 99.0), (-1.0, 99.0)))
        assert view.mask((some,), images).tolist() == (counts[:, 1] >= 1).tolist()
        assert coordinates(images.table, numbers).tolist() == counts.tolist()


def test_corners_that_no_number_is_at_are_refused() -> None:
    with pytest.raises(ValueError, match="1e-320"):
        in_numbers(f"{LUX}#0.0,1e-320,0.0,1.0", ((1.0, 1.0), (2.0, 1.0), (2.0, 2.0)))
