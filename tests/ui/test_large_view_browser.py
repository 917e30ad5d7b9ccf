"""The large view in real Chromium: keys that decide, tag and light up, and that leave fields alone."""

from __future__ import annotations

import shutil
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from explorer import open_workspace
from explorer.actions.demo import sample_data
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

NAME = "odd ones"


@pytest.fixture
def copied(demo: Workspace, tmp_path: Path) -> Workspace:
    """The demo in a folder of its own, with a subset of three ankle boots."""
    workspace = open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    boots = workspace.samples.index[workspace.samples["label"] == "Ankle boot"][:3]
    workspace.decisions.create_subset(NAME, author="Ada", members=[Member(str(each), "lasso") for each in boots])
    return workspace


def _settled(page: Page) -> None:
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_timeout(500)
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def _open_first_candidate(page: Page) -> list[str]:
    """Open the best candidate large; gives the rows of all, in order."""
    page.goto(urljoin(page.url, "/grow"))
    page.get_by_role("button", name="Accept checked").first.wait_for()
    gallery = page.locator(".eg-gallery", has=page.locator(".eg-check"))
    gallery.locator(".eg-item").first.wait_for()
    _settled(page)
    rows: list[str] = gallery.locator(".eg-item").evaluate_all("tiles => tiles.map(tile => tile.dataset.row)")
    gallery.locator(".eg-item").first.click()
    page.locator("[role=dialog] .ev-viewer[data-ready=true]").wait_for()
    _settled(page)
    return rows


def _filter(page: Page) -> str:
    found: str = page.locator(".ev-image").evaluate("image => image.style.filter")
    return found


def test_keys_accept_reject_tag_and_light_up_and_are_letters_where_one_types(copied: Workspace, visit: Visit) -> None:
    with visit(copied) as page:
        first, second, *_ = [copied.ids[int(row)] for row in _open_first_candidate(page)]
        dialog = page.get_by_role("dialog")

        page.keyboard.press("?")
        keys = page.locator("dialog.ec-help")
        for what in ("Previous and next image", "Accept, and go on to the next one", "Tag this image"):
            keys.get_by_text(what, exact=True).wait_for()
        page.keyboard.press("a")
        _settled(page)
        assert len(copied.subset(NAME).ids) == 3, "the list of keys is open"
        page.keyboard.press("Escape")
        keys.wait_for(state="detached")

        page.keyboard.press("]")
        page.wait_for_function("document.querySelector('.ev-image').style.filter.startsWith('brightness(110%)')")
        page.get_by_label("Contrast").fill("150")
        page.keyboard.press("]")
        page.wait_for_function("document.querySelector('.ev-image').style.filter === 'brightness(120%) contrast(150%)'")

        page.keyboard.press("a")
        dialog.get_by_text(f"{NAME}: 4 members, 0 rejected").wait_for()
        assert first in copied.subset(NAME).ids
        page.wait_for_selector(".ev-viewer[data-ready=true]")
        assert _filter(page) == "brightness(120%) contrast(150%)", "as the last image was looked at"
        dialog.get_by_role("button", name="As it is").click()
        page.wait_for_function("document.querySelector('.ev-image').style.filter === ''")

        page.keyboard.press("t")
        field = dialog.get_by_label("Subset", exact=True)
        field.wait_for()
        page.wait_for_function("document.activeElement?.ariaLabel === 'Subset'")
        page.keyboard.type("rare art")
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Tag 1 image as a new subset").click()
        page.get_by_text("Tagged: 1 image").wait_for()
        assert copied.subset("rare art").ids == (second,)
        assert len(copied.subset(NAME).ids) == 4, "the letters of its name are no keys"
        assert second not in copied.subset(NAME).rejected

        dialog.get_by_text(f"{NAME}: 4 members, 0 rejected").wait_for()
        _settled(page)
        page.locator("[role=dialog] .ev-viewer[data-ready=true]").wait_for()
        page.keyboard.press("r")
        dialog.get_by_text(f"{NAME}: 4 members, 1 rejected").wait_for()
        assert second in copied.subset(NAME).rejected

        page.keyboard.press("ArrowLeft")
        dialog.get_by_text("Rejected already.").wait_for()
        page.keyboard.press("a")
        _settled(page)
        assert second in copied.subset(NAME).rejected, "what is decided is not decided again by a key"


GIVE = """([content, kind, size]) => {
  const bytes = size ? new Uint8Array(size) : Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "my coat.png", { type: "image/png" }));
  const stage = document.querySelector(".ec-stage");
  const options = { bubbles: true, cancelable: true };
  const dropped = (name) => new DragEvent(name, { ...options, dataTransfer: data });
  if (kind === "paste") stage.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
  else for (const name of ["dragover", "drop"]) stage.dispatchEvent(dropped(name));
}"""


def test_an_image_dropped_or_pasted_on_the_map_is_searched_for(copied: Workspace, visit: Visit) -> None:
    """It finds itself first; one that is larger than an upload may be is refused by the browser."""
    content = b64encode((sample_data() / "fashion" / "images" / "0007.png").read_bytes()).decode()
    with visit(copied) as page:
        for kind in ("drop", "paste"):
            page.wait_for_selector(".ec-scatter[data-ready=true]")
            _settled(page)
            page.evaluate(GIVE, [content, kind, 0])
            page.get_by_role("heading", name="50 most like my coat.png").wait_for()
            _settled(page)
            first = page.locator(".eg-item").first
            assert first.get_attribute("data-row") == "7"
            assert first.locator(".eg-score").text_content() == "1.00"
            assert page.locator(".ec-stage.ec-dropping").count() == 0
            page.get_by_role("button", name="Close search").click()
            page.get_by_role("heading", name="50 most like my coat.png").wait_for(state="detached")
        _settled(page)
        page.evaluate(GIVE, ["", "drop", 51 * 2**20])
        page.get_by_text("The image is larger than 50 MB").wait_for()
