"""Further layouts and encoders on the pages: chosen beside the map, heard by selecting, searching and growing."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions import jobs
from explorer.actions.analyze import analyze
from explorer.actions.embed_again import embed_again, remove_encoder
from explorer.actions.lay_out_again import lay_out_again
from explorer.data.spaces import SpaceName
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import from_json
from explorer.subsets.selection import Stroke
from explorer.ui.widgets import thumbnails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.testing.v1.element_tree import Button

    from explorer.points.points import Points
    from explorer.store.workspace import Workspace
    from tests.conftest import Source

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
WIDE, OTHER = SpaceName.parse("image?layout=wide"), SpaceName.parse("image?encoder=other")


@pytest.fixture
def layered(source: Source, workspace: Workspace, tmp_path: Path) -> Workspace:
    """With a further layout, and an encoder that sees numbers rather than classes; five images have no vector of it."""
    named = pd.read_parquet(source.vectors)["id"][5:]
    chance = np.random.default_rng(1)
    made = np.eye(20, 24)[[int(Path(each).stem) for each in named]] + chance.normal(0, 0.01, (len(named), 24))
    file = tmp_path / "other.parquet"
    pd.DataFrame({"id": named, "vector": list(made)}).to_parquet(file)
    return lay_out_again(embed_again(workspace, "other", vectors=file).workspace, "wide", min_dist=0.5, seed=1)


def _open(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, page: str = "map.py", **state: object) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    return _fine(app if page == "map.py" else app.switch_page(page).run())


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    return "\n".join(str(element.value) for kind in ("markdown", "caption") for element in getattr(app, kind))


def test_there_is_nothing_to_choose_where_there_is_one(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    assert not {"Vectors of", "Layout"} & {box.label for box in _open(monkeypatch, workspace).selectbox}


def _press(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label.startswith(label)).click()


def test_filters_saved_on_a_further_layout_ask_the_same_points(
    monkeypatch: pytest.MonkeyPatch, layered: Workspace
) -> None:
    """A rule does not name a map: it is read again, and asked, also once the map is gone."""
    app = _open(monkeypatch, layered, encoder="other", layout="wide", hidden={"label": frozenset({"sky"})})
    app.switch_page("subsets.py").run()
    _press(app, "Save filters").run()
    app.text_input(key="live_name").set_value("not the sky")
    _press(app, "Save filters").run()
    _press(app, "Save filters")  # AppTest runs whole pages, in which a dialog is open while its opener is pressed
    _press(app, "Save as a live subset").run()
    (made,) = explorer.open_workspace(layered.path).subsets()
    assert made.rule is not None
    assert from_json(made.rule).space == "image"
    _fine(app)


def test_a_selection_holds_on_every_layout_and_encoder(monkeypatch: pytest.MonkeyPatch, layered: Workspace) -> None:
    """Drawn on one, counted on all; each is drawn without an error, side by side too."""
    xy = layered.layout(WIDE).xy[:20]
    (x0, y0), (x1, y1) = xy.min(axis=0) - 0.01, xy.max(axis=0) + 0.01
    around = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    polygon = tuple((float(x), float(y)) for x, y in around)
    drawn = Stroke("replace", "lasso", str(WIDE), layered.layout_key(WIDE), polygon)
    app = _open(monkeypatch, layered, history=((), (drawn,)))
    said = next(line for line in _said(app).splitlines() if "selected" in line)
    for encoder, layout in (("", "wide"), ("other", "wide"), ("other", "")):
        app.selectbox(key="encoder").set_value(encoder)
        app.selectbox(key="layout").set_value(layout)
        assert said in _said(_fine(app.run()))
    app.session_state["linked"] = True
    _fine(app.run())


def test_growing_compares_the_encoder_that_is_looked_at(monkeypatch: pytest.MonkeyPatch, layered: Workspace) -> None:
    members = [Member(f"{label}/07.png", "lasso") for label in ("apple", "leaf")]
    layered.decisions.create_subset("sevens", author="Ada", members=members)
    proposed: dict[str, list[str]] = {}
    draw = thumbnails.of_rows

    def noted(rows: Sequence[int], points: Points, **options: Any) -> Any:
        if options["key"].startswith("candidates"):
            proposed[points.name.encoder] = points.space.ids_of(list(rows))
        return draw(rows, points, **options)

    monkeypatch.setattr(thumbnails, "of_rows", noted)
    for encoder in ("", "other"):
        _open(monkeypatch, layered, "grow.py", encoder=encoder)
    assert proposed["other"][0] == "sky/07.png"
    assert (len(proposed[""]), len(proposed["other"])) == (58, 53), "who has no vector of it is not proposed"
    assert "Searching by words or by a new image needs" in _said(_open(monkeypatch, layered, encoder="other"))


def test_what_was_taken_out_meanwhile_is_forgotten(monkeypatch: pytest.MonkeyPatch, layered: Workspace) -> None:
    app = _open(monkeypatch, layered, encoder="other", layout="wide", opened=(OTHER, 7, ()))
    remove_encoder(layered, "other")
    _fine(app.run())
    assert app.session_state["encoder"] == ""
    assert app.session_state["layout"] == "wide"
    assert [box.label for box in app.selectbox if box.label in ("Vectors of", "Layout")] == ["Layout"]


def test_whose_vectors_are_analysed_is_chosen_on_the_findings_page(
    monkeypatch: pytest.MonkeyPatch, layered: Workspace
) -> None:
    app = _open(monkeypatch, layered, "findings.py")
    first = layered.manifest.model["name"]
    assert f"By the vectors of {first}; of labels other judges too." in _said(app).replace("\\", "")
    app.button(key="how analysed").click().run()
    app.button(key="how analysed").click()
    app.multiselect(key="how encoders").set_value(["other"]).run()
    app.button(key="how analysed").click()
    app.button(key="analyse so").click().run()
    assert "By the vectors of other." in _said(_fine(app.run()))
    while jobs.is_running(layered.path):
        time.sleep(0.1)
    _fine(app.run())
    while jobs.is_running(layered.path):
        time.sleep(0.1)
    job = jobs.current(layered.path)
    assert job
    assert job.command[-1] == "--encoder=other"
    votes = analyze(layered, ["label_issues"], encoders=["other"])["label_issues"][0]["votes"]
    assert {"probe (other)", "neighbours (other)"} <= votes.keys()
    assert "probe" not in votes
