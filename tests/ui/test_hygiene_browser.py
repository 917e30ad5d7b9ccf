"""Retiring examples of a category, in real Chromium: rows of a table are chosen there alone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

ROW, HEAD = 35, 38
"""Pixels of a row and of the head of the table."""


def choose_first_row(page: Page, table: int) -> None:
    page.wait_for_timeout(1000)
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.get_by_test_id("stDataFrame").nth(table).click(position={"x": 16, "y": HEAD + ROW / 2})


def test_chosen_examples_are_retired_with_a_reason(workspace: Workspace, visit: Visit) -> None:
    members = [Member(each, "ids") for each in workspace.ids[:3]]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    with visit(workspace) as page:
        page.goto(urljoin(page.url, "/subsets"))
        page.get_by_text("Categories", exact=True).click()
        page.get_by_text("A click on a row").wait_for()
        choose_first_row(page, 0)
        page.get_by_text("Where each example comes from").click()
        page.get_by_text("examples count").wait_for()
        choose_first_row(page, 1)
        page.get_by_role("button", name="Retire 1 example…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("1 example leaves “fruit”.").wait_for()
        dialog.get_by_role("textbox").fill("Blurred by the scanner")
        dialog.get_by_role("button", name="Retire").click()
        page.get_by_text("Retired 1 example.").wait_for()
        page.get_by_text("of 2 examples count").wait_for()
