"""Every text field keeps what was typed into it when one goes on without Enter, and that is what is used."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import explorer
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

FIELDS = "input[type=text]:not([role=combobox]):not([disabled]), textarea:not([disabled])"


@pytest.fixture
def two(clip_built: Workspace, tmp_path: Path) -> Workspace:
    """Two subsets, of a workspace that understands words."""
    workspace = explorer.open_workspace(shutil.copytree(clip_built.path, tmp_path / "ws"))
    for name, row in (("first", 0), ("second", 30)):
        members = [Member(each, "lasso") for each in workspace.ids[row : row + 5]]
        workspace.decisions.create_subset(name, author="Ada", members=members)
    return workspace


def _settled(page: Page) -> None:
    for _ in range(2):
        page.wait_for_selector('[data-test-script-state="notRunning"]')
        page.wait_for_timeout(400)


def _keep_what_is_typed(page: Page, within: Locator, expected: int) -> None:
    """Type into each of the fields expected, leave it by a click on what lies beside it, and find it there."""
    fields = within.locator(FIELDS)
    expect(fields).to_have_count(expected)
    typed = {}
    for place in range(expected):
        field = fields.nth(place)
        typed[place] = f"typed {place}"
        field.click()
        field.fill("")
        page.keyboard.type(typed[place])
        within.locator("h2, h3, h4, label").locator("visible=true").first.click()
        _settled(page)
    assert {place: fields.nth(place).input_value() for place in typed} == typed


def _go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()
    page.get_by_role("heading").first.wait_for()
    _settled(page)


def test_fields_keep_what_was_typed(visit: Visit, two: Workspace) -> None:
    with visit(two) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        _keep_what_is_typed(page, page.get_by_test_id("stSidebar"), 1)
        query = page.get_by_label("Find images like")
        query.click()
        page.keyboard.type("a red apple")
        page.get_by_text("Your name").click()
        page.get_by_text(re.compile("(most like|nearest to) “a red apple”")).wait_for()
        assert query.input_value() == "a red apple"
        _go(page, "Subsets")
        page.get_by_test_id("stDataFrame").first.click(position={"x": 200, "y": 52})
        _keeps_in_dialog(page, "Edit…", 4)
        page.get_by_role("radio", name="Grow").click()
        page.get_by_role("combobox", name="Rank by").click()
        page.get_by_role("option", name="Words").click()
        _settled(page)
        _keep_what_is_typed(page, page.get_by_test_id("stMain"), 1)
        page.get_by_role("button", name="Accept checked").first.wait_for()
        _go(page, "Loop")
        page.get_by_role("radio", name="New images").click()
        page.get_by_text("Add new images").wait_for()
        _keep_what_is_typed(page, page.get_by_test_id("stMain"), 1)
        _go(page, "Subsets")
        assert page.get_by_label("Words").input_value() == "typed 0"
        page.get_by_role("button", name="All subsets").click()
        page.get_by_test_id("stDataFrame").first.wait_for()
        _settled(page)
        _keeps_in_dialog(page, "Combine…", 1)


def _keeps_in_dialog(page: Page, opener: str, fields: int) -> None:
    page.get_by_role("button", name=opener).click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    _settled(page)
    _keep_what_is_typed(page, dialog, fields)
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.get_by_role("heading").first.click()  # the button that opened it has the focus, and its help lies over others
    _settled(page)


def test_a_name_that_was_only_typed_is_the_name_that_is_used(visit: Visit, two: Workspace) -> None:
    """As are category and note; a name that was chosen is written into the field."""
    with visit(two) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        page.get_by_label("Find images like").fill("a red apple")
        page.get_by_label("Find images like").press("Enter")
        page.get_by_role("button", name="Select these 50").click()
        _settled(page)
        page.get_by_role("button", name=re.compile("Tag 50 images…")).click()
        dialog = page.get_by_role("dialog")
        for field, text in (("Subset", "odd apples"), ("Category", "Bruised"), ("Note", "a note")):
            dialog.get_by_label(field, exact=True).click()
            page.keyboard.type(text)
        dialog.get_by_role("button", name="as a new subset").click()
        page.get_by_text("as “odd apples”").wait_for()
        made = explorer.open_workspace(two.path).subset("odd apples")
        assert (made.category, made.note, len(made.ids)) == ("Bruised", "a note", 50)
        page.get_by_role("button", name=re.compile("Tag 50 images…")).click()
        dialog.get_by_role("combobox", name="Subset: choose one").click()
        page.get_by_role("option", name="second").click()
        dialog.get_by_role("button", name=re.compile("to second")).click()
        page.get_by_text("to “second”").wait_for()
        assert len(explorer.open_workspace(two.path).subset("second").ids) >= 50
