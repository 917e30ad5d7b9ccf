"""Tests of the map and the gallery in real Chromium, with real mouse moves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.ui.components.map_page import SIZES, centre, choose, drag, entry, lasso, pixel, selected, state, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser


def beside_the_name(page: Page, cluster: int) -> tuple[float, float]:
    """A pixel amid the points of a cluster, whose name stands in its middle."""
    x, y = centre(cluster)
    return pixel(page, x, y + 1.2)


def test_a_lasso_is_replaced_extended_reduced_undone_and_cleared(page: Page) -> None:
    """The whole life of a selection, by mouse, modifier keys and keyboard."""
    lasso(page, 2)
    wait_for(page, "+d.selected > 0")
    assert selected(page) == pytest.approx(SIZES["coat"], rel=0.05)
    lasso(page, 3)
    wait_for(page, "+d.selected < 700")
    assert selected(page) == pytest.approx(SIZES["dress"], rel=0.05)
    lasso(page, 2, held="Shift")
    wait_for(page, "+d.selected > 1000")
    both = selected(page)
    assert both == pytest.approx(SIZES["dress"] + SIZES["coat"], rel=0.05)
    lasso(page, 2, held="Alt")
    wait_for(page, "+d.selected < 1000")
    assert selected(page) == pytest.approx(SIZES["dress"], rel=0.05)
    page.keyboard.press("Control+z")
    wait_for(page, f"+d.selected === {both}")
    page.keyboard.press("Escape")
    wait_for(page, "+d.selected === 0")
    assert state(page)["points"] == "5000"


def test_a_box_selects_and_the_toolbar_adds_without_a_keyboard(page: Page) -> None:
    """What Shift does must be reachable with a mouse or pen alone."""
    page.keyboard.press("b")
    for cluster, expected in ((2, "+d.selected > 0"), (3, "+d.selected > 1200")):
        x, y = centre(cluster)
        drag(page, [pixel(page, x - 5, y - 5), pixel(page, x, y), pixel(page, x + 5, y + 5)])
        wait_for(page, expected)
        page.get_by_role("button", name="Add", exact=True).click()
    assert selected(page) == pytest.approx(SIZES["coat"] + SIZES["dress"], rel=0.05)


def test_keys_are_left_alone_while_typing(page: Page) -> None:
    lasso(page, 2)
    wait_for(page, "+d.selected > 0")
    field = page.get_by_label("text", exact=True)
    field.click()
    field.press_sequentially("bp")
    field.press("Escape")
    assert page.locator('[data-name="lasso"]').get_attribute("aria-pressed") == "true"
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert selected(page) > 0


@pytest.mark.parametrize("how", ["pan tool", "middle button", "space"])
def test_the_map_is_dragged(page: Page, how: str) -> None:
    """Panning moves every point by the way of the mouse, and selects nothing."""
    before = pixel(page, 0, 0)
    page.mouse.move(*before)
    if how == "space":
        page.keyboard.down(" ")
    if how == "pan tool":
        page.keyboard.press("p")
    way = [before, (before[0] + 30, before[1] + 20), (before[0] + 90, before[1] + 50)]
    drag(page, way, "middle" if how == "middle button" else "left")
    assert pixel(page, 0, 0) == pytest.approx((before[0] + 90, before[1] + 50), abs=1.5)
    assert selected(page) == 0


def test_the_wheel_zooms_around_the_cursor_and_the_view_is_kept(page: Page) -> None:
    """Recolouring, selecting and a visit to another space must not lose the place one looks at."""
    target = pixel(page, *centre(1))
    far = pixel(page, 0, 0)
    page.mouse.move(*target)
    for _ in range(4):
        page.mouse.wheel(0, -150)
    page.wait_for_function("y => document.querySelector('.ec-scatter').edgecasePixel(0, 0)[1] > y", arg=far[1] + 100)
    page.wait_for_timeout(400)
    zoomed = pixel(page, 0, 0)
    assert pixel(page, *centre(1)) == pytest.approx(target, abs=2)  # the mouse moves by whole pixels
    choose(page, "colour", "confidence")
    page.get_by_text("no value: 250").wait_for()
    assert pixel(page, 0, 0) == pytest.approx(zoomed)
    choose(page, "space", "label")
    wait_for(page, "d.layout === '5000-label'")
    assert pixel(page, 0, 0) == pytest.approx(zoomed)
    page.get_by_role("button", name="Show all points").click()
    choose(page, "space", "image")
    wait_for(page, "d.layout === '5000-image'")
    assert pixel(page, 0, 0) == pytest.approx(zoomed)


def test_where_no_point_is_in_view_a_button_shows_them_again(page: Page) -> None:
    before = pixel(page, 0, 0)
    page.mouse.move(*pixel(page, *centre(0.5)))  # between two clusters
    for _ in range(12):
        page.mouse.wheel(0, -200)
    notice = page.locator(".ec-notice")
    notice.get_by_text("No point lies here.").wait_for()
    notice.get_by_role("button", name="Show all points").click()
    notice.wait_for(state="hidden")
    assert pixel(page, 0, 0) == pytest.approx(before)


def test_one_far_outlier_does_not_shrink_the_map(page: Page) -> None:
    """Row 0 lies a thousand times further out than the rest."""
    stage = page.locator(".ec-stage").bounding_box()
    assert stage is not None
    left, right = pixel(page, -12, 0)[0], pixel(page, 12, 0)[0]
    assert right - left > 0.3 * stage["width"]


def test_the_legend_hides_isolates_and_shows_all(page: Page) -> None:
    entry(page, "coat").click()
    wait_for(page, f"+d.points === {5000 - SIZES['coat']}")
    assert entry(page, "coat").get_attribute("aria-pressed") == "false"
    entry(page, "dress").dblclick()
    wait_for(page, f"+d.points === {SIZES['dress']}")
    entry(page, "dress").dblclick()
    wait_for(page, "+d.points === 5000")


def test_the_legend_counts_what_the_filters_leave(page: Page) -> None:
    page.get_by_text("few", exact=True).click()
    wait_for(page, "+d.points === 500")
    assert entry(page, "dress").locator(".ec-count").text_content() == "51 / 501"


def test_hovering_shows_the_image_and_its_facts_as_text(page: Page) -> None:
    """The id holds markup, which must not become an element; the card stays inside the plot."""
    page.mouse.move(*beside_the_name(page, 1))
    card = page.locator(".ec-card")
    card.wait_for()
    assert "<b>" in (card.locator("dd").first.text_content() or "")
    assert card.locator("b").count() == 0
    page.wait_for_function("document.querySelector('.ec-card img').naturalWidth === 28")
    inner, outer = card.bounding_box(), page.locator(".ec-stage").bounding_box()
    assert inner is not None
    assert outer is not None
    assert outer["x"] <= inner["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert outer["y"] <= inner["y"]
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_a_click_opens_a_point_and_a_click_beside_does_nothing(page: Page) -> None:
    page.mouse.click(*pixel(page, 0, 0))
    page.mouse.click(*beside_the_name(page, 0))
    page.get_by_text("log=Opened").wait_for()
    assert "log=Opened,Opened" not in page.content()


def test_no_points_one_point_and_many(page: Page) -> None:
    choose(page, "n", "0")
    page.get_by_text("No image passes the filters.").wait_for()
    choose(page, "n", "1")
    wait_for(page, "d.layout === '1-image' && +d.points === 1")
    page.mouse.move(*pixel(page, 10 * math.cos(math.tau / 5), 10 * math.sin(math.tau / 5)))
    assert page.locator(".ec-notice").is_hidden()


def test_a_failed_fetch_is_said_and_can_be_tried_again(page: Page) -> None:
    page.route("**/blob/*", lambda route: route.abort())
    choose(page, "space", "label")
    page.get_by_text("The map could not be drawn").wait_for()
    page.unroute("**/blob/*")
    page.get_by_role("button", name="Retry").click()
    wait_for(page, "d.layout === '5000-label' && +d.points === 5000")


def test_the_map_is_the_same_element_throughout(page: Page) -> None:
    """A map that is made anew for each update flickers, and leaks a WebGL context each time."""
    page.evaluate("document.querySelector('.ec-plot canvas').mark = 'first'")
    lasso(page, 2)
    wait_for(page, "+d.selected > 0")
    choose(page, "colour", "confidence")
    page.get_by_text("no value: 250").wait_for()
    assert page.evaluate("document.querySelector('.ec-plot canvas').mark") == "first"


def test_a_lost_graphics_context_is_replaced(page: Page) -> None:
    """A laptop that wakes from sleep must not show an empty map."""
    page.evaluate(
        "document.querySelectorAll('.ec-plot canvas').forEach(canvas => { canvas.mark = 'lost';"
        " canvas.getContext('webgl')?.getExtension('WEBGL_lose_context')?.loseContext(); })"
    )
    page.wait_for_function("document.querySelector('.ec-plot canvas')?.mark === undefined")
    lasso(page, 2)
    wait_for(page, "+d.selected > 0")


def test_without_webgl_the_map_is_drawn_all_the_same(context: BrowserContext, address: str) -> None:
    """A browser without a graphics card may have none."""
    page = context.new_page()
    page.add_init_script(
        "const context = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
        " function (kind, ...more) { return kind.includes('webgl') ? null : context.call(this, kind, ...more); };"
    )
    page.goto(address)
    page.wait_for_selector(".ec-scatter[data-ready=true]")
    drawn = page.locator(".ec-plot .scatterlayer path.point").count()
    assert drawn == int(state(page)["points"]) > 0
    page.close()


def test_gallery_checks_by_mouse_and_keyboard(page: Page) -> None:
    """Ctrl-click, Shift-click, Space, arrows and A; Python hears of all in the order shown."""
    tiles = page.locator(".eg-item")
    tiles.nth(0).click(modifiers=["Control"])
    tiles.nth(2).click(modifiers=["Shift"])
    page.get_by_text("checked=0,1,2", exact=True).wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_text("checked=0,1,2,3", exact=True).wait_for()
    tiles.nth(1).hover()
    tiles.nth(1).locator(".eg-check").click()
    page.get_by_text("checked=0,2,3", exact=True).wait_for()
    page.keyboard.press("a")
    page.get_by_text("checked=" + ",".join(map(str, range(60))), exact=True).wait_for()


def test_gallery_opens_by_click_and_enter(page: Page) -> None:
    page.locator(".eg-item").nth(4).click()
    page.get_by_text("gallery=4").wait_for()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.get_by_text("gallery=3").wait_for()


def test_other_images_start_unchecked_in_the_same_grid(page: Page) -> None:
    """Checks of images that are no longer shown must not be acted upon."""
    page.evaluate("document.querySelector('.eg-grid').mark = 'first'")
    page.locator(".eg-item").nth(0).click(modifiers=["Control"])
    page.get_by_text("checked=0", exact=True).wait_for()
    lasso(page, 2)
    page.locator(".eg-gallery[data-items='500']").wait_for()
    page.get_by_text("checked=", exact=True).wait_for()
    assert page.locator(".eg-gallery").get_attribute("data-checked") == "0"
    assert page.evaluate("document.querySelector('.eg-grid').mark") == "first"


def test_only_images_in_view_are_fetched(page: Page) -> None:
    """Five hundred tiles must not mean five hundred requests."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/image/" in request.url else None)
    lasso(page, 2)
    page.locator(".eg-gallery[data-items='500']").wait_for()
    page.wait_for_timeout(1000)
    assert 0 < len(asked) < 250


def test_small_images_are_crisp_and_marks_are_more_than_colour(page: Page) -> None:
    page.wait_for_function("document.querySelector('.eg-item img').classList.contains('eg-pixels')")
    assert page.locator(".eg-item").nth(0).locator(".eg-symbol").text_content() == "="
    assert page.locator(".eg-item").nth(1).locator(".eg-symbol").text_content() == "≠"
