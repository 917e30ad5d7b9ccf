"""In real Chromium: names from data are shown as written, nothing is asked of other servers, no press is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.hostile import COLOUR, EMOJI, ICON, LINK, hostile_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

PAGES = ("Findings", "Subsets", "Labels", "Evaluate", "Loop", "Dataset", "Map")
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(
  `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
FRAME = """() => {
  const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
  return outlineStyle !== "none" && outlineWidth !== "0px";
}"""


def _settled(page: Page) -> None:
    page.wait_for_timeout(400)
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_timeout(300)


def _map(page: Page) -> None:
    page.wait_for_selector(".ec-scatter[data-ready=true]")
    _settled(page)


def _lasso_everything(page: Page) -> None:
    box = page.locator(".ec-stage").bounding_box()
    assert box
    corners = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)]
    pixels = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for pixel in pixels[1:]:
        page.mouse.move(*pixel, steps=4)
    page.mouse.up()
    page.wait_for_function("+document.querySelector('.ec-scatter').dataset.selected > 0")
    _settled(page)


def _shown(page: Page) -> str:
    return page.inner_text(".stApp").replace("\u2060", "")


def test_names_are_shown_as_written_and_nothing_is_asked_of_others(visit: Visit, tmp_path: Path) -> None:
    """On every page; the policy that the server sends forbids nothing that these do."""
    with visit(hostile_workspace(tmp_path)) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(WATCH)
        page.reload()
        _map(page)
        _lasso_everything(page)
        assert "WebGL is not supported" not in _shown(page)
        shown = _shown(page)
        page.locator(".eg-item").first.click()
        page.wait_for_selector('[role="dialog"]')
        _settled(page)
        shown += _shown(page)
        page.keyboard.press("Escape")
        page.wait_for_selector('[role="dialog"]', state="detached")
        _settled(page)
        for tab, content in (("Distributions", ".ed-chart"), ("Table", "[data-testid=stDataFrame] canvas")):
            page.get_by_role("radio", name=tab).click()
            page.wait_for_selector(content)
            _settled(page)
            shown += _shown(page)
        for name in PAGES:
            page.get_by_role("link", name=name).click()
            _settled(page)
            shown += _shown(page)
        for written in (ICON, COLOUR, EMOJI, LINK):
            assert written in shown, written
        assert (
            page.locator(".katex, [aria-label='delete icon'], [aria-label='bolt icon'], a[href*='e.example']").count()
            == 0
        )
        assert page.evaluate("window.violations") == []
        host = page.url.split("/")[2]
        assert [url for url in asked if not url.startswith(("blob:", "data:")) and url.split("/")[2] != host] == []


def test_no_key_press_on_a_slider_is_lost(visit: Visit, boxes_workspace: Workspace) -> None:
    """Each press has the page run again, which must not put back what it was before the next press."""
    with visit(boxes_workspace) as page:
        _map(page)
        slider = page.get_by_role("slider", name="Detections from confidence")
        slider.focus()
        page.keyboard.press("Home")
        _settled(page)
        for pause in (0, 150, 400):
            before = float(slider.input_value())
            for _ in range(8):
                page.keyboard.press("ArrowRight")
                page.wait_for_timeout(pause)
            _settled(page)
            page.wait_for_timeout(1500)
            assert float(slider.input_value()) == pytest.approx(before + 0.08), pause


def test_escape_leaves_no_frame_and_the_arrow_keys_bring_one(visit: Visit, boxes_workspace: Workspace) -> None:
    with visit(boxes_workspace) as page:
        _map(page)
        _lasso_everything(page)
        page.locator(".eg-item").first.click()
        page.wait_for_selector(".ev-viewer[data-ready=true]")
        _settled(page)
        page.keyboard.press("Escape")
        page.wait_for_selector('[role="dialog"]', state="detached")
        _settled(page)
        assert page.evaluate("document.activeElement.className") == "eg-item"
        assert not page.evaluate(FRAME)
        page.keyboard.press("ArrowRight")
        assert page.evaluate(FRAME)
        page.locator('[data-name="add"]').click()
        page.keyboard.press("Escape")
        page.wait_for_function("+document.querySelector('.ec-scatter').dataset.selected === 0")
        assert not page.evaluate(FRAME)
