"""Sorting, grouping, sizing and checking the images of a gallery in real Chromium."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.points.arrange import Arrangement
from explorer.ui.components.declare import soundly
from explorer.ui.components.gallery import Arranging, Sort, _arranged

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

BLUR = np.array([row % 7 / 10 if row % 10 else np.nan for row in range(30)])


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """A fresh visit of thirty images."""
    tab.goto(f"{address}/?gallery=1")
    tab.wait_for_selector(".eg-gallery[data-ready=true]")
    return tab


def _rows(page: Page) -> list[int]:
    """The rows in the order in which they are drawn."""
    return [int(row) for row in page.evaluate("[...document.querySelectorAll('.eg-item')].map(e => e.dataset.row)")]


def _in_order(page: Page, rows: list[int]) -> None:
    page.get_by_text(f"order={','.join(map(str, rows))}", exact=False).wait_for()
    page.wait_for_function(
        "rows => JSON.stringify([...document.querySelectorAll('.eg-item')].map(e => +e.dataset.row)) === rows",
        arg=f"[{','.join(map(str, rows))}]",
    )


def _tile(page: Page, row: int) -> Locator:
    return page.locator(f".eg-item[data-row='{row}']")


@pytest.mark.browser
def test_a_column_sorts_the_largest_first_and_turned_round_the_smallest(page: Page) -> None:
    """What is missing comes last both times, and equal ones as they came."""
    known, missing = np.flatnonzero(~np.isnan(BLUR)), [0, 10, 20]
    page.get_by_label("Sort by").select_option("blur")
    _in_order(page, [*known[np.argsort(-BLUR[known], kind="stable")].tolist(), *missing])
    page.get_by_role("button", name="Largest first").click()
    _in_order(page, [*known[np.argsort(BLUR[known], kind="stable")].tolist(), *missing])


@pytest.mark.browser
def test_groups_have_headings_with_counts_and_the_keys_go_through_them(page: Page) -> None:
    page.get_by_label("Group by").select_option("kind")
    _in_order(page, [*range(0, 30, 3), *range(1, 30, 3), *range(2, 30, 3)])
    assert page.locator(".eg-heading").all_inner_texts() == ["ankle boot\n10", "bag\n10", "coat\n10"]
    _tile(page, 27).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.row") == "1", "from the last of a group to the next one"
    first = page.evaluate("document.activeElement.offsetLeft")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.offsetLeft") == first
    assert int(page.evaluate("document.activeElement.dataset.row")) % 3 == 0
    page.get_by_label("Group by").select_option("")
    page.wait_for_function("document.querySelectorAll('.eg-heading').length === 0")


@pytest.mark.browser
def test_the_size_follows_the_slider_at_once_and_stays(page: Page) -> None:
    slider = page.get_by_label("Size of the images")
    before = _tile(page, 1).bounding_box()
    slider.fill("200")
    page.wait_for_function("document.querySelector('.eg-item').offsetWidth >= 200")
    after = _tile(page, 1).bounding_box()
    assert before is not None
    assert after is not None
    assert before["width"] < 200 <= after["width"]
    page.get_by_label("Sort by").select_option("blur")
    page.wait_for_selector(".eg-item:first-child[data-row='6']")
    assert slider.input_value() == "200"


@pytest.mark.browser
def test_all_that_are_shown_are_checked_and_unchecked_and_the_button_says_how_many(page: Page) -> None:
    page.get_by_role("button", name="Check all 30").click()
    page.get_by_text("checked=30").wait_for()
    page.get_by_role("button", name="Uncheck all 30").click()
    page.get_by_text("checked=0").wait_for()
    page.get_by_label("text").fill("a")
    page.get_by_label("text").press("a")
    page.get_by_text("checked=0").wait_for()
    assert page.locator(".eg-gallery").get_attribute("data-checked") == "0"


@pytest.mark.browser
def test_marks_of_the_model_are_told_from_those_of_a_person(page: Page) -> None:
    """Another shape, another place, another word."""
    right, wrong = _tile(page, 0), _tile(page, 1)
    assert right.get_attribute("aria-label") == "ankle boot, v1: correct"
    assert wrong.get_attribute("aria-label") == "bag, v1: wrong"
    assert (right.locator(".eg-symbol").text_content(), wrong.locator(".eg-symbol").text_content()) == ("=", "≠")
    check, image = wrong.locator(".eg-check"), wrong.locator("img").bounding_box()
    assert check.text_content() == "✓"
    assert check.get_attribute("title") == "Your check (Space)"
    symbol = wrong.locator(".eg-symbol").bounding_box()
    assert image is not None
    assert symbol is not None
    assert symbol["y"] >= image["y"] + image["height"], "the model's is below the image, where no check ever is"
    tagged = _tile(page, 4)
    assert tagged.locator(".eg-tagged").get_attribute("title") == "You have it in “dark ones”"
    assert tagged.get_attribute("aria-label") == "bag, v1: wrong, in “dark ones”"
    assert page.locator(".eg-tagged").count() == 1


@pytest.mark.browser
def test_the_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    listed = page.locator("dialog.ec-help")
    listed.get_by_text("Check the image", exact=True).wait_for()
    page.keyboard.press("Escape")
    listed.wait_for(state="detached")
    page.get_by_label("text").press("?")
    assert listed.count() == 0


OFFERED = Arranging([Sort("", "As they come"), Sort("blur", "Blur")], [("kind", "Kind")], Arrangement())


def test_only_what_was_offered_arranges() -> None:
    asked = {"by": "blur", "descending": True, "group": "kind", "size": 120, "n": 1}
    assert _arranged(asked, offered=OFFERED) == Arrangement("blur", True, "kind", 120)  # noqa: FBT003
    for wrong in ({"by": "age"}, {"group": "blur"}, {"size": 5000}):
        assert _arranged({**asked, **wrong}, offered=OFFERED) is None
    assert _arranged(asked, offered=None) is None
    read = partial(_arranged, offered=OFFERED)
    assert [soundly(read, wrong) for wrong in ({**asked, "size": "large"}, None)] == [None, None]


@pytest.mark.browser
def test_a_gallery_is_as_tall_as_its_tiles_up_to_its_height(page: Page) -> None:
    """So that no second row is cut where a page is narrow, and nothing is left empty below a single one."""
    gallery = page.locator(".eg-gallery")
    height, content = "e => e.clientHeight", "e => e.scrollHeight"
    assert gallery.evaluate(height) < gallery.evaluate(content)
    page.locator(".eg-root").evaluate("e => e.style.setProperty('--eg-height', '5000px')")
    assert gallery.evaluate(height) == gallery.evaluate(content) < 5000
