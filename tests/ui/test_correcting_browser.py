"""Correcting boxes in real Chromium: drawn, moved, renamed and deleted, by mouse and by keys, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from explorer.actions.correct import boxes_now, redraw
from explorer.actions.evaluate import evaluate
from explorer.data.corrections import LabelledBox, new_box_id
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

ROW, IMAGE = 3, "03.png"
"""A cell at (4, 4) of 32 x 32 and a dot at (56, 20) of 24 x 24, both found by either model."""


def _settled(page: Page) -> None:
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_timeout(500)
    page.wait_for_selector('[data-test-script-state="notRunning"]')


def _large(page: Page) -> Locator:
    """Show the one image of the subset large, and correct its boxes."""
    page.goto(urljoin(page.url, "/grow"))
    page.get_by_role("radio", name="Images").or_(page.get_by_role("button", name="Images")).first.click()
    _settled(page)
    page.locator(f".eg-item[data-row='{ROW}']").first.click()
    page.locator("[role=dialog] .ev-viewer[data-ready=true]").wait_for()
    _settled(page)
    page.keyboard.press("b")
    page.locator(".ev-editing").wait_for()
    _settled(page)
    return page.get_by_role("dialog")


def _pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    px, py = page.evaluate("([x, y]) => document.querySelector('[role=dialog] .ev-viewer').edgecasePixel(x, y)", [x, y])
    return px, py


def _hold(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one place of the image to another, and do not let go yet."""
    page.mouse.move(*_pixel(page, *start))
    page.mouse.down()
    page.mouse.move(*_pixel(page, *end), steps=6)


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one place of the image to another."""
    _hold(page, start, end)
    page.mouse.up()
    _settled(page)


def _boxes(workspace: Workspace) -> list[tuple[str, list[int]]]:
    """What the image has by now, to whole pixels."""
    return [(box.label, [round(side) for side in box.box]) for box in boxes_now(workspace, IMAGE)]


CELL, DOT = ("cell", [4, 4, 32, 32]), ("dot", [56, 20, 24, 24])


def test_boxes_are_corrected_by_mouse_and_keys(boxes_workspace: Workspace, visit: Visit) -> None:
    workspace = boxes_workspace
    workspace.decisions.create_subset("here", author="Ada", members=[Member(IMAGE, "lasso")])
    missed = evaluate(workspace, "v1")["v1"]["fn"]
    with visit(workspace) as page:
        dialog = _large(page)
        assert _boxes(workspace) == [CELL, DOT]

        page.keyboard.press("d")
        _drag(page, (40, 40), (52, 60))
        assert _boxes(workspace) == [CELL, DOT, ("dot", [40, 40, 12, 20])], "called as the one before it"
        page.keyboard.press("c")
        page.keyboard.type("speck")
        page.keyboard.press("Enter")
        _settled(page)
        assert _boxes(workspace)[2] == ("speck", [40, 40, 12, 20]), "a class that nothing had"

        _drag(page, (46, 50), (50, 45))
        assert _boxes(workspace)[2] == ("speck", [44, 35, 12, 20])
        _drag(page, (56, 55), (60, 63))
        assert _boxes(workspace)[2] == ("speck", [44, 35, 16, 28]), "by its corner"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowUp")
        page.wait_for_timeout(700)
        _settled(page)
        assert _boxes(workspace)[2] == ("speck", [43, 25, 16, 28])
        assert "Image" in dialog.inner_text(), "the arrows did not turn to another image"

        page.keyboard.press("Control+z")
        _settled(page)
        assert _boxes(workspace)[2] == ("speck", [44, 35, 16, 28])

        page.mouse.click(*_pixel(page, 10, 10))
        page.keyboard.press("Delete")
        _settled(page)
        assert _boxes(workspace) == [DOT, ("speck", [44, 35, 16, 28])]

        page.reload()
        _settled(page)
        _large(page)
        names = page.locator(".ev-name-of").all_text_contents()
        assert names == ["dot", "speck"], "after the page was loaded anew"
        page.keyboard.press("Escape")

        page.goto(urljoin(page.url, "/evaluate"))
        page.get_by_text("Corrected labels", exact=True).click()
        page.get_by_text("Judged by corrected labels: 2 corrected").wait_for()
    now = evaluate_corrected(workspace)
    assert now["fn"] == missed + 1, "the speck that nothing found; the cell that is none is a false alarm"
    assert now["fp"] == evaluate(workspace, "v1")["v1"]["fp"] + 1


def test_boxes_that_somebody_else_draws_on_the_same_image_stay(boxes_workspace: Workspace, visit: Visit) -> None:
    workspace = boxes_workspace
    workspace.decisions.create_subset("here", author="Ada", members=[Member(IMAGE, "lasso")])
    with visit(workspace) as page:
        _large(page)
        cell, dot = boxes_now(workspace, IMAGE)
        speck = LabelledBox(new_box_id(), "speck", 40, 44, 10, 10)
        redraw(workspace, IMAGE, [cell._replace(label="dot"), dot, speck], author="Bob")
        _drag(page, (68, 32), (70, 34))
        moved = ("dot", [58, 22, 24, 24])
        assert _boxes(workspace) == [("dot", [4, 4, 32, 32]), moved, ("speck", [40, 44, 10, 10])]
        page.keyboard.press("Delete")
        _settled(page)
        assert _boxes(workspace) == [("dot", [4, 4, 32, 32]), ("speck", [40, 44, 10, 10])]
        assert page.locator(".ev-name-of").all_text_contents() == ["dot", "speck"], "what the other drew is seen"


def test_what_is_done_while_an_earlier_box_is_saved_is_kept(boxes_workspace: Workspace, visit: Visit) -> None:
    """A box that is being drawn, and one that is moved by keys, when the page comes back with what was saved before."""
    workspace = boxes_workspace
    workspace.decisions.create_subset("here", author="Ada", members=[Member(IMAGE, "lasso")])
    with visit(workspace) as page:
        _large(page)
        page.keyboard.press("d")
        _hold(page, (40, 40), (48, 46))
        with workspace.decisions.writing():  # so the save waits until the next box is begun
            page.mouse.up()
            page.keyboard.press("d")
            _hold(page, (82, 40), (90, 50))
        _settled(page)
        assert _boxes(workspace) == [CELL, DOT, ("dot", [40, 40, 8, 6])]
        page.mouse.move(*_pixel(page, 92, 60))
        with workspace.decisions.writing():
            page.mouse.up()
            page.keyboard.press("Shift+ArrowLeft")
        for _ in range(11):
            page.wait_for_timeout(200)  # less than after which a nudge is told, all of them more than a save takes
            page.keyboard.press("Shift+ArrowLeft")
        page.wait_for_timeout(700)
        _settled(page)
        assert _boxes(workspace) == [CELL, DOT, ("dot", [40, 40, 8, 6]), ("dot", [0, 40, 10, 20])]
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Control+z")
        _settled(page)
        assert _boxes(workspace)[3] == ("dot", [0, 40, 10, 20]), "the nudge alone is taken back"
        assert page.locator(".ev-editor .ev-line").count() == 4


def evaluate_corrected(workspace: Workspace) -> dict[str, int]:
    from explorer.actions.judged_by import judged_by

    figures: dict[str, int] = evaluate(judged_by(workspace, "corrected"), "v1")["v1"]
    return figures
