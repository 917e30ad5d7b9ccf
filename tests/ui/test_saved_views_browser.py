"""A view that is saved in one browser is the same screen in another one: selection, colour, filters and zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser


def _settled(page: Page) -> None:
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_selector(".ec-scatter[data-ready=true]")
    page.wait_for_timeout(700)
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def _look(page: Page) -> dict[str, Any]:
    """What is on screen: the map's counts and legend, the filters in words, and where two places of the map are."""
    seen: dict[str, Any] = page.evaluate(
        """() => {
          const map = document.querySelector(".ec-scatter");
          const { points, selected, layout } = map.dataset;
          const { left, top } = map.querySelector(".ec-stage").getBoundingClientRect();
          const within = ([x, y]) => [Math.round(x - left), Math.round(y - top)];
          const places = [[0, 0], [1, 1]].map(([x, y]) => within(map.edgecasePixel(x, y)));
          const legend = map.querySelector(".ec-legend").innerText;
          return { points, selected, layout, places, legend };
        }"""
    )
    return seen


def _choose(page: Page, box: str, option: str) -> None:
    page.get_by_role("combobox", name=box).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    _settled(page)


def _lasso(page: Page, xy: Any) -> None:
    (x0, y0), (x1, y1) = (xy.min(axis=0) - 0.05).tolist(), (xy.max(axis=0) + 0.05).tolist()
    pixels = [
        page.evaluate("at => document.querySelector('.ec-scatter').edgecasePixel(...at)", corner)
        for corner in [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0 + 0.02)]
    ]
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for pixel in pixels[1:]:
        page.mouse.move(*pixel, steps=6)
    page.mouse.up()
    page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) > 0")
    _settled(page)


def test_a_link_opens_the_same_screen_in_a_fresh_browser(workspace: Workspace, visit: Visit) -> None:
    """Also in a tab that looked at something else before."""
    xy = np.asarray(workspace.layout("image").xy)
    near = xy[np.argsort(np.hypot(*(xy - xy[0]).T))[:8]]
    with visit(workspace) as page:
        _settled(page)
        _choose(page, "Colour by", "Split")
        page.get_by_text("Filters", exact=True).click()
        _settled(page)
        _choose(page, "Filter by", "camera")
        page.keyboard.press("Escape")
        _choose(page, "camera", "left")
        page.keyboard.press("Escape")
        middle = page.evaluate("at => document.querySelector('.ec-scatter').edgecasePixel(...at)", xy[0].tolist())
        page.mouse.move(*middle)
        page.mouse.wheel(0, -300)
        _settled(page)
        _lasso(page, near)
        page.mouse.move(5, 5)
        page.locator('[data-name="save"]').click()
        page.get_by_role("textbox", name="Name", exact=True).fill("Left ones")
        page.get_by_role("textbox", name="Name", exact=True).press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        link = page.get_by_role("dialog").locator("code").inner_text()
        page.keyboard.press("Escape")
        _settled(page)
        saved = _look(page)
        assert page.get_by_text("Saved views (1)").is_visible()

        assert page.context.browser
        fresh = page.context.browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
        fresh.goto(link)
        fresh.wait_for_function("Number(document.querySelector('.ec-scatter')?.dataset.selected) > 0")
        _settled(fresh)
        assert _look(fresh) == saved
        assert "view=" not in fresh.url

        _choose(page, "Colour by", "Label")
        page.locator('[data-name="reset"]').click()
        page.keyboard.press("Escape")
        _settled(page)
        assert _look(page) != saved
        page.goto(link)
        _settled(page)
        page.wait_for_function("Number(document.querySelector('.ec-scatter')?.dataset.selected) > 0")
        _settled(page)
        assert _look(page) == saved
    assert 0 < int(saved["selected"]) < int(saved["points"]) == int((workspace.samples["camera"] == "left").sum())
    assert [view.name for view in workspace.views.all()] == ["Left ones"]
