"""The map in windows of many sizes, in light and dark: it fills its box, crushes nothing, and can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.data.spaces import IMAGES
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from typing import Literal

    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

BOX = """name => {
  const {x, y, width, height} = document.querySelector(name).getBoundingClientRect();
  return [x, y, width, height];
}"""
SCROLL = "document.querySelector('.stMain').scrollBy(0, 250)"
SIZES = ((1440, 900), (1920, 1080), (1280, 720), (820, 900))


def _settled(page: Page) -> None:
    page.wait_for_selector(".ec-scatter[data-ready=true]")
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    before: list[float] = []
    while before != (now := page.evaluate(BOX, ".ec-stage")):
        before = now
        page.wait_for_timeout(400)


def _resized(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)
    _settled(page)


def _spread(page: Page, xy: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> tuple[float, float]:
    """Shares of the stage's width and height that the points take."""
    to_pixel = "points => points.map(at => document.querySelector('.ec-scatter').edgecasePixel(...at))"
    extent = np.ptp(np.array(page.evaluate(to_pixel, xy.tolist())), axis=0)
    _, _, width, height = page.evaluate(BOX, ".ec-stage")
    return float(extent[0] / width), float(extent[1] / height)


def test_the_map_fills_its_box_at_every_size(workspace: Workspace, visit: Visit) -> None:
    xy = np.asarray(workspace.layout().xy)
    with visit(workspace) as page:
        for width, height in SIZES:
            _resized(page, width, height)
            x, _, wide, high = page.evaluate(BOX, ".ec-stage")
            column, _, room, _ = page.evaluate(BOX, ".ec-scatter")
            assert (x, wide) == pytest.approx((column, room), abs=1)
            assert wide > high
            across, up = _spread(page, xy)
            assert max(across, up) == pytest.approx(0.92, abs=0.02)
            assert min(across, up) <= max(across, up)
            legend, frame = page.evaluate(BOX, ".ec-legend"), page.evaluate(BOX, ".ec-frame")
            assert legend[1] + legend[3] == pytest.approx(frame[1] + frame[3], abs=1)
            if width > 820:
                assert height - 40 < frame[1] + frame[3] <= height


def test_a_narrow_window_stacks_and_a_wide_one_does_not(workspace: Workspace, visit: Visit) -> None:
    with visit(workspace) as page:
        page.get_by_role("heading", name="Draw around a suspicious cluster").wait_for()
        for width, height in SIZES:
            _resized(page, width, height)
            x, y, _, _ = page.evaluate(BOX, ".stMainBlockContainer [data-testid='stButtonGroup']")
            left, top, wide, high = page.evaluate(BOX, ".ec-scatter")
            if width == 820:
                assert (x == pytest.approx(left, abs=1), y > top + high) == (True, True)
                assert wide > 480
            else:
                assert x > left + wide
                assert y < top
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_beside_a_long_panel_the_map_stays_in_view(workspace: Workspace, visit: Visit) -> None:
    with visit(workspace) as page:
        _resized(page, 1280, 600)
        page.locator(".ec-region").first.wait_for()
        page.keyboard.press("r")
        page.keyboard.press("Enter")
        heading = page.get_by_role("heading", name="20 selected")
        heading.wait_for()
        _settled(page)
        before, top = page.evaluate(BOX, ".ec-stage"), heading.bounding_box()
        page.evaluate(SCROLL)
        page.wait_for_timeout(300)
        moved = heading.bounding_box()
        assert top is not None
        assert moved is not None
        assert moved["y"] < top["y"] - 20
        assert page.evaluate(BOX, ".ec-stage") == pytest.approx(before, abs=1)


def test_the_legend_does_not_move_the_map(workspace: Workspace, visit: Visit) -> None:
    """Two entries, three with longer names, or a scale."""
    with visit(workspace) as page:
        _settled(page)
        before = page.evaluate(BOX, ".ec-stage")
        for colour in ("Label", "Confidence", "weight"):
            page.get_by_role("combobox", name="Colour by").click()
            page.get_by_role("option", name=colour, exact=True).click()
            page.locator(".ec-title", has_text=colour).wait_for()
            _settled(page)
            assert page.evaluate(BOX, ".ec-stage") == before


