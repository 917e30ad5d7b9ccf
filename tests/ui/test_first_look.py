"""The list of where to look first, as Streamlit and as Chromium draw it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.analyze import analyze, findings_of
from explorer.data.findings import Finding
from explorer.data.placement import Numbers
from explorer.data.spaces import LABELS
from explorer.maps.regions import outline
from explorer.points.opened_build import View
from explorer.subsets.selection import Stroke, inside
from explorer.ui.map import first_look
from explorer.ui.server.routes import server
from explorer.ui.session import findings as found

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

BY_NUMBERS = Numbers("v1.confidence", "v2.confidence")
MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


def _opened(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **state: object) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert [error.message for error in app.exception] == []
    return app


def _listing() -> Any:
    """What the browser is told when it asks for the list that was drawn last."""
    later = server()._later
    name = next(key for key in reversed(later._entries) if str(key).startswith("findings-"))
    make = later.held(name)
    assert make
    return json.loads(make())


def _titles(app: AppTest) -> list[str]:
    return [str(one.value) for one in app.markdown]


def test_the_first_screen_lists_what_the_command_prints(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = analyze(demo, ["findings"])["findings"][: first_look.SHOWN]
    app = _opened(demo, monkeypatch)
    assert "##### Where to look first" in _titles(app)
    listed = _listing()["findings"]
    said = [(row["title"], row["sentence"].removeprefix(f"{row['title']}: ")) for row in printed]
    assert [(one["title"], one["text"]) for one in listed] == said
    assert len(listed) == 5


def test_a_strip_shows_the_surest_mistakes_and_an_outline_holds_the_place(
    demo: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _opened(demo, monkeypatch)
    samples, xy = demo.samples, np.asarray(demo.layout().xy)
    rows_of = analyze(demo, ["findings"])["findings"]
    printed = {row["sentence"]: row["ids"] for row in rows_of if row["kind"] == "segments"}
    places = [one for one in _listing()["findings"] if f"{one['title']}: {one['text']}" in printed]
    assert places
    for one in places:
        rows = [demo.rows[each] for each in printed[f"{one['title']}: {one['text']}"]]
        wrong = samples.iloc[rows].query("`v1.outcome` == 'wrong'").sort_values("v1.confidence", ascending=False)
        sure = samples["v1.confidence"].iloc[one["rows"]].tolist()
        assert sure == wrong["v1.confidence"].head(first_look.PICTURES).tolist()
        held = np.any([inside(xy, tuple(map(tuple, ring))) for ring in one["outline"]], axis=0)
        assert held[rows].mean() > 0.8


def test_where_two_numbers_place_the_points_the_outlines_lie_among_these(
    demo: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _opened(demo, monkeypatch, placement=str(BY_NUMBERS))
    view = View(demo)
    xy = view.placed(view.images, BY_NUMBERS).drawn
    rows_of = analyze(demo, ["findings"])["findings"]
    printed = {(row["title"], row["sentence"].removeprefix(f"{row['title']}: ")): row["ids"] for row in rows_of}
    for one in _listing()["findings"]:
        rows = [demo.rows[each] for each in printed[one["title"], one["text"]]]
        expected = outline(xy, np.array(rows))
        assert len(one["outline"]) == len(expected) > 0
        for ring, polygon in zip(one["outline"], expected, strict=True):
            np.testing.assert_allclose(ring, polygon, atol=1e-3)


def test_another_model_has_another_list(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _opened(demo, monkeypatch)
    first = _listing()
    _opened(demo, monkeypatch, model="v2")
    assert _listing() != first


def test_what_is_dismissed_makes_room_for_the_next(
    demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    _, second, *_ = findings_of(workspace, None, on_progress=lambda _: None)
    _opened(workspace, monkeypatch)
    before = _listing()["findings"]
    workspace.findings.dismiss(second.finding, second.key, "known", author="Ada", model=second.model)
    _opened(workspace, monkeypatch)
    after = _listing()["findings"]
    assert len(after) == first_look.SHOWN
    assert [one["title"] for one in after[:4]] == [one["title"] for one in before if one != before[1]]


def test_on_the_map_of_images_a_finding_of_boxes_lies_where_their_images_do(boxes_built: Workspace) -> None:
    view = View(boxes_built)
    boxes = view.points(LABELS)
    one = Finding(
        "segments",
        "cells",
        "cells: few found.",
        tuple(boxes.space.ids[:3]),
        {"rate": 0.5, "low": 0.4, "high": 0.6},
        0.1,
    )
    points = found.points_of(one, view, view.images)
    assert points.name == LABELS
    on = sorted({int(row) for row in boxes.space.sample_rows[:3]})
    assert found.among(one, points, view.images, view).tolist() == on


def test_nothing_is_listed_while_something_is_selected(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    history = ((), (Stroke("replace", "ids", "image", rows=(1, 2, 3)),))
    assert "##### Where to look first" not in _titles(_opened(demo, monkeypatch, history=history))


def test_where_all_are_dismissed_that_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    every = findings_of(workspace, None, on_progress=lambda _: None)
    for one in every:
        workspace.findings.dismiss(one.finding, one.key, "known", author="Ada", model=one.model)
    _opened(workspace, monkeypatch)
    listing = _listing()
    assert every
    assert listing["findings"] == []
    assert listing["nothing"] == "Every finding is dismissed: the Findings page lists them."


OUTLINE = "document.querySelector('.ec-outline').getAttribute('d')"


def _ready(page: Page) -> None:
    page.wait_for_selector('.ec-scatter[data-ready="true"]')
    page.wait_for_selector('.ef-findings[data-ready="true"]')
    page.wait_for_selector('[data-test-script-state="notRunning"]')


@pytest.mark.browser
def test_pointing_outlines_a_place_and_a_click_selects_exactly_its_images(demo: Workspace, visit: Visit) -> None:
    printed = analyze(demo, ["findings"])["findings"]
    place = min(range(first_look.SHOWN), key=lambda i: len(printed[i]["ids"]))  # all of it is on the gallery's page
    rows = sorted(demo.rows[each] for each in printed[place]["ids"])
    with visit(demo) as page:
        _ready(page)
        finding = page.locator(".ef-finding").nth(place)
        assert not page.evaluate(OUTLINE)
        finding.hover()
        page.wait_for_function(f"{OUTLINE}.startsWith('M')")
        page.mouse.move(2, 2)
        page.wait_for_function(f"!{OUTLINE}")
        finding.click()
        page.get_by_text(f"{len(rows):,} selected", exact=True).wait_for()
        page.wait_for_function(f"document.querySelectorAll('.eg-item').length === {len(rows)}")
        shown = page.evaluate("[...document.querySelectorAll('.eg-item')].map(tile => Number(tile.dataset.row))")
        assert sorted(shown) == rows
        page.wait_for_function(f"document.querySelector('.ec-scatter').dataset.selected === '{len(rows)}'")
        assert not page.evaluate(OUTLINE), "what is no longer listed is no longer outlined"


@pytest.mark.browser
def test_the_list_is_walked_and_chosen_from_by_keys(demo: Workspace, visit: Visit) -> None:
    count = len(analyze(demo, ["findings"])["findings"][1]["ids"])
    with visit(demo) as page:
        _ready(page)
        page.locator(".ef-finding").first.focus()
        first = page.evaluate(OUTLINE)
        page.keyboard.press("Tab")
        second = page.evaluate(OUTLINE)
        assert first.startswith("M")
        assert second not in ("", first)
        page.keyboard.press("Enter")
        page.get_by_text(f"{count:,} selected", exact=True).wait_for()
