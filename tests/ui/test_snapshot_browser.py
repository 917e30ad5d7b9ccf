"""A snapshot in real Chromium, from disk, with the network off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.snapshot import snapshot, snapshot_page
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from explorer.store.workspace import Workspace

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=document.title='hacked'>"


def _number(page: Page, name: str) -> int:
    return int(page.locator("canvas").get_attribute(f"data-{name}") or -1)


@pytest.mark.parametrize("name", ["page.html", "page/index.html"])
def test_it_opens_from_disk_and_shows_every_point(
    name: str, workspace: Workspace, browser: Browser, tmp_path: Path
) -> None:
    """The map, the names on it, the card of a point, a subset's images, and a colour of one's choice."""
    members = [Member(each, "lasso") for each in workspace.ids[:7]]
    workspace.decisions.create_subset(EVIL, author="Ada", members=members)
    snapshot(workspace, tmp_path / name.partition("/")[0])
    told = snapshot_page(workspace)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    failures, asked = [], []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto((tmp_path / name).as_uri())
    page.wait_for_selector('canvas[data-points="60"]')
    assert _number(page, "shown") == 60
    assert (page.locator("canvas").get_attribute("data-names") or "").split("|") == ["apple", "leaf", "sky"]
    corner = "() => { const { left, top } = canvas.getBoundingClientRect(); return [left, top]; }"
    left, top = page.evaluate(corner)
    label = page.evaluate("({ left: state.labels[1].left, top: state.labels[1].top })")
    page.mouse.click(left + label["left"] + 6, top + label["top"] + 6)
    page.wait_for_selector('canvas[data-chosen="20"]')
    page.get_by_label("Names of regions").uncheck()

    page.get_by_role("button", name=EVIL).click()
    page.wait_for_selector('canvas[data-chosen="7"]')
    assert page.locator(".gallery img").count() == 7
    drawn = "[...document.querySelectorAll('.gallery img')].every((image) => image.complete && image.naturalWidth > 0)"
    page.wait_for_function(drawn)

    page.get_by_role("combobox", name="Colour by").select_option("camera")
    page.get_by_role("button", name="left").click()
    right = int((workspace.samples["camera"] == "right").sum())
    page.wait_for_selector(f'canvas[data-shown="{right}"]')
    page.get_by_role("button", name="left").click()

    x, y = page.evaluate("pixel(x[3], y[3])")
    at = (left + x, top + y)
    page.mouse.move(*at)
    card = page.locator(".card")
    card.wait_for()
    row = int(card.get_attribute("data-row") or -1)
    assert told.ids[row] in card.inner_text()
    assert str(workspace.samples.loc[told.ids[row], "camera"]) in card.inner_text()
    page.mouse.click(*at)
    page.locator("dialog[open]").wait_for()
    assert str(workspace.samples.loc[told.ids[row], "label"]) in page.locator("dialog").inner_text()
    assert page.title() == "Fruit, a snapshot"
    assert {*asked} <= {"file", "data"}
    assert failures == []
    context.close()
