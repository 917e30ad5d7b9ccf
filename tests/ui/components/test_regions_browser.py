"""Regions on the map in real Chromium: their names, a click on one, a walk through them by keys, outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.components.map_page import SIZES, centre, pixel, selected, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BOOTS = SIZES["ankle boot"] - 1
"""Points of the first region; row 0 lies far out and is in none."""

BOXES = """() => [...document.querySelectorAll('.ec-region:not([hidden])')].map(label => {
  const {left, top, right, bottom} = label.getBoundingClientRect();
  return [left, top, right, bottom];
})"""


def named(page: Page) -> list[str]:
    """The names on the map."""
    page.wait_for_selector(".ec-region", state="attached")
    return sorted(page.locator(".ec-region:visible").all_inner_texts())


def point_at(page: Page, name: str) -> None:
    box = page.locator(".ec-region:visible", has_text=name).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def zoom(page: Page, cluster: int, turns: int) -> None:
    page.mouse.move(*pixel(page, *centre(cluster)))
    for _ in range(turns):
        page.mouse.wheel(0, -150)
    page.wait_for_timeout(500)


def outline(page: Page) -> str:
    return page.locator(".ec-outline").get_attribute("d") or ""


def said(page: Page) -> str:
    return page.locator(".ec-said").inner_text()


def walk(page: Page) -> None:
    """Begin to walk through the regions, by the keyboard alone."""
    named(page)
    page.keyboard.press("r")
    page.wait_for_function("document.querySelector('.ec-said').textContent.includes('1 of')")


def test_a_name_is_text_and_a_click_on_it_selects_its_points(page: Page) -> None:
    names = ["<b>dress</b>", "a category with a very long name", "ankle boot", "bag", "coat"]
    assert named(page) == names
    assert page.locator(".ec-region b").count() == 0
    point_at(page, "ankle boot")
    page.mouse.down()
    page.mouse.up()
    wait_for(page, f"+d.selected === {BOOTS}")
    point_at(page, "coat")
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.up()
    page.keyboard.up("Shift")
    wait_for(page, f"+d.selected === {BOOTS + SIZES['coat']}")


def test_the_tool_says_what_a_click_does(page: Page) -> None:
    named(page)
    for name, count in (("ankle boot", BOOTS), ("bag", BOOTS + SIZES["bag"])):
        point_at(page, name)
        page.mouse.down()
        page.mouse.up()
        wait_for(page, f"+d.selected === {count}")
        page.get_by_role("button", name="Add", exact=True).click()


def test_hovering_a_name_says_why_and_outlines_the_region(page: Page) -> None:
    named(page)
    assert outline(page) == ""
    point_at(page, "coat")
    page.get_by_text(f"{SIZES['coat']} of {SIZES['coat']} are called so.").wait_for()
    assert outline(page).count("L") == 23  # the circle has 24 corners
    assert page.locator(".ec-card").is_hidden()
    page.mouse.move(*pixel(page, 0, 0))
    page.locator(".ec-why").wait_for(state="hidden")
    assert outline(page) == ""


def test_the_level_follows_the_zoom_and_no_two_names_overlap(page: Page) -> None:
    """Far away clusters are named; closer, the halves of the first; closest, as many parts as have room."""
    named(page)
    zoom(page, 0, 2)
    assert {"left boots", "right boots"} <= set(named(page))
    assert "ankle boot" not in named(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show all points").click()
    zoom(page, 1, 4)
    shown = named(page)
    assert 3 <= len(shown) < 96
    assert all(name.startswith("bags of part") for name in shown)
    boxes = page.evaluate(BOXES)
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_names_can_be_switched_off_and_stay_so(page: Page) -> None:
    named(page)
    page.get_by_role("button", name="Names of regions").click()
    page.get_by_text("log=NamesShown").wait_for()
    assert named(page) == []
    page.get_by_text("few", exact=True).click()
    wait_for(page, "+d.points === 500")
    assert named(page) == []
    page.get_by_role("button", name="Names of regions").click()
    page.locator(".ec-region:visible").first.wait_for()


def test_regions_are_walked_and_selected_by_keys(page: Page) -> None:
    walk(page)
    assert said(page).startswith(f"ankle boot, {BOOTS:,} points, 1 of 5.")
    assert outline(page).count("M") == 1
    assert page.locator(".ec-current").inner_text() == "ankle boot"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    assert said(page).startswith("coat")
    page.keyboard.press("Shift+Tab")
    assert said(page).startswith("bag")
    page.keyboard.press("Enter")
    wait_for(page, f"+d.selected === {SIZES['bag']}")
    assert outline(page) == ""
    page.keyboard.press("r")
    page.keyboard.press("Shift+Enter")
    wait_for(page, f"+d.selected === {SIZES['bag'] + BOOTS}")


def test_escape_leaves_the_walk_before_it_clears_the_selection(page: Page) -> None:
    walk(page)
    page.keyboard.press("Enter")
    wait_for(page, f"+d.selected === {BOOTS}")
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    assert page.locator(".ec-current").count() == 0
    assert selected(page) == BOOTS
    page.keyboard.press("Escape")
    wait_for(page, "+d.selected === 0")


def test_the_walk_reaches_regions_whose_names_are_off(page: Page) -> None:
    named(page)
    page.get_by_role("button", name="Names of regions").click()
    walk(page)
    assert named(page) == ["ankle boot"]


SAY = "detail => window.dispatchEvent(new CustomEvent('edgecase-outline', {detail}))"


def test_what_the_page_points_at_is_outlined_on_its_own_layout(page: Page) -> None:
    square = [[0, 0], [5, 0], [5, 5], [0, 5]]
    page.evaluate(SAY, {"polygons": [square], "layout": "another"})
    assert outline(page) == ""
    page.evaluate(SAY, {"polygons": [square], "layout": "5000-image"})
    box = page.locator(".ec-outline").bounding_box()
    assert box is not None
    (left, bottom), (right, top) = pixel(page, 0, 0), pixel(page, 5, 5)
    drawn = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
    assert drawn == pytest.approx((left, top, right, bottom), abs=3)
    page.evaluate(SAY, None)
    assert outline(page) == ""
