"""Beside the map in real Chromium with a real mouse: brushing and lasso agree on counts, a row opens and is ringed."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.filters import Between, matching
from explorer.points.opened_build import View
from explorer.subsets.distributions import filter_of
from explorer.subsets.selection import inside

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

FOLLOWED = """() => {
  window.followed = [];
  const told = () => {
    const total = document.querySelector('.ed-key[data-kind="selected"]')?.dataset.total;
    if (total && total !== followed.at(-1)) followed.push(total);
  };
  new MutationObserver(told).observe(document.body, { childList: true, subtree: true });
}"""
"""Writes down each number of selected rows that the charts say."""

CONTENT = {"Distributions": ".ed-distributions[data-ready=true]", "Table": "[data-testid=stDataFrame] canvas"}


def _settled(page: Page) -> None:
    """Wait until the page's script has run and nothing moves any more."""
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    place = "JSON.stringify([...document.querySelectorAll('.ec-stage, .ed-plot')].map(e => e.getBoundingClientRect()))"
    before, now = "", page.evaluate(place)
    while before != now:
        page.wait_for_timeout(500)
        before, now = now, page.evaluate(place)


def _open(page: Page, tab: str) -> None:
    page.wait_for_selector(".ec-scatter[data-ready=true]")
    _settled(page)
    page.get_by_role("radio", name=tab).click()
    page.wait_for_selector(CONTENT[tab])
    _settled(page)


def _bars(page: Page, column: str) -> Locator:
    return page.locator(f'.ed-chart[data-column="{column}"] .ed-bar')


def _total(page: Page, kind: str) -> int:
    """How many rows a part has, as the legend of the charts says."""
    return int(page.locator(f'.ed-key[data-kind="{kind}"]').get_attribute("data-total") or -1)


def _shown_on_map(page: Page) -> int:
    return int(page.locator(".ec-scatter").get_attribute("data-points") or -1)


def _drag(page: Page, first: Locator, last: Locator) -> None:
    places = [bar.bounding_box() for bar in (first, last)]
    for number, place in enumerate(places):
        assert place
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, steps=5)
        if not number:
            page.mouse.down()
    page.mouse.up()


def _lasso(page: Page, xy: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> tuple[tuple[float, float], ...]:
    """Draw a rectangle around points, and wait until the page has answered; gives its corners."""
    corners = _draw_around(page, xy)
    page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) > 0")
    _settled(page)
    return corners


