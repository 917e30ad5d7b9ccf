"""Confusion, segments and thresholds of the Evaluate page, run by Streamlit itself without a browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.analyze import analyze
from explorer.evaluation.confusion import FALSE_ALARM, MISSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the Evaluate page of a workspace at a tab, with some of the session's state set beforehand."""

    def at(workspace: Workspace, tab: str, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=120)
        for key, value in {"evaluate tab": tab, **state}.items():
            app.session_state[key] = value
        app.run()
        return _fine(app.switch_page("evaluate.py").run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def _pairs(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value


def _with(key: str, cell: tuple[str, str]) -> dict[str, Any]:
    return {key: cell}


def test_confusions_of_labels_are_listed_and_lead_to_their_images(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "Confusion", **_with("evaluate cell", ("apple", "sky")))
    pairs = _pairs(app)
    assert pairs.iloc[0].tolist() == ["apple", "sky", 2, pytest.approx(0.1)]
    assert "labelled apple, predicted sky" in _said(app)
    assert "2 images" in _said(app)
    app = _fine(app.button(key="evaluate cell map").click().run())
    (stroke,) = app.session_state["history"][-1]
    frame = workspace.samples
    expected = np.flatnonzero((frame["label"] == "apple") & (frame["v1.prediction"] == "sky"))
    assert (stroke.space, sorted(stroke.rows)) == ("image", expected.tolist())


def test_what_one_model_confuses_more_than_another_is_a_difference(opened: Opener, workspace: Workspace) -> None:
    """V2 has one wrong of the two that v1 takes for sky."""
    state = {"evaluate less": "v2", "evaluate cell": ("apple", "sky")}
    app = opened(workspace, "Confusion", **state)
    assert "How many more of v1 than of v2" in _said(app)
    assert "1 by v1 alone, 0 by v2 alone" in _said(app)
    assert _pairs(app)["More"].tolist() == [1]


@pytest.mark.parametrize(
    ("confidence", "cell", "ids", "space"),
    [
        (0.0, ("cell", MISSED), ["gt:3"], "label"),
        (0.0, (FALSE_ALARM, "dot"), None, "prediction/v1"),
        (0.95, ("dot", MISSED), "all", "label"),
    ],
)
def test_missed_boxes_and_false_alarms_have_their_row_and_column(
    confidence: float, cell: tuple[str, str], ids: Any, space: str, opened: Opener, boxes_workspace: Workspace
) -> None:
    state = {"confidence": confidence, "follows": None, "evaluate cell": cell}
    app = opened(boxes_workspace, "Confusion", **state)
    assert "The last column is what was missed, the last row what is not there." in _said(app)
    app = _fine(app.button(key="evaluate cell map").click().run())
    (stroke,) = app.session_state["history"][-1]
    assert stroke.space == space
    if ids == "all":
        assert len(stroke.rows) == (boxes_workspace.objects("label")["label"] == "dot").sum()
    elif ids:
        assert [boxes_workspace.objects("label").index[row] for row in stroke.rows] == ids
    else:
        assert len(stroke.rows) == 2, "the dot badly placed, and the one where nothing is"


def test_the_matrix_of_boxes_follows_the_threshold(opened: Opener, boxes_workspace: Workspace) -> None:
    app = opened(boxes_workspace, "Confusion", confidence=0.0, follows=None)
    alarms = _pairs(app).set_index(["Labelled", "Predicted"])["How many"]
    assert alarms[FALSE_ALARM].to_dict() == {"dot": 2, "cell": 1}
    app = _fine(app.slider(key="confidence").set_value(0.85).run())
    alarms = _pairs(app).set_index(["Labelled", "Predicted"])["How many"]
    assert alarms[FALSE_ALARM].to_dict() == {"dot": 1}


def test_of_many_classes_those_with_the_most_errors_are_shown(opened: Opener, source: Source, tmp_path: Path) -> None:
    """Two hundred classes, of which three are confused: they are among the thirty, and all can be asked for."""
    table = pd.concat([pd.read_csv(source.table)[["image"]]] * 10, ignore_index=True)
    table["image"] = [str(source.images / image) for image in table["image"]]
    table["id"] = [f"{i}" for i in range(600)]
    table["label"] = [f"class {i % 200:03}" for i in range(600)]
    confused = {"class 150": "class 151", "class 180": "class 003"}
    table["v1.prediction"] = [confused.get(label, label) for label in table["label"]]
    table["v1.confidence"] = 0.9
    table.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(600, 8)))
    workspace = explorer.build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")
    app = opened(workspace, "Confusion")
    assert sorted(_pairs(app)["Labelled"]) == ["class 150", "class 180"]
    assert len(app.multiselect(key="evaluate classes").options) == 200
    app = _fine(app.checkbox(key="evaluate every class").check().run())
    assert sorted(_pairs(app)["Predicted"]) == ["class 003", "class 151"]
    app.checkbox(key="evaluate every class").uncheck()
    app = _fine(app.multiselect(key="evaluate classes").set_value(["class 150", "class 151", "class 004"]).run())
    assert _pairs(app)["Labelled"].tolist() == ["class 150"]


