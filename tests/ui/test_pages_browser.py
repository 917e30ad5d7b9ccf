"""From page to page in real Chromium: nothing moves sideways, a row of the data set leads to its place on the map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).with_name("contrast.js")).read_text("utf-8")
PAGES = ["Map", "Findings", "Subsets", "Labels", "Review", "Evaluate", "Loop", "Dataset", "Workspaces"]


def _settled(page: Page) -> None:
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_timeout(700)
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def _places(page: Page) -> list[int]:
    script = "[...document.querySelectorAll('[data-testid=stTopNavLink]')].map(e => e.getBoundingClientRect().left)"
    return [round(left) for left in page.evaluate(script)]


def test_the_names_of_the_pages_stay_where_they_are(workspace: Workspace, visit: Visit) -> None:
    with visit(workspace) as page:
        _settled(page)
        assert [link.inner_text().split("\n")[-1] for link in page.get_by_test_id("stTopNavLink").all()] == PAGES
        before = _places(page)
        for name in PAGES[1:-1]:
            page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
            _settled(page)
            assert _places(page) == before
        page.goto(f"{page.url.rpartition('/')[0]}/incoming")
        page.get_by_role("heading", name="Loop").wait_for()
        assert page.url.endswith("/loop")


def test_a_row_of_the_data_set_opens_its_image_and_its_place_on_the_map(workspace: Workspace, visit: Visit) -> None:
    with visit(workspace) as page:
        _settled(page)
        page.get_by_test_id("stTopNavLink").filter(has_text="Dataset").click()
        table = page.get_by_test_id("stDataFrame").first
        table.wait_for()
        _settled(page)
        table.click(position={"x": 200, "y": 35 + 52 * 2 + 20})
        dialog = page.get_by_role("dialog")
        dialog.get_by_text(workspace.ids[2], exact=True).wait_for()
        dialog.get_by_role("button", name="Show on the map").click()
        page.wait_for_selector('.ec-scatter[data-ready="true"][data-selected="1"]')
        page.get_by_text("1 selected").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_every_page_can_be_read(
    workspace: Workspace, visit: Visit, scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2 AA, charts too: what stands at an axis is a text as any other."""
    with visit(workspace) as page:
        page.emulate_media(color_scheme=scheme)
        page.reload()
        _settled(page)
        for name in PAGES[1:]:
            page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
            _settled(page)
            for part in ("Confusion", "Segments") if name == "Evaluate" else ():
                page.get_by_role("radio", name=part, exact=True).click()
                page.locator(".stPlotlyChart .xtick text").first.wait_for()
                _settled(page)
                assert page.evaluate(CONTRAST) == [], part
            assert page.evaluate(CONTRAST) == [], name