def _draw_around(page: Page, xy: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> tuple[tuple[float, float], ...]:
    (x0, y0), (x1, y1) = (xy.min(axis=0) - 0.1).tolist(), (xy.max(axis=0) + 0.1).tolist()
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    to_pixel = "at => document.querySelector('.ec-scatter').edgecasePixel(...at)"
    pixels = [page.evaluate(to_pixel, list(corner)) for corner in corners]
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for pixel in [*pixels[1:], pixels[0]]:
        page.mouse.move(*pixel, steps=6)
    page.mouse.up()
    return corners


def test_brushing_and_lasso_agree_on_counts(workspace: Workspace, visit: Visit) -> None:
    """A brushed range shows what numpy counts in it; the charts count what the panel says is selected."""
    points = View(workspace).images
    bars = points.bars("v1.confidence")
    brushed = filter_of(bars, [1, 2, 3, 4])
    assert isinstance(brushed, Between)
    values = workspace.samples["v1.confidence"]
    expected = int(((values >= brushed.low) & (values <= brushed.high)).sum())
    assert 0 < expected < 60
    with visit(workspace) as page:
        _open(page, "Distributions")
        drawn = _bars(page, "v1.confidence")
        _drag(page, drawn.nth(1), drawn.nth(4))
        page.locator('.ed-key[data-kind="shown"]').wait_for()
        _settled(page)
        assert _shown_on_map(page) == _total(page, "shown") == expected
        page.locator("[data-testid=stSidebar]").get_by_text(f"{expected} of 60 points shown").wait_for()
        assert drawn.evaluate_all("bars => bars.map(bar => bar.ariaSelected)")[:6] == [
            *("false", "true", "true", "true", "true", "false")
        ]
        page.evaluate(FOLLOWED)
        corners = _lasso(page, np.asarray(points.space.xy)[:20])
        hit = int((inside(points.space.xy, corners) & matching(points.table, (brushed,))).sum())
        page.get_by_role("heading", name=f"{hit} selected").wait_for()
        assert _total(page, "selected") == hit
        assert page.evaluate("followed") == [f"{hit}"]  # what the browser counted at once is what the server counts
        counts = "bars => bars.reduce((sum, bar) => sum + Number(bar.dataset.count), 0)"
        assert page.locator('.ed-chart[data-column="label"] i[data-kind=selected]').evaluate_all(counts) == hit
        page.get_by_role("button", name="Lift the filter on Confidence").click()
        page.locator('.ed-key[data-kind="shown"]').wait_for(state="detached")
        _settled(page)
        assert _shown_on_map(page) == 60


def test_a_bar_is_clicked_by_mouse_and_by_key(workspace: Workspace, visit: Visit) -> None:
    """With Shift another one is added; a page that is loaded anew shows the same charts, as filtered."""
    with visit(workspace) as page:
        _open(page, "Distributions")
        names = _bars(page, "label").locator(".ed-name").all_inner_texts()
        assert names == ["apple", "leaf", "sky"]
        _bars(page, "label").nth(1).click()
        page.locator('.ed-key[data-kind="shown"]').wait_for()
        _settled(page)
        assert _shown_on_map(page) == 20
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+Enter")
        page.wait_for_function("document.querySelector('.ed-key[data-kind=shown]')?.dataset.total === '40'")
        _settled(page)
        assert _shown_on_map(page) == 40
        page.keyboard.press("Delete")
        page.locator('.ed-key[data-kind="shown"]').wait_for(state="detached")
        _settled(page)
        assert _shown_on_map(page) == 60
        _bars(page, "label").nth(2).click()
        page.locator('.ed-key[data-kind="shown"]').wait_for()
        _settled(page)
        page.reload()
        page.wait_for_function("document.querySelector('.ed-key[data-kind=shown]')?.dataset.total === '20'")
        assert _bars(page, "label").nth(2).get_attribute("aria-selected") == "true"


def test_a_row_of_the_table_opens_and_is_ringed(workspace: Workspace, visit: Visit) -> None:
    with visit(workspace) as page:
        _open(page, "Table")
        assert page.locator(".ec-scatter").get_attribute("data-ringed") == "0"
        box = page.locator("[data-testid=stDataFrame]").bounding_box()
        assert box
        page.mouse.click(box["x"] + 18, box["y"] + 40 + 22)
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("1 of 60").wait_for()
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        _settled(page)
        assert page.locator(".ec-scatter").get_attribute("data-ringed") == "1"


def test_ids_are_copied_and_the_table_is_downloaded(workspace: Workspace, visit: Visit) -> None:
    frame = workspace.samples
    with visit(workspace) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        _open(page, "Table")
        _lasso(page, np.asarray(workspace.layout().xy)[:20])
        page.get_by_role("button", name="Copy ids").click()
        page.get_by_role("button", name=re.compile("copied")).wait_for()
        copied = page.evaluate("navigator.clipboard.readText()").split("\n")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        written = pd.read_csv(io.BytesIO(Path(download.value.path()).read_bytes()), dtype={"id": str})
    assert set(copied) >= set(frame.index[:20])
    assert written["id"].tolist() == copied
    assert written["label"].tolist() == frame.loc[copied, "label"].tolist()


@pytest.mark.parametrize(("key", "around"), [("Shift", slice(10, 30)), ("Alt", slice(3))])
def test_charts_follow_the_lasso_where_no_answer_comes(
    workspace: Workspace, visit: Visit, key: str, around: slice
) -> None:
    """What Shift adds to the selection and what Alt takes away is counted in the browser as numpy counts it."""
    points = View(workspace).images
    xy, label = np.asarray(points.space.xy), points.bars("label")
    with visit(workspace) as page:
        _open(page, "Distributions")
        before = inside(points.space.xy, _lasso(page, xy[:20]))
        page.evaluate("window.WebSocket.prototype.send = () => {}")
        page.keyboard.down(key)
        drawn = inside(points.space.xy, _draw_around(page, xy[around]))
        page.keyboard.up(key)
        expected = before | drawn if key == "Shift" else before & ~drawn
        assert before.sum() != expected.sum() > 0
        page.wait_for_function(
            "total => document.querySelector('.ed-key[data-kind=selected]').dataset.total === total",
            arg=f"{expected.sum()}",
        )
        counted = (
            _bars(page, "label")
            .locator("i[data-kind=selected]")
            .evaluate_all("all => all.map(one => +one.dataset.count)")
        )
    assert counted == np.bincount(label.codes[expected], minlength=len(label)).tolist()
