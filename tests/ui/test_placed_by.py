"""A map placed by two numbers: chosen beside it, drawn, selected on, and found again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.data.placement import Numbers
from explorer.points.opened_build import View
from explorer.points.placed import place
from explorer.subsets.selection import Stroke

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.conftest import Source
    from tests.ui.conftest import Visit

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
SURE = Numbers("v1.confidence", "neighbor_distance")
EARTH = Numbers("longitude", "latitude")


@pytest.fixture
def on_earth(source: Source, tmp_path: Path) -> Workspace:
    """Images from somewhere between Bergen and Oslo, one a day; of the first four nobody knows where."""
    folder = tmp_path / "seen"
    folder.mkdir()
    table = pd.read_csv(source.table)
    chance = np.random.default_rng(3)
    table["image"] = [str(source.images / name) for name in table["image"]]
    table["latitude"], table["longitude"] = chance.uniform(59, 61, len(table)), chance.uniform(5, 11, len(table))
    table.loc[:3, "latitude"] = None
    table["taken"] = pd.date_range("2024-11-20", periods=len(table)).strftime("%Y-%m-%d")
    table.to_csv(folder / "table.csv", index=False)
    vectors = pd.read_parquet(source.vectors).assign(id=table["image"])
    vectors.to_parquet(folder / "vectors.parquet")
    return explorer.build(folder / "table.csv", tmp_path / "ws", vectors=folder / "vectors.parquet")


def _open(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, **state: object) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    return _fine(app.run())


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    texts = [str(element.value) for kind in ("markdown", "caption") for element in getattr(app, kind)]
    return "\n".join(texts).replace("\\", "")


def _labels(app: AppTest) -> list[str]:
    return [box.label for box in app.selectbox]


def test_two_numbers_are_chosen_beside_the_map(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    app = _open(monkeypatch, workspace)
    assert app.session_state["placement"] == ""
    assert app.selectbox(key="placed_by").options == ["Similarity", "Two numbers"]
    _fine(app.selectbox(key="placed_by").set_value("two numbers").run())
    assert Numbers.parse(app.session_state["placement"])
    assert {"Confidence", "v2.confidence"} <= set(app.selectbox(key="placed_x").options)
    app.selectbox(key="placed_x").set_value(SURE.x).run()
    _fine(app.selectbox(key="placed_y").set_value(SURE.y).run())
    assert app.session_state["placement"] == str(SURE)
    _fine(app.selectbox(key="placed_by").set_value("similarity").run())
    assert app.session_state["placement"] == ""
    assert "From left to right" not in _labels(app)


def test_places_on_earth_are_offered_and_those_without_are_counted(
    monkeypatch: pytest.MonkeyPatch, on_earth: Workspace
) -> None:
    app = _open(monkeypatch, on_earth)
    _fine(app.selectbox(key="placed_by").set_value("latitude and longitude").run())
    assert app.session_state["placement"] == str(EARTH)
    assert "4 images without longitude or latitude: not drawn." in _said(app)
    assert "From left to right" not in _labels(app)
    _fine(app.selectbox(key="placed_by").set_value("two numbers").run())
    assert app.selectbox(key="placed_by").value == "two numbers"


def test_a_selection_by_numbers_holds_on_every_map(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    confidence = workspace.samples["v1.confidence"].to_numpy()
    middle = float(np.median(confidence))
    polygon = ((middle, -9.0), (9.0, -9.0), (9.0, 9.0), (middle, 9.0))
    stroke = Stroke("replace", "lasso", "image", str(SURE), polygon)
    wanted = int((confidence > middle).sum())
    for state in ({"placement": str(SURE)}, {"placement": ""}, {"placement": str(SURE), "space": "label"}):
        app = _open(monkeypatch, workspace, history=((), (stroke,)), **state)
        assert f"#### {wanted} selected" in _said(app)


def test_a_placement_that_these_points_do_not_have_is_the_map_of_what_they_are_like(
    monkeypatch: pytest.MonkeyPatch, boxes_workspace: Workspace
) -> None:
    app = _open(monkeypatch, boxes_workspace, placement=str(Numbers("area", "v1.confidence")))
    assert app.selectbox(key="placed_by").value == "similarity"
    app.session_state["space"] = "prediction"
    _fine(app.run())
    assert app.selectbox(key="placed_by").value == "two numbers"
    app.session_state["linked"] = True
    _fine(app.run())


@pytest.mark.browser
def test_a_lasso_selects_exactly_the_rows_whose_numbers_lie_in_it(workspace: Workspace, visit: Visit) -> None:
    """It stays when the page is loaded anew, when the map changes, and in what is decided."""
    view = View(workspace)
    placed = place(view.images.table, SURE)
    low, high = np.quantile(placed.drawn, 0.2, axis=0), np.quantile(placed.drawn, 0.8, axis=0)
    within = ((placed.drawn > low) & (placed.drawn < high)).all(axis=1)
    assert 5 < within.sum() < 40
    with visit(workspace) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        _choose(page, "Arranged by", "Two numbers")
        _choose(page, "From left to right", "Confidence")
        _choose(page, "From bottom to top", "Distance to neighbours (outliers)")
        page.wait_for_function(f"document.querySelector('.ec-scatter').dataset.layout === '{placed.layout_key}'")
        assert page.locator(".ec-axis-title").count() == 2
        assert len(page.locator(".ec-axes text").all_inner_texts()) > 6
        corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
        _lasso(page, [(float(x), float(y)) for x, y in corners])
        page.wait_for_function(f"document.querySelector('.ec-scatter').dataset.selected === '{within.sum()}'")
        page.reload()
        page.wait_for_function(f"document.querySelector('.ec-scatter')?.dataset.selected === '{within.sum()}'")
        assert page.locator(".ec-axis-title").count() == 2
        _choose(page, "Arranged by", "Similarity")
        page.wait_for_function("document.querySelector('.ec-scatter').dataset.layout.startsWith('space-')")
        assert page.locator(".ec-scatter").get_attribute("data-selected") == str(within.sum())
        assert page.locator(".ec-axis-title").count() == 0


@pytest.mark.browser
def test_an_axis_of_times_says_dates(on_earth: Workspace, visit: Visit) -> None:
    with visit(on_earth) as page:
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        _choose(page, "Arranged by", "Two numbers")
        _choose(page, "From left to right", "taken")
        _choose(page, "From bottom to top", "Confidence")
        titles = page.locator(".ec-axis-title").all_text_contents()
        assert "taken (2024-11-20 to 2025-01-18) →" in titles
        said = page.locator(".ec-axes text").all_text_contents()
        assert "2024-12-19" in said, "every second week since 1970"


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_selector(".ec-scatter[data-ready=true]")


def _lasso(page: Page, corners: list[tuple[float, float]]) -> None:
    to_pixel = "at => document.querySelector('.ec-scatter').edgecasePixel(...at)"
    pixels = [page.evaluate(to_pixel, list(corner)) for corner in [*corners, corners[0]]]
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for pixel in pixels[1:]:
        page.mouse.move(*pixel, steps=6)
    page.mouse.up()
