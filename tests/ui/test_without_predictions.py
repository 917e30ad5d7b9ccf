"""What the pages say where labels, predictions or both are missing: they promise nothing that cannot be shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.data.spaces import predictions_of
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource, Source

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
PAGES = ["map.py", "subsets.py", "grow.py", "loop.py", "evaluate.py", "dataset.py"]


@pytest.fixture
def labels_only(source: Source, tmp_path: Path) -> Workspace:
    """Sixty images, three of them under another class than all that look like them."""
    table = pd.read_csv(source.table)[["image", "label", "camera"]]
    table.loc[[0, 25, 50], "label"] = ["sky", "apple", "leaf"]
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(tmp_path / "labels.csv", index=False)
    np.save(tmp_path / "v.npy", np.stack(pd.read_parquet(source.vectors)["vector"].tolist()))
    return explorer.build(tmp_path / "labels.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")


@pytest.fixture
def boxes_without_truth(box_source: BoxSource, tmp_path: Path) -> Workspace:
    """Detections on images of which nobody says what is on them."""
    truth = json.loads(box_source.truth.read_text("utf-8"))
    for image in truth["images"]:
        image["file_name"] = str(box_source.truth.parent / image["file_name"])
    (tmp_path / "truth.json").write_text(json.dumps({**truth, "annotations": []}), "utf-8")
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(12, 8)))
    return explorer.build(
        tmp_path / "truth.json", tmp_path / "ws", predictions=box_source.predictions, vectors=tmp_path / "v.npy"
    )


def _at(workspace: Workspace, page: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    app = app if page == "map.py" else app.switch_page(page).run()
    assert [error.message for error in app.exception] == []
    return app


def _said(app: AppTest) -> str:
    return "\n".join(str(one.value) for kind in ("markdown", "caption", "info") for one in getattr(app, kind))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(
    page: str, labels_only: Workspace, boxes_without_truth: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for workspace in (labels_only, boxes_without_truth):
        _at(workspace, page, monkeypatch)


def test_labels_without_predictions_point_to_labels_that_neighbours_disagree_with(
    labels_only: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _at(labels_only, "map.py", monkeypatch)
    assert app.session_state["colour"] == "label_disagreement"
    said = _said(app)
    assert "Neighbours disagree with the label" in said
    assert "how well the model does" not in said


def test_the_evaluate_page_leads_to_them(labels_only: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _at(labels_only, "evaluate.py", monkeypatch)
    assert "of **3 images** most of the nearest ones are called something else" in _said(app)
    (button,) = [button for button in app.button if button.label == "Show the 3 on the map"]
    button.click().run()
    assert app.session_state["colour"] == "label_disagreement"
    assert app.session_state["history"][-1][0].rows == (0, 25, 50)


def test_without_labels_no_detection_is_right_or_wrong(
    boxes_without_truth: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows: what a model detected is no false alarm, and the model is not correct in 0% of it."""
    view = View(boxes_without_truth)
    assert view.judged("v1", view.images.at) == []
    for points in (view.images, view.points(predictions_of("v1"))):
        assert not points.right_and_known("v1")[1].any()
        assert not {"v1.outcome", "v1.fp"} & points.colourings("v1", view.models).keys()
    said = _said(_at(boxes_without_truth, "map.py", monkeypatch))
    assert "is correct" not in said
    assert "No labels yet" in said
    assert "No labels to compare with yet. Add annotations" in _said(
        _at(boxes_without_truth, "evaluate.py", monkeypatch)
    )
