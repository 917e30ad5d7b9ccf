"""Boxes in real Chromium with a real mouse: three linked maps, and from a cell of the confusion matrix to the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.data import spaces
from explorer.points.box_table import box_table

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

IMAGES, LABELS, DETECTIONS = range(3)
"""The maps, left to right."""


def _settled(page: Page) -> None:
    """Wait until the page's script has run and nothing moves any more."""
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    place = "JSON.stringify([...document.querySelectorAll('.ec-stage')].map(e => e.getBoundingClientRect()))"
    before, now = "", page.evaluate(place)
    while before != now:
        page.wait_for_timeout(500)
        before, now = now, page.evaluate(place)


def _selected(page: Page) -> list[int]:
    """How many points each map marks."""
    script = "[...document.querySelectorAll('.ec-scatter')].map(map => Number(map.dataset.selected))"
    return [int(count) for count in page.evaluate(script)]


def _lasso(page: Page, number: int, xy: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
    """Draw a rectangle around points of one of the maps."""
    (x0, y0), (x1, y1) = (xy.min(axis=0) - 0.15).tolist(), (xy.max(axis=0) + 0.15).tolist()
    to_pixel = "([number, at]) => document.querySelectorAll('.ec-scatter')[number].edgecasePixel(...at)"
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0 + 0.02)]
    pixels = [page.evaluate(to_pixel, [number, corner]) for corner in corners]
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for pixel in pixels[1:]:
        page.mouse.move(*pixel, steps=6)
    page.mouse.up()


def test_a_lasso_around_detections_marks_their_objects_and_images(boxes_workspace: Workspace, visit: Visit) -> None:
    """Those that the box tables, read without the app, say belong to what was drawn around."""
    table = box_table(boxes_workspace, spaces.predictions_of("v1"))
    xy = np.asarray(boxes_workspace.layout("prediction", "v1").xy)
    around = np.argsort(np.hypot(*(xy - xy[2]).T))[:6]
    with visit(boxes_workspace) as page:
        page.get_by_text("All maps side by side").click()
        page.wait_for_function("document.querySelectorAll('.ec-scatter[data-ready=true]').length === 3")
        _settled(page)
        page.get_by_role("button", name="All detections, from 0").click()
        _settled(page)
        assert _selected(page) == [0, 0, 0]
        _lasso(page, DETECTIONS, xy[around])
        page.wait_for_function("Number(document.querySelectorAll('.ec-scatter')[0].dataset.selected) > 0")
        _settled(page)
        marked = _selected(page)
    (x0, y0), (x1, y1) = xy[around].min(axis=0) - 0.15, xy[around].max(axis=0) + 0.15
    hit = table[(xy[:, 0] > x0) & (xy[:, 0] < x1) & (xy[:, 1] > y0) & (xy[:, 1] < y1)]
    assert 6 <= len(hit) < len(table)
    assert marked == [hit["sample"].nunique(), hit["truth"].nunique(), len(hit)]


def test_a_page_that_is_loaded_anew_goes_on_where_it_was(workspace: Workspace, visit: Visit) -> None:
    """With its selection, its colour and the name of who decides; another visitor starts at the beginning."""
    with visit(workspace) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        _settled(page)
        page.get_by_role("textbox", name="Your name").fill("Grace")
        page.get_by_role("combobox", name="Colour by").click()
        page.get_by_role("option", name="Label", exact=True).click()
        page.locator(".ec-title", has_text="Label").wait_for()
        _settled(page)
        _lasso(page, IMAGES, np.asarray(workspace.layout().xy)[:20])
        page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) > 0")
        (before,) = _selected(page)
        page.reload()
        page.wait_for_function("Number(document.querySelector('.ec-scatter')?.dataset.selected) > 0")
        page.locator(".ec-title", has_text="Label").wait_for()
        assert _selected(page) == [before]
        assert page.get_by_role("textbox", name="Your name").input_value() == "Grace"
        assert page.context.browser
        other = page.context.browser.new_page()
        other.goto(page.url)
        other.wait_for_selector(".ec-scatter[data-ready=true]")
        _settled(other)
        assert _selected(other) == [0]


