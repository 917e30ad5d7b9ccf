"""The card beside the cursor in real Chromium: what it says first, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.ui.components.map_page import centre, choose, pixel

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PIXELS = """() => {
  const toPixel = document.querySelector('.ec-scatter').edgecasePixel;
  return document.querySelector('.ec-plot').data.flatMap(({x, y}) => [...x].map((each, i) => toPixel(each, y[i])));
}"""
"""Where each drawn point is in the window."""


def test_it_says_first_what_the_map_is_coloured_by(page: Page) -> None:
    x, y = centre(0)
    for colour in ("label", "confidence"):
        choose(page, "colour", colour)
        page.locator(".ec-title", has_text=colour).wait_for()
        page.mouse.move(*pixel(page, x, y + 1.2))
        page.locator(".ec-card:visible").wait_for()
        assert page.locator(".ec-card dd").first.inner_text() == f"<b>{colour}</b>"
        page.mouse.move(0, 0)


@pytest.mark.parametrize("cluster", [0, 1, 2, 4])
def test_it_stands_aside_from_the_points(page: Page, cluster: int) -> None:
    """Beside any cluster there is room: it covers next to none of the points, and not the cursor."""
    x, y = centre(cluster)
    at = pixel(page, x, y + 1.2)
    page.mouse.move(*at)
    page.locator(".ec-card:visible").wait_for()
    box = page.locator(".ec-card").bounding_box()
    assert box is not None
    low, high = np.array([box["x"], box["y"]]), np.array([box["x"] + box["width"], box["y"] + box["height"]])
    drawn = np.array(page.evaluate(PIXELS))
    covered = ((drawn > low) & (drawn < high)).all(axis=1)
    assert covered.mean() < 0.09
    assert not ((np.array(at) > low) & (np.array(at) < high)).all()
