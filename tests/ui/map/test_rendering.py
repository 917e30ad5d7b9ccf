"""How the map is drawn, in the app and in real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser


def test_the_error_rate_is_of_what_is_shown_and_stays_when_the_page_is_loaded_anew(
    boxes_workspace: Workspace, visit: Visit
) -> None:
    """`v1` misses 3 of 31 objects, and of its 29 detections that are sure enough for its best F1 one is false."""
    with visit(boxes_workspace) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        page.locator('[data-name="error"]').click()
        key = page.locator(".ec-key")
        key.get_by_text("no hexagon in view holds 20 objects; all: 9.7% missed").wait_for()
        page.get_by_text("Predictions", exact=True).first.click()
        key.get_by_text("all: 3.4%").wait_for()
        page.locator('[data-name="settings"]').click()
        page.get_by_role("slider", name="Size of the points").fill("11")
        page.keyboard.press("Escape")
        page.wait_for_timeout(1000)
        page.wait_for_selector('[data-test-script-state="notRunning"]')
        page.reload()
        key.get_by_text("all: 3.4%").wait_for()
        assert page.locator('[data-name="error"]').get_attribute("aria-pressed") == "true"
        page.wait_for_function("document.querySelector('.ec-plot').data[0].marker.size === 11")
