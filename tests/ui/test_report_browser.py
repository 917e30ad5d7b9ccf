"""A report in real Chromium, from disk, with the network off; and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from explorer.actions.report import report
from tests.reviewing import review

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from explorer.store.workspace import Workspace

pytestmark = pytest.mark.browser


def test_it_opens_from_disk_asks_for_nothing_and_prints_page_by_page(
    dusk_workspace: Workspace, browser: Browser, tmp_path: Path
) -> None:
    evil = "<img src=x onerror=document.title='hacked'>"
    dusk_workspace.categories.edit("light", author="Ada", criterion=evil)
    review(dusk_workspace, dict.fromkeys(dusk_workspace.ids[50:75], ("incorrect", "incorrect")), severity="high")
    report(dusk_workspace, tmp_path / "r.html", model="v1")
    page = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True).new_page()
    failures, asked = [], []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text))
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto((tmp_path / "r.html").as_uri())
    assert page.title() == "Dusk: where v1 fails"
    assert page.get_by_text(evil).count() == 1
    images = page.locator(".pictures img")
    assert images.count() == 20
    assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")

    page.locator("figure.plot svg a").first.click()
    assert page.url.endswith("#mode-1")
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    page.set_viewport_size({"width": 820, "height": 900})
    assert page.evaluate(wide)

    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert pages >= 6, "results, modes, patterns, agreement and changes begin a page each"
    assert set(asked) <= {"file", "data"}
    assert failures == []