def test_segments_are_listed_with_what_they_are_measured_by(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "Segments", **{"evaluate by": "label", "evaluate against": "v2"})
    table = _pairs(app)
    assert table["Segment"].tolist() == ["Label apple", "Label leaf", "Label sky"]
    assert table["Correct"].tolist() == pytest.approx([0.9, 1.0, 1.0])
    assert table["difference"].tolist() == pytest.approx([0.05, 0, 0])
    assert "the dashed line is 96.7%, all together" in _said(app)
    assert "Diamonds are v2" in _said(app)


def test_two_columns_are_a_table(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "Segments", **{"evaluate by": "label", "evaluate also": "split"})
    assert "Red is worse, green better" in _said(app)
    assert len(app.dataframe) == 0


@pytest.mark.parametrize("metric", ["found", "f1", "fp_per_image", "fn_per_image", "AP"])
def test_boxes_have_every_measure(metric: str, opened: Opener, boxes_workspace: Workspace) -> None:
    app = opened(boxes_workspace, "Segments", **{"evaluate metric": metric, "evaluate by": "light"})
    table = _pairs(app)
    assert table["images"].sum() == 12
    assert set(table[""]) == {"too few to say"}


def test_ends_by_hand_that_are_none_are_said(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "Segments", **{"evaluate bins": "Ends by hand", "evaluate ends": "0.5"})
    app = app.text_input(key="evaluate ends").set_value("dark, light").run()
    assert ["Expected bins as" in error.value for error in app.error] == [True]


def test_a_detector_can_be_counted_from_its_best_threshold(opened: Opener, boxes_workspace: Workspace) -> None:
    """F1 is best without the false alarms below .9, and three misses at a hundred each and one false alarm cost 301."""
    app = opened(boxes_workspace, "Thresholds", **{"confidence": 0.5, "follows": None, "evaluate cost of miss": 100.0})
    assert "**Best F1** from **0.9** on" in _said(app)
    assert "cost 301" in _said(app)
    app = _fine(app.button(key="count from Best F1").click().run())
    assert app.session_state["confidence"] == 0.9
    table = _pairs(app)
    assert table["Class"].tolist() == ["cell", "dot"]


def test_labels_have_thresholds_where_there_is_a_confidence(
    opened: Opener, workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    assert "**Best F1** from" in _said(opened(workspace, "Thresholds"))
    table = pd.read_csv(source.table)[["image", "label", "v1.prediction"]]
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(len(table), 8)))
    bare = explorer.build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")
    assert "These predictions have no confidence" in _said(opened(bare, "Thresholds"))


def test_the_tab_is_kept_on_other_pages(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "Segments", **{"evaluate by": "label"})
    app = app.switch_page("map.py").run()
    app = _fine(app.switch_page("evaluate.py").run())
    assert app.session_state["evaluate tab"] == "Segments"
    assert _pairs(app)["Segment"].tolist() == ["Label apple", "Label leaf", "Label sky"]


def test_drivers_are_listed_the_one_that_matters_most_first(opened: Opener, demo: Workspace) -> None:
    app = opened(demo, "Drivers")
    table = app.dataframe[0].value
    rows = analyze(demo, ["drivers"], "v1")["drivers"]
    assert table["importance"].tolist() == [row["importance"] for row in rows]
    assert table["importance"].is_monotonic_decreasing
    assert table["signal"].iloc[0] == "Neighbours disagree with the label"
    assert "Importance is how much worse errors are foretold" in _said(app)
    assert "measure images" in [button.key for button in app.button]


def test_too_few_errors_to_tell_what_they_go_with(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "Drivers")
    assert not app.dataframe
    assert "It takes at least 10 errors and 10 right answers to tell what errors go with; there are 2 and 58." in _said(
        app
    )


def test_what_the_report_recommends_is_put_in_ones_own_words(opened: Opener, dusk_workspace: Workspace) -> None:
    """A dialog is drawn anew with each run of the page only where its opener is pressed again."""

    def report(label: str = "") -> AppTest:
        app.button(key="report").click()
        for button in app.button:
            if label and button.label == label:
                button.click()
        return _fine(app.run())

    def field() -> Any:
        return next(one for one in app.text_area if one.label == "Actions")

    app = opened(dusk_workspace, "Patterns", model="v1")
    report()
    assert field().value == "collect: Add images of this kind to training: 59 of 100 are wrong."
    field().set_value("Augment: Darken them.\n\ncollect: Ten at dusk.")
    report()
    report("Keep these")
    kept = ("augment: Darken them.", "collect: Ten at dusk.")
    assert dusk_workspace.categories.find("light").actions == kept
    report()
    assert field().value == "\n".join(kept)
    report("As drafted")
    assert dusk_workspace.categories.find("light").actions == ()
