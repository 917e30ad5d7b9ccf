"""What the browser tests of the components share: a fresh visit to the app around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page


@pytest.fixture
def tab(context: BrowserContext) -> Iterator[Page]:
    """An empty tab; scripts may not fail while the test runs."""
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    opened.close()
    assert failures == []


@pytest.fixture
def page(tab: Page, address: str) -> Page:
    """A fresh visit, with the map drawn."""
    tab.goto(address)
    tab.wait_for_selector(".ec-scatter[data-ready=true]")
    tab.wait_for_selector(".eg-gallery[data-ready=true]")
    return tab