CONTRAST = (Path(__file__).with_name("contrast.js")).read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(workspace: Workspace, visit: Visit, scheme: Literal["light", "dark"]) -> None:
    """WCAG 2.2 AA: 4.5 to 1, of large text 3 to 1, by the colours that the browser has computed."""
    with visit(workspace) as page:
        page.emulate_media(color_scheme=scheme)
        page.reload()
        _settled(page)
        page.locator(".ec-region").first.wait_for()
        assert page.evaluate(CONTRAST) == []
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keys").wait_for()
        assert page.evaluate(CONTRAST) == []


def test_links_to_pages_show_the_focus(workspace: Workspace, visit: Visit) -> None:
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    with visit(workspace) as page:
        _settled(page)
        page.get_by_role("link", name="Map").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").endswith("Findings")
        assert page.evaluate(outline) == "solid"


def test_a_region_is_clicked_and_its_ids_are_those_of_python(workspace: Workspace, visit: Visit) -> None:
    """From the name on the map to the subset that the selection becomes."""
    with visit(workspace) as page:
        _settled(page)
        box = page.locator(".ec-region:visible", has_text="leaf").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.get_by_role("heading", name="20 selected").wait_for()
        _settled(page)
        page.get_by_role("button", name="Tag 20 images").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Subset", exact=True).click()
        page.keyboard.type("Leaves")
        dialog.get_by_role("button", name="as a new subset").click()
        page.get_by_text("as “Leaves”").wait_for()
    (region,) = (one for one in View(workspace).regions(IMAGES) if one.name == "leaf")
    assert set(workspace.subset("Leaves").ids) == {workspace.ids[row] for row in region.rows}
    assert {one.partition("/")[0] for one in workspace.subset("Leaves").ids} == {"leaf"}


def test_a_selection_moves_no_map(workspace: Workspace, visit: Visit) -> None:
    """What the toolbar says is longer then, and takes no row more than before."""
    with visit(workspace) as page:
        for width, height in SIZES:
            _resized(page, width, height)
            before = page.evaluate(BOX, ".ec-stage")
            x, y, wide, high = before
            page.mouse.move(x + 3, y + 3)
            page.mouse.down()
            for across, up in ((wide - 3, 3), (wide - 3, high - 3), (3, high - 3), (3, 5)):
                page.mouse.move(x + across, y + up, steps=5)
            page.mouse.up()
            page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) > 0")
            _settled(page)
            assert page.evaluate(BOX, ".ec-stage") == before
            page.locator('[data-name="clear"]').click()
            page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) === 0")


def test_maps_side_by_side_stand_one_below_another_in_a_narrow_window(workspace: Workspace, visit: Visit) -> None:
    places = "[...document.querySelectorAll('.ec-stage')].map(e => e.getBoundingClientRect()).map(e => [e.x, e.width])"
    with visit(workspace) as page:
        _resized(page, 820, 900)
        page.get_by_text("All maps side by side").click()
        page.wait_for_function("document.querySelectorAll('.ec-scatter[data-ready=true]').length > 1")
        _settled(page)
        lefts, widths = zip(*page.evaluate(places), strict=True)
        assert len(set(lefts)) == 1
        assert min(widths) >= 300


def test_what_the_colours_of_a_layer_mean_stands_where_it_hides_the_fewest_points(
    demo: Workspace, visit: Visit
) -> None:
    count = """() => {
      const map = document.querySelector(".ec-scatter");
      const key = document.querySelector(".ec-key").getBoundingClientRect();
      return points => points.map(at => map.edgecasePixel(...at)).filter(
        ([x, y]) => x >= key.left && x <= key.right && y >= key.top && y <= key.bottom).length;
    }"""
    with visit(demo) as page:
        _settled(page)
        page.locator('[data-name="error"]').click()
        page.get_by_text("hexagons of at least 20 points").wait_for()
        hidden = page.evaluate(f"points => ({count})()(points)", np.asarray(demo.layout().xy).tolist())
    assert hidden == 0
