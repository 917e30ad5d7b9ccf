"""Reviewing labels by keys in real Chromium: each is a decision, and the next label is there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from explorer import open_workspace
from explorer.actions.analyze import analyze

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser


def _press(page: Page, key: str, then: str) -> None:
    """Press a key, and wait until that label is asked."""
    page.keyboard.press(key)
    page.get_by_role("heading", name=then, exact=True).wait_for()
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_selector(".ev-viewer[data-ready=true]")


def test_keys_take_keep_put_off_and_name_a_class(demo: Workspace, tmp_path: Path, visit: Visit) -> None:
    copied = open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    rows = analyze(copied, ["label_issues"])["label_issues"]
    asked = [f"Given {row['given']}, suggested {row['suggested']}" for row in rows]
    with visit(copied) as page:
        page.goto(urljoin(page.url, "/labels"))
        page.get_by_role("heading", name=asked[0], exact=True).wait_for()
        page.wait_for_selector(".ev-viewer[data-ready=true]")
        page.keyboard.press("?")
        page.locator("dialog.ec-help").get_by_text(f"{rows[0]['given']} is right", exact=True).wait_for()
        page.keyboard.press("Escape")
        _press(page, "a", asked[1])
        _press(page, "r", asked[2])
        _press(page, "l", asked[3])
        legend = page.get_by_role("button", name="2", exact=False).filter(has=page.locator("code", has_text="2"))
        named = legend.inner_text().split("\n")[0].removesuffix("2").strip()
        _press(page, "2", asked[4])
        page.get_by_text("3 of about").wait_for()
        page.keyboard.press("a")
        page.keyboard.press("r")  # before the next card is there: another answer on the card that is seen
        page.get_by_role("heading", name=asked[5], exact=True).wait_for()
        page.get_by_text("4 of about").wait_for()
    twice = copied.corrections.all()[rows[4]["id"]]
    assert (twice.label, twice.is_confirmed) == (rows[4]["given"], True)
    assert len(copied.corrections.history()) == 5
    said = {each: one.label for each, one in copied.corrections.all().items() if each != rows[4]["id"]}
    assert said == {
        rows[0]["id"]: rows[0]["suggested"],
        rows[1]["id"]: rows[1]["given"],
        rows[3]["id"]: named,
    }
