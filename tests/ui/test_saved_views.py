"""Saved views in the app: kept, listed, renamed, deleted, and opened by their link."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.correct import boxes_now, redraw
from explorer.actions.judged_by import judged_by
from explorer.data.corrections import CORRECTED, LabelledBox, new_box_id
from explorer.data.placement import Numbers
from explorer.data.spaces import LABELS
from explorer.points.arrange import Arrangement
from explorer.subsets.selection import Stroke
from explorer.ui.session.saved_views import PARTLY, UNREADABLE
from explorer.ui.session.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
ROWS = (0, 2, 4, 6)
BOX = {"map/x": [0.0, 1.0, 2.0, 3.0]}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a workspace on the map, in a session of its own."""

    def at(path: Path, address: dict[str, str] | None = None, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for name, asked in (address or {}).items():
            app.query_params[name] = asked
        for key, value in state.items():
            app.session_state[key] = value
        return _fine(app.run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def _looked_at(workspace: Workspace) -> dict[str, Any]:
    xy = workspace.layout("image").xy
    (x0, y0), (x1, y1) = xy[ROWS[:2], :].min(axis=0) - 1, xy[ROWS[:2], :].max(axis=0) + 1
    around = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    lasso = Stroke(
        "replace", "lasso", "image", workspace.layout_key("image"), tuple((float(x), float(y)) for x, y in around)
    )
    return {
        "author": "Ada",
        "model": "v2",
        "colour": "camera",
        "filter_columns": ["label", "weight"],
        "filter label": ["apple", "leaf"],
        "filter weight": (7.5, 12.0),
        "hidden": {"camera": frozenset({"left"})},
        "history": ((), (lasso, Stroke("add", "thumbnail", "image", rows=ROWS))),
        "search": Search("words", "image", (3, 5), (0.75, 0.5)),
        "saving": BOX,
    }


def _save(app: AppTest, name: str) -> str:
    next(one for one in app.text_input if one.key == "view_name").set_value(name)
    app.run()
    _fine(next(one for one in app.button if one.key == "save view").click().run())
    assert "Saved. This link opens it" in _said(app)
    return str(app.session_state["view"])


def test_a_link_opens_the_same_screen_in_a_new_session(opened: Opener, workspace: Workspace) -> None:
    seen = _looked_at(workspace)
    app = opened(workspace.path, **seen)
    key = _save(app, "Left apples")
    assert app.session_state["saving"] is not None
    other = opened(workspace.path, {"workspace": workspace.paths.key, "view": key}, author="Bob")
    for name in ("model", "colour", "filter_columns", "filter label", "hidden", "search"):
        assert other.session_state[name] == seen[name]
    assert tuple(other.session_state["filter weight"]) == (7.5, 12.0)
    assert other.session_state["zoom"][1] == BOX
    assert other.session_state["author"] == "Bob"
    before, after = (one.session_state["history"][-1] for one in (app, other))
    assert [(one.mode, one.origin, one.layout, one.polygon, one.rows) for one in after] == [
        (one.mode, one.origin, one.layout, one.polygon, one.rows) for one in before
    ]
    assert "view" not in other.query_params


def test_a_link_opens_the_boxes_of_corrected_labels_also_those_that_were_drawn(
    opened: Opener, boxes_workspace: Workspace
) -> None:
    drawn = LabelledBox(new_box_id(), "dot", 50, 2, 8, 9)
    cell, dot, _ = boxes_now(boxes_workspace, "00.png")
    redraw(boxes_workspace, "00.png", [cell, dot, drawn], author="Ada")
    ids = list(judged_by(boxes_workspace, CORRECTED).sample_ids(LABELS).index)
    path, rows = boxes_workspace.path, (ids.index("gt:2"), ids.index(drawn.id))
    app = opened(path, labels=CORRECTED, space="label", author="Ada")
    app.session_state["history"] = ((), (Stroke("replace", "thumbnail", "label", rows=rows),))
    app.session_state["saving"] = BOX
    key = _save(_fine(app.run()), "Drawn")
    other = opened(path, {"workspace": boxes_workspace.paths.key, "view": key})
    assert other.session_state["labels"] == CORRECTED
    assert other.session_state["history"][-1][0].rows == rows
    redraw(boxes_workspace, "00.png", [drawn], author="Ada")
    later = opened(path, {"workspace": boxes_workspace.paths.key, "view": key})
    assert later.session_state["history"][-1][0].rows == (0,), "of the two the drawn one is left, in the first row"
    assert any(PARTLY in toast.value for toast in later.toast)


def test_a_view_names_its_points_by_ids_and_finds_them_where_the_map_is_another(
    opened: Opener, workspace: Workspace
) -> None:
    """What was drawn around is what is selected, wherever a later layout has put it."""
    key = _save(opened(workspace.path, **_looked_at(workspace)), "Left apples")
    lasso, ticked = workspace.views.find(key).look["selection"]
    assert ticked["ids"] == [workspace.ids[row] for row in ROWS]
    assert "rows" not in lasso
    assert lasso["ids"]
    event = workspace.views.save(
        "Elsewhere",
        {
            **workspace.views.find(key).look,
            "search": None,
            "selection": [{**lasso, "layout": "gone"}, {**ticked, "ids": ["gone", *ticked["ids"]]}],
        },
        author="Ada",
    )
    other = opened(workspace.path, {"view": event.key})
    first, second = other.session_state["history"][-1]
    assert ([workspace.ids[row] for row in first.rows], first.polygon) == (lasso["ids"], ())
    assert second.rows == ROWS


def test_a_view_holds_after_a_build_of_other_rows(opened: Opener, source: Source, tmp_path: Path) -> None:
    """Ids find what rows no longer do, numbers are what they were, and what is gone is said."""
    shutil.copytree(source.images, tmp_path / "seen")
    files = tmp_path / "seen" / "table.csv", tmp_path / "ws"
    before = explorer.build(*files, vectors=source.vectors)
    numbers = Numbers("v1.confidence", "weight")
    polygon = ((0.0, 9.0), (0.8, 9.0), (0.8, 99.0), (0.0, 99.0))
    seen = {
        "placement": str(numbers),
        "open_tab": "table",
        "tabled": ["weight"],
        "map_layer": "density",
        "arrangements": {"selection": Arrangement("weight", descending=True)},
        "compared": (Stroke("replace", "thumbnail", "image", rows=(1, 8, 9)),),
        "history": ((), (Stroke("replace", "lasso", "image", str(numbers), polygon),)),
        "search": Search("the checked ones", "image", (9, 7), (0.75, 0.5), more=(10, 11), less=(12,)),
    }
    ids = before.ids
    key = _save(opened(before.path, **seen, saving=BOX, author="Ada"), "By numbers")
    pd.read_csv(files[0])[5:].to_csv(files[0], index=False)
    now = explorer.build(*files, vectors=source.vectors)
    app = opened(now.path, {"view": key})
    for name in ("placement", "open_tab", "tabled", "map_layer", "arrangements"):
        assert app.session_state[name] == seen[name]
    search = app.session_state["search"]
    kept = (app.session_state["compared"][0].rows, search.rows, search.more, search.less)
    found = [[now.ids[row] for row in rows] for rows in kept]
    assert found == [[ids[8], ids[9]], [ids[9], ids[7]], [ids[10], ids[11]], [ids[12]]]
    assert app.session_state["history"][-1][0].polygon == polygon
    assert [one.value for one in app.toast] == [PARTLY]


def test_a_view_follows_a_model_that_is_called_otherwise(opened: Opener, source: Source, tmp_path: Path) -> None:
    shutil.copytree(source.images, tmp_path / "seen")
    files = tmp_path / "seen" / "table.csv", tmp_path / "ws"
    path = explorer.build(*files, vectors=source.vectors).path
    picked = Stroke("replace", "thumbnail", "prediction/v2", rows=(3, 4))
    seen = {
        "model": "v2",
        "space": "prediction",
        "filter_columns": ["v2.prediction"],
        "saving": BOX,
        "author": "Ada",
        "filter v2.prediction": ["apple"],
        "history": ((), (picked,)),
        "search": Search("words", "prediction/v2", (5,), (0.5,)),
    }
    key = _save(opened(path, **seen), "Renamed")
    pd.read_csv(files[0]).rename(columns=lambda name: name.replace("v2.", "w2.")).to_csv(files[0], index=False)
    explorer.build(*files, vectors=source.vectors)
    app = opened(path, {"view": key})
    assert app.session_state["model"] == "w2"
    assert app.session_state["history"][-1] == (replace(picked, space="prediction/w2"),)
    assert app.session_state["search"].space == "prediction/w2"
    assert [one.value for one in app.toast] == []


def test_what_is_of_a_person_stays_theirs(opened: Opener, workspace: Workspace) -> None:
    key = _save(opened(workspace.path, **_looked_at(workspace)), "Left apples")
    kept = workspace.views.find(key).look
    assert {"author", "build", "view", "checks"}.isdisjoint({*kept, *kept["widgets"]})


def test_views_are_listed_opened_renamed_and_deleted(opened: Opener, workspace: Workspace) -> None:
    key = _save(opened(workspace.path, **_looked_at(workspace)), "Left apples")
    app = opened(workspace.path, author="Ada")
    _fine(app.button(key=f"open view {key}").click().run())
    assert app.session_state["colour"] == "camera"
    app.text_input(key=f"name of view {key}").set_value("Apples").run()
    _fine(app.button(key=f"rename view {key}").click().run())
    assert workspace.views.find(key).name == "Apples"
    _fine(app.button(key=f"delete view {key}").click().run())
    assert workspace.views.all() == []
    _fine(app.button(key="view Undo").click().run())
    assert [view.name for view in workspace.views.all()] == ["Apples"]


def test_opening_a_view_lifts_the_filters_that_it_does_not_have(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace.path, saving=BOX, author="Ada", colour="split")
    key = _save(app, "All")
    other = opened(workspace.path, **{"filter_columns": ["label"], "filter label": ["apple"]})
    _fine(other.button(key=f"open view {key}").click().run())
    assert other.session_state["filter_columns"] == []
    assert "filter label" not in other.session_state
    assert other.session_state["colour"] == "split"


def test_a_link_to_a_view_that_is_gone_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["view"] = "0" * 32
    app.run()
    assert [error.message for error in app.exception] == []
    (said,) = app.error
    assert said.value.startswith("There is no such view here")


@pytest.mark.parametrize(
    "damage",
    [
        {"selection": [{"mode": "replace"}]},
        {"search": {"title": "boots", "space": {}}},
        {"search": 5},
        {"zoom": 5},
        {"hidden": []},
        {"widgets": {"search_count": {}}},
        {"widgets": {"placement": 5}},
        {"widgets": {"filter_columns": [None]}},
        {"widgets": {"filter label": 5}},
    ],
)
def test_a_view_of_another_shape_is_said_and_not_opened(
    opened: Opener, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, damage: dict[str, Any]
) -> None:
    kept = workspace.views.find(_save(opened(workspace.path, **_looked_at(workspace)), "Left apples")).look
    event = workspace.views.save("Damaged", {**kept, **damage}, author="Ada")
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["view"] = event.key
    app.session_state["colour"] = "split"
    app.run()
    assert [error.message for error in app.exception] == []
    assert [error.value.replace("\\", "") for error in app.error] == [UNREADABLE]
    assert (app.session_state["colour"], app.session_state["view"]) == ("split", None)


def test_a_view_of_less_than_is_kept_now_opens(opened: Opener, workspace: Workspace) -> None:
    event = workspace.views.save("Old", {"widgets": {"colour": "camera", "author": "Eve", "of_later": 1}}, author="Ada")
    app = opened(workspace.path, {"view": event.key}, author="Bob")
    assert [app.session_state[name] for name in ("colour", "author", "view")] == ["camera", "Bob", event.key]
    assert "of_later" not in app.session_state


def test_a_filter_of_a_column_of_another_kind_is_forgotten(opened: Opener, workspace: Workspace) -> None:
    widgets = {"filter_columns": ["label", "weight"], "filter label": [1.0, 2.0], "filter weight": ["heavy"]}
    event = workspace.views.save("Other build", {"widgets": widgets}, author="Ada")
    app = opened(workspace.path, {"view": event.key})
    assert "60 of 60 points shown" in _said(app)