def test_what_was_chosen_since_is_not_overwritten_by_going_on(workspace: Workspace, visit: Visit) -> None:
    """On a page without a map nothing is taken up; what is chosen there holds when the map comes."""
    with visit(workspace) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        page.get_by_role("combobox", name="Colour by").click()
        page.get_by_role("option", name="Label", exact=True).click()
        page.locator(".ec-title", has_text="Label").wait_for()
        _settled(page)
        page.goto(f"{page.url}evaluate")
        page.get_by_role("radio", name="v2").click()
        _settled(page)
        page.get_by_role("link", name="Map").click()
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        _settled(page)
        assert page.get_by_role("radio", name="v2").is_checked()


def test_a_browser_that_keeps_nothing_shows_the_map(workspace: Workspace, visit: Visit) -> None:
    with visit(workspace) as page:
        page.add_init_script(
            "Object.defineProperty(window, 'sessionStorage',"
            " { get() { throw new DOMException('no', 'SecurityError'); } })"
        )
        page.reload()
        page.wait_for_selector(".ec-scatter[data-ready=true]")


def test_escape_clears_also_after_a_colour_was_chosen(workspace: Workspace, visit: Visit) -> None:
    """The list keeps the focus; while it is open, Escape closes it and nothing else."""
    with visit(workspace) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        _settled(page)
        _lasso(page, IMAGES, np.asarray(workspace.layout().xy)[:20])
        page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) > 0")
        _settled(page)
        colours = page.get_by_role("combobox", name="Colour by")
        colours.click()
        page.get_by_role("option", name="Label", exact=True).wait_for()
        page.keyboard.press("Escape")
        _settled(page)
        assert _selected(page) > [0]
        colours.click()
        page.get_by_role("option", name="Label", exact=True).click()
        page.locator(".ec-title", has_text="Label").wait_for()
        _settled(page)
        page.keyboard.press("Escape")
        page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) === 0")


def test_a_cell_of_the_confusion_matrix_leads_to_its_images_on_the_map(workspace: Workspace, visit: Visit) -> None:
    frame = workspace.samples
    rows = np.flatnonzero((frame["label"] == "apple") & (frame["v1.prediction"] == "sky"))
    wrong = len(rows)
    assert wrong == 2
    with visit(workspace) as page:
        page.get_by_role("link", name="Evaluate").click()
        page.get_by_role("radio", name="Confusion").click()
        matrix = page.locator(".stPlotlyChart").first
        predicted, labelled = matrix.locator("g.xtick", has_text="sky"), matrix.locator("g.ytick", has_text="apple")
        predicted.wait_for()
        _settled(page)
        across, down = predicted.bounding_box(), labelled.bounding_box()
        assert across
        assert down
        page.mouse.move(across["x"] + across["width"] / 2, down["y"] + down["height"] / 2, steps=4)
        page.mouse.down()
        page.mouse.up()
        page.get_by_text("labelled apple, predicted sky", exact=True).wait_for()
        page.locator(".eg-item").nth(wrong - 1).wait_for()
        page.get_by_role("button", name="Show on map").click()
        page.wait_for_function("Number(document.querySelector('.ec-scatter')?.dataset.selected) > 0")
        assert _selected(page) == [wrong]
        page.get_by_role("heading", name=f"{wrong} selected").wait_for()
        _settled(page)
        page.get_by_role("button", name="Names of regions").click()  # one may stand on the image
        to_pixel = "at => document.querySelector('.ec-scatter').edgecasePixel(...at)"
        page.mouse.click(*page.evaluate(to_pixel, workspace.layout().xy[rows[0]].tolist()))
        page.get_by_role("dialog").get_by_text("1 of 2").wait_for()
