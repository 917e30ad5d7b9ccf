"""The switch of the whole app: what every page says follows the labels that it is judged by."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.correct import boxes_now, correct, redraw
from explorer.actions.judged_by import judged_by
from explorer.data.corrections import LabelledBox, new_box_id
from explorer.data.spaces import IMAGES, LABELS
from explorer.subsets.selection import Stroke

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
SWAPPED = {"apple/00.png": "sky", "apple/10.png": "sky"}
"""What v1 calls sky, and v2 the first of them: of sixty images these are the only ones that either has wrong."""


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Opener:
    def go(workspace: Workspace, page: str = "map.py", **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        return _fine(app if page == "map.py" else app.switch_page(page).run())

    return go


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def _accuracy(app: AppTest) -> list[float]:
    return [float(value) for value in app.dataframe[0].value["accuracy"]]


def test_there_is_no_switch_before_somebody_corrects_a_label(workspace: Workspace, at: Opener) -> None:
    app = at(workspace, "evaluate.py")
    assert "Labels" not in [group.label for group in app.segmented_control]
    correct(workspace, {"apple/01.png": "apple"}, author="Ada")
    assert "Labels" not in [group.label for group in app.run().segmented_control], "a confirmed label is as it was"
    correct(workspace, SWAPPED, author="Ada")
    assert "2 corrected. “Corrected labels” judges by them." in _captions(_fine(app.run()))


def test_accuracy_follows_the_switch_and_each_correction(workspace: Workspace, at: Opener) -> None:
    correct(workspace, SWAPPED, author="Ada")
    app = at(workspace, "evaluate.py")
    assert _accuracy(app) == [round(58 / 60, 6), round(59 / 60, 6)]
    app.segmented_control(key="labels").set_value("corrected").run()
    assert "Judged by corrected labels: 2 corrected. “Given labels” goes back." in _captions(_fine(app))
    assert _accuracy(app) == [1.0, round(59 / 60, 6)]
    correct(workspace, {"apple/01.png": "leaf"}, author="Bob")
    assert _accuracy(_fine(app.run())) == [round(59 / 60, 6), round(58 / 60, 6)], "somebody else corrected one"
    workspace.corrections.undo("Bob")
    assert _accuracy(_fine(app.run())) == [1.0, round(59 / 60, 6)]
    app.segmented_control(key="labels").set_value("given").run()
    assert _accuracy(_fine(app)) == [round(58 / 60, 6), round(59 / 60, 6)]


def test_the_switch_stays_on_every_page_and_every_page_can_be_drawn(workspace: Workspace, at: Opener) -> None:
    correct(workspace, SWAPPED, author="Ada")
    app = at(workspace, labels="corrected")
    for page in ("findings.py", "subsets.py", "evaluate.py", "loop.py", "dataset.py", "map.py"):
        _fine(app.switch_page(page).run())
        assert "Judged by corrected labels: 2 corrected. “Given labels” goes back." in _captions(app), page
    _fine(app.switch_page("labels.py").run())
    assert (
        "This page goes by the labels as given: 2 corrected so far. Models are judged by corrected labels; “Given "
        "labels”, above Map and other pages, goes back." in _captions(app)
    )
    assert app.session_state["labels"] == "corrected"


def test_where_every_correction_is_undone_it_is_judged_as_given(workspace: Workspace, at: Opener) -> None:
    correct(workspace, SWAPPED, author="Ada")
    app = at(workspace, "evaluate.py", labels="corrected")
    workspace.corrections.undo("Ada")
    assert _accuracy(_fine(app.run())) == [round(58 / 60, 6), round(59 / 60, 6)]
    assert "Labels" not in [group.label for group in app.segmented_control]


def test_chosen_boxes_stay_chosen_whatever_boxes_come_and_go(boxes_workspace: Workspace, at: Opener) -> None:
    """Selected are the dot of `00.png` and the cell of `01.png`, by their rows: a box before the second one goes."""
    rows = boxes_workspace.sample_ids(LABELS).index.get_indexer(pd.Index(["gt:2", "gt:4"]))
    stroke = Stroke("replace", "thumbnail", "label", rows=tuple(rows.tolist()))
    cell, dot, _ = boxes_now(boxes_workspace, "00.png")
    redraw(boxes_workspace, "00.png", [cell, dot], author="Ada")
    app = at(boxes_workspace, space="label", history=((), (stroke,)))
    assert _selected(app) == {"gt:2", "gt:4"}
    app.segmented_control(key="labels").set_value("corrected").run()
    assert _selected(_fine(app)) == {"gt:2", "gt:4"}
    redraw(boxes_workspace, "00.png", [dot, LabelledBox(new_box_id(), "dot", 2, 40, 9, 9)], author="Ada")
    assert _selected(_fine(app.run())) == {"gt:2", "gt:4"}
    redraw(boxes_workspace, "00.png", [], author="Ada")
    assert _selected(_fine(app.run())) == {"gt:4"}


def test_of_a_box_that_is_gone_its_image_is_shown_large(boxes_workspace: Workspace, at: Opener) -> None:
    cell, dot, _ = boxes_now(boxes_workspace, "00.png")
    redraw(boxes_workspace, "00.png", [cell._replace(x=6), dot], author="Ada")
    rows = judged_by(boxes_workspace, "corrected").sample_ids(LABELS).index
    shown = (LABELS, list(rows).index("gt:2"), ())
    app = at(boxes_workspace, labels="corrected")
    app.session_state["opened"] = shown
    _fine(app.run())
    redraw(boxes_workspace, "00.png", [dot], author="Ada")
    _fine(app.run())
    assert app.session_state["opened"] == (LABELS, shown[1] - 1, ()), "the same dot, a row further up"
    redraw(boxes_workspace, "00.png", [], author="Ada")
    _fine(app.run())
    assert app.session_state["opened"] == (IMAGES, boxes_workspace.rows["00.png"], ())


def _selected(app: AppTest) -> set[str]:
    """Ids of the boxes that are selected, in the rows of the labels that the session judges by."""
    workspace = explorer.open_workspace(sys.argv[1])
    ids = judged_by(workspace, app.session_state["labels"]).sample_ids(LABELS).index
    return {ids[row] for stroke in app.session_state["history"][-1] for row in stroke.rows}
