"""Tests of what lies over the points of the map, and of how these are drawn, in real Chromium."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from explorer.stats.intervals import rate
from explorer.subsets.selection import inside
from tests.ui.component_app import errors_of, points_of, wrong_of
from tests.ui.components.map_page import centre, choose, drag, lasso, pixel, selected, state, wait_for

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RIGHT, WRONG = (0, 192, 0), (224, 0, 0)


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """A fresh visit, with the points coloured by right and wrong."""
    tab.goto(address)
    tab.wait_for_selector(".ec-scatter[data-ready=true]")
    tab.get_by_role("button", name="Names of regions").click()  # they stand where these tests point
    choose(tab, "colour", "outcome")
    tab.locator(".ec-entry", has_text="wrong").wait_for()
    wait_for(tab, "true")
    return tab


def zoom_in(page: Page, cluster: int, turns: int) -> None:
    """Turn the wheel over a cluster until the map has come to rest."""
    page.mouse.move(*pixel(page, *centre(cluster)))
    for _ in range(turns):
        page.mouse.wheel(0, -200)
    page.mouse.move(5, 5)
    page.wait_for_timeout(800)


def data_of(page: Page, path: str) -> NDArray[np.float64]:
    """The points of an SVG path of the map in data coordinates."""
    stage = page.locator(".ec-stage").bounding_box()
    assert stage is not None
    numbers = np.array(re.findall(r"[-\d.]+", path), np.float64).reshape(-1, 2)
    origin, across = np.array(pixel(page, 0, 0)), np.array(pixel(page, 1, 1))
    corner = np.array([stage["x"] + 1, stage["y"] + 1])  # within its border
    return np.asarray((numbers + corner - origin) / (across - origin))


def tiles_of(page: Page) -> list[tuple[int, float, float, float, str]]:
    """Of each picture its row, its left and upper edge, its side and the colour of its frame."""
    script = (
        "[...document.querySelectorAll('.ec-tile')].map(tile => { const {x, y, width} = tile.getBoundingClientRect();"
        " return [Number(tile.dataset.row), x, y, width, getComputedStyle(tile).borderTopColor]; })"
    )
    return [tuple(tile) for tile in page.evaluate(script)]


def test_points_half_of_which_are_wrong_look_half_wrong(page: Page) -> None:
    """Neither colour lies on the other, however dense the cluster and whichever comes first in the legend."""
    x, y = pixel(page, *centre(0))
    shot = page.screenshot(clip={"x": x - 25, "y": y - 25, "width": 50, "height": 50})
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.float64)
    red, green = pixels[..., 0] - pixels[..., 1] > 60, pixels[..., 1] - pixels[..., 0] > 60
    assert (red | green).mean() > 0.5
    assert red.sum() / (red | green).sum() == pytest.approx(0.5, abs=0.1)


def test_the_rate_of_a_hexagon_is_pythons(page: Page) -> None:
    """Also where a filter hides points; what nobody judged is not counted."""
    points, errors = points_of(5000, "image"), errors_of(5000)
    page.locator('[data-name="error"]').click()
    page.get_by_text("hexagons of at least 20 points").wait_for()
    for visible in (np.ones(5000, np.bool_), np.arange(5000) % 10 == 0):
        wait_for(page, f"+d.points === {visible.sum()}")
        page.mouse.move(*pixel(page, *centre(0)))
        page.mouse.move(*pixel(page, *centre(0)), steps=2)
        said = page.locator(".ec-rate")
        said.wait_for()
        outline = page.locator(".ec-hexagon").get_attribute("d")
        assert outline is not None
        here = inside(points, tuple((x, y) for x, y in data_of(page, outline).tolist())) & visible
        expected = rate(int(errors.wrong[here].sum()), int(errors.judged[here].sum()))
        assert expected.n >= 20
        assert said.locator("strong").text_content() == f"{expected.value:.1%} wrong"
        assert said.get_by_text(f"{expected.hits} of {expected.n} points").is_visible()
        assert said.get_by_text(f"{expected.low:.1%} to {expected.high:.1%}").is_visible()
        everywhere = rate(int(errors.wrong[visible].sum()), int(errors.judged[visible].sum()))
        assert said.get_by_text(f"all: {everywhere.value:.1%}").is_visible()
        page.mouse.move(5, 5)
        for _ in range(3):
            page.locator('[data-name="zoom-out"]').click()  # fewer points, larger hexagons
        page.wait_for_timeout(800)
        page.get_by_text("few", exact=True).click()
    page.mouse.move(*pixel(page, 30, 0))
    assert page.locator(".ec-rate").is_hidden()  # where fewer than 20 lie nothing is said


def test_where_points_are_few_hexagons_are_larger_so_that_at_least_half_of_them_are_told(page: Page) -> None:
    """A tenth of the points that there were, on the same piece of the map."""
    page.locator('[data-name="error"]').click()
    page.get_by_text("hexagons of at least 20 points").wait_for()
    widths = []
    for shown in (5000, 500):
        wait_for(page, f"+d.points === {shown}")
        page.wait_for_timeout(800)
        page.mouse.move(*pixel(page, *centre(0)))
        page.mouse.move(*pixel(page, *centre(0)), steps=2)
        page.locator(".ec-rate").wait_for()
        widths.append(float(np.ptp(data_of(page, str(page.locator(".ec-hexagon").get_attribute("d")))[:, 0])))
        page.mouse.move(5, 5)
        page.get_by_text("few", exact=True).click()
    assert widths[1] / widths[0] in (pytest.approx(2, abs=0.05), pytest.approx(4, abs=0.1))


def test_a_selection_changes_no_rate(page: Page) -> None:
    page.locator('[data-name="error"]').click()
    page.get_by_text("hexagons of at least 20 points").wait_for()
    page.mouse.move(*pixel(page, *centre(0)))
    before = page.locator(".ec-rate").text_content()
    lasso(page, 2)
    wait_for(page, "+d.selected > 0")
    page.mouse.move(*pixel(page, *centre(0)))
    page.locator(".ec-rate").wait_for()
    assert page.locator(".ec-rate").text_content() == before


def test_the_lines_of_density_enclose_the_shares_that_they_say(page: Page) -> None:
    """A line is drawn in pieces, without order: a place is inside where a ray from it meets an odd number of them."""
    page.locator('[data-name="density"]').click()
    page.get_by_text("Lines enclose the densest 25, 50, 75, 95% of the points in view.").wait_for()
    points = points_of(5000, "image")[1:]  # the first one lies far outside
    for share in (0.25, 0.5, 0.75, 0.95):
        path = page.locator(f'.ec-contour[data-share="{share}"]').get_attribute("d")
        assert path is not None
        pieces = data_of(page, path).reshape(-1, 2, 2)
        odd = np.zeros(len(points), np.bool_)
        for (x0, y0), (x1, y1) in pieces:
            crosses = (y0 > points[:, 1]) != (y1 > points[:, 1])
            odd ^= crosses & (points[:, 0] < (x1 - x0) * (points[:, 1] - y0) / (y1 - y0 or 1) + x0)
        assert odd.mean() == pytest.approx(share, abs=0.04)
    page.locator('[data-name="density"]').click()
    assert page.locator(".ec-key").is_hidden()
    assert page.locator('.ec-contour[data-share="0.5"]').get_attribute("d") == ""


def test_size_and_opacity_follow_what_is_in_view_until_they_are_set(page: Page) -> None:
    marker = "name => document.querySelector('.ec-plot').data[0].marker[name]"
    small = page.evaluate(marker, "size")
    zoom_in(page, 3, 6)
    large = page.evaluate(marker, "size")
    assert large > 1.5 * small
    page.locator('[data-name="settings"]').click()
    size = page.get_by_role("slider", name="Size of the points")
    assert size.input_value() == str(large)
    size.fill("15")
    page.get_by_text("Rendering").wait_for()  # one after the other: of two at once the app may hear as of one
    page.get_by_role("slider", name="Opacity").fill("0.3")
    page.get_by_text("Rendering,Rendering").wait_for()
    page.wait_for_function("document.querySelector('.ec-plot').data[0].marker.size === 15")
    assert page.evaluate(marker, "opacity") == pytest.approx(0.3)
    page.keyboard.press("Escape")
    page.locator('[data-name="reset"]').click()
    page.wait_for_timeout(800)
    assert page.evaluate(marker, "size") == 15
    page.locator('[data-name="settings"]').click()
    page.get_by_label("Auto").first.check()
    page.wait_for_function("size => document.querySelector('.ec-plot').data[0].marker.size === size", arg=small)


def test_pictures_stand_where_they_hide_nothing(page: Page) -> None:
    """None overlaps another, covers another point, or has another colour than its point; a click opens its image."""
    assert page.locator(".ec-tile").count() == 0
    zoom_in(page, 3, 8)
    tiles = tiles_of(page)
    assert 5 < len(tiles) <= 120
    origin, across = np.array(pixel(page, 0, 0)), np.array(pixel(page, 1, 1))
    places = origin + points_of(5000, "image") * (across - origin)
    for row, x, y, side, colour in tiles:
        assert (x + side / 2, y + side / 2) == pytest.approx(tuple(places[row]), abs=1)
        assert colour == ("rgb({}, {}, {})".format(*(WRONG if wrong_of(5000)[row] else RIGHT)))
        covered = (places > (x, y)).all(axis=1) & (places < (x + side, y + side)).all(axis=1)
        assert set(np.flatnonzero(covered)) == {row}
        for other, left, top, width, _ in tiles:
            assert other == row or left >= x + side or x >= left + width or top >= y + side or y >= top + width
    stage = page.locator(".ec-stage").bounding_box()
    assert stage is not None
    row, x, y, side, _ = next(tile for tile in tiles if stage["x"] < tile[1] and stage["y"] < tile[2])
    page.mouse.click(x + 5, y + 5)
    page.get_by_text(f"opened={row}").wait_for()


def test_pictures_on_their_way_are_given_up_when_the_map_moves_on(page: Page) -> None:
    """They would hold up those of the place where one goes."""
    asked: set[str] = set()
    ended: set[str] = set()
    page.route("**/image/**?size=96", lambda route: asked.add(route.request.url))
    page.on("requestfailed", lambda request: ended.add(request.url))
    zoom_in(page, 3, 8)
    on_their_way = frozenset(asked)
    assert len(on_their_way) >= 5
    x, y = pixel(page, *centre(3))
    drag(page, [(x, y), (x + 20, y), (x + 40, y)], "middle")
    page.wait_for_timeout(1000)
    assert on_their_way <= ended


def test_a_million_points_are_a_picture_that_becomes_dots(page: Page) -> None:
    """The same lasso selects in it; closer it is drawn anew, and closer still each point is a dot."""
    choose(page, "n", "1000000")
    wait_for(page, "+d.points === 1000000")
    drawn = "document.querySelector('.ec-plot').data.reduce((sum, {x}) => sum + x.length, 0)"
    assert page.locator(".ec-raster").is_visible()
    assert page.evaluate(drawn) == 0
    inked = (
        "(() => { const c = document.querySelector('.ec-raster'); const d = c.getContext('2d').getImageData(0, 0,"
        " c.width, c.height).data; let red = 0, green = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 3])"
        " d[i] > d[i + 1] ? red++ : green++; return [red, green]; })()"
    )
    red, green = page.evaluate(inked)
    assert red / (red + green) == pytest.approx(0.5, abs=0.02)
    corners = [(-4.0, 4.0), (-4.0, 14.0), (8.0, 14.0), (8.0, 4.0), (-4.0, 4.1)]
    drag(page, [pixel(page, x, y) for x, y in corners])
    wait_for(page, "+d.selected > 0")
    drawn_around = inside(points_of(1_000_000, "image"), tuple(corners[:-1]))
    assert selected(page) == pytest.approx(drawn_around.sum(), rel=0.02)
    page.keyboard.press("Escape")
    wait_for(page, "+d.selected === 0")
    zoom_in(page, 3, 8)
    assert page.locator(".ec-raster").is_hidden()
    assert 0 < page.evaluate(drawn) < 400_000
    assert state(page)["points"] == "1000000"
