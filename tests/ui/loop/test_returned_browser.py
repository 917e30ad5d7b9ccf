"""Returned labels in the browser: a file is dropped, one change is left out, the rest is taken over and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from explorer import open_workspace
from explorer.actions.export import Chosen, Options, export
from tests.actions.test_import_labels import edited_cvat

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser


def _still(page: Page) -> None:
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def test_boxes_are_compared_ticked_taken_over_and_taken_back(
    boxes_workspace: Workspace, tmp_path: Path, visit: Visit
) -> None:
    export(boxes_workspace, Chosen(everything=True), tmp_path / "out", Options("cvat"))
    file = edited_cvat(tmp_path / "out")
    with visit(boxes_workspace) as page:
        page.goto(urljoin(page.url, "/loop"))
        page.get_by_role("radio", name="Returned labels").click()
        page.get_by_text("drop here what comes back").wait_for()
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Take over 4 changes").wait_for()
        pictures = page.locator('[data-testid="stImage"] img')
        pictures.nth(1).wait_for()
        assert pictures.count() == 2
        page.get_by_text("box removed: cell").click()
        page.get_by_role("button", name="Take over 3 changes").click()
        page.get_by_role("button", name="Take over 1 change", exact=True).wait_for()
        _still(page)
        standing = open_workspace(boxes_workspace.path).corrections.boxes()
        assert [len(one.boxes) for one in standing.values()] == [4]
        page.locator(".st-key-correction-Undo button").first.click()
        page.get_by_role("button", name="Take over 4 changes").wait_for()
        _still(page)
    assert open_workspace(boxes_workspace.path).corrections.boxes() == {}
