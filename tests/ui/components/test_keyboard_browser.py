"""The map, its legend and its list of keys by the keyboard alone, in real Chromium; and whether all can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.components.map_page import choose, entry, pixel, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

FRAME = "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
FOCUSED = "document.activeElement.className"


def focus_map(page: Page) -> None:
    """From the last button of its toolbar."""
    page.locator(".ec-toolbar button:visible").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "ec-stage"


def test_the_map_takes_the_focus_and_shows_it(page: Page) -> None:
    focus_map(page)
    assert page.evaluate(FRAME) == ["solid", "2px"]
    page.keyboard.press("Tab")
    assert "ec-entry" in page.evaluate(FOCUSED)


def test_keys_move_the_map(page: Page) -> None:
    focus_map(page)
    at = pixel(page, 0, 0)
    page.keyboard.press("ArrowRight")
    moved = pixel(page, 0, 0)
    assert moved[0] < at[0] - 50
    assert moved[1] == pytest.approx(at[1])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert pixel(page, 0, 0) == pytest.approx((at[0], at[1] - (at[0] - moved[0])))
    page.keyboard.press("0")
    assert pixel(page, 0, 0) == pytest.approx(at)
    wide = pixel(page, 5, 0)[0] - at[0]
    page.keyboard.press("+")
    assert pixel(page, 5, 0)[0] - pixel(page, 0, 0)[0] == pytest.approx(1.5 * wide)
    page.keyboard.press("-")
    assert pixel(page, 5, 0)[0] - pixel(page, 0, 0)[0] == pytest.approx(wide)


def test_arrows_are_the_pages_while_the_map_has_no_focus(page: Page) -> None:
    before = pixel(page, 0, 0)
    page.get_by_role("button", name="Zoom in").focus()
    page.keyboard.press("ArrowRight")
    assert pixel(page, 0, 0) == before


def test_the_legend_is_switched_and_isolated_by_keys(page: Page) -> None:
    """The focus stays on the entry, though the legend is drawn anew."""
    total = 5000
    entry(page, "coat").focus()
    assert "Enter" in (entry(page, "coat").get_attribute("title") or "")
    page.keyboard.press("Enter")
    wait_for(page, f"+d.points === {total - 983}")
    page.keyboard.press("Enter")
    wait_for(page, f"+d.points === {total}")
    page.keyboard.press("Shift+Enter")
    wait_for(page, "+d.points === 983")
    assert page.evaluate("document.activeElement.textContent").startswith("coat")
    page.keyboard.press("Shift+Enter")
    wait_for(page, f"+d.points === {total}")


def count(one: Locator) -> int:
    """The points of an entry, all of which are shown."""
    return int((one.locator(".ec-count").text_content() or "").replace(",", ""))


def crowded(page: Page) -> None:
    choose(page, "colour", "many")
    entry(page, "Other").wait_for()


def test_other_opens_and_what_is_in_it_is_switched_one_by_one(page: Page) -> None:
    crowded(page)
    assert page.locator(".ec-entry").count() == 20
    assert entry(page, "Other (41)").count() == 1
    others = count(entry(page, "Other"))
    page.get_by_role("button", name="List the 41 others").focus()
    page.keyboard.press("Enter")
    assert page.locator(".ec-entry").count() == 61
    assert page.evaluate(FOCUSED) == "ec-fold"
    assert sum(count(entry(page, f"class {code}")) for code in range(19, 60)) == others
    one = count(entry(page, "class 30"))
    entry(page, "class 30").focus()
    page.keyboard.press("Enter")
    wait_for(page, f"+d.points === {5000 - one}")
    page.keyboard.press("Shift+Enter")
    wait_for(page, f"+d.points === {one}")
    page.keyboard.press("Shift+Enter")
    wait_for(page, "+d.points === 5000")
    entry(page, "Other").focus()
    page.keyboard.press("Enter")
    wait_for(page, f"+d.points === {5000 - others}")
    assert entry(page, "class 30").get_attribute("aria-pressed") == "false"


def test_the_legend_is_searched(page: Page) -> None:
    crowded(page)
    field = page.get_by_label("Find in the legend")
    field.fill("class 4")
    names = page.locator(".ec-entry .ec-name").all_text_contents()
    assert names == [f"class 4{digit}" for digit in range(10)]
    one = count(entry(page, "class 47"))
    entry(page, "class 47").focus()
    page.keyboard.press("Shift+Enter")
    wait_for(page, f"+d.points === {one}")
    assert page.locator(".ec-entry").count() == 10
    field.fill("nothing like it")
    page.get_by_text("Nothing here is called so.").wait_for()
    field.press("0")
    assert field.input_value() == "nothing like it0"
    choose(page, "colour", "label")
    entry(page, "coat").wait_for()
    assert field.is_hidden()


def test_what_shares_the_grey_is_one_drawing(page: Page) -> None:
    """A trace for each of hundreds of classes would take seconds: four rounds of twenty colours, and greys, do not."""
    crowded(page)
    assert 4 * 20 <= page.evaluate("document.querySelector('.ec-plot').data.length") < 5 * 20


def test_a_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_text("walk through the named regions").wait_for()
    page.keyboard.press("r")
    assert page.locator(".ec-current").count() == 0
    page.keyboard.press("Escape")
    keys.wait_for(state="hidden")
    page.keyboard.press("?")
    keys.wait_for()
    page.keyboard.press("?")
    keys.wait_for(state="hidden")
    field = page.get_by_label("text", exact=True)
    field.click()
    field.press("?")
    assert field.input_value() == "?"
    assert keys.count() == 0
