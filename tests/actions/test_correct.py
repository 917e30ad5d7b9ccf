"""Correcting and confirming labels of a real workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from explorer.actions.correct import confirm, correct
from explorer.actions.exported_labels import labels_of
from explorer.data.corrections import CORRECTED, LabelledBox, new_box_id
from explorer.data.spaces import LABELS
from explorer.errors import CorrectionError

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_the_given_label_is_kept_beside_the_corrected_one(workspace: Workspace) -> None:
    correct(workspace, {"apple/00.png": "leaf", "leaf/00.png": "leaf"}, author="Ada")
    confirm(workspace, ["sky/00.png"], author="Ada", reason="blue")
    said = {each: (one.given, one.label, one.is_confirmed) for each, one in workspace.corrections.all().items()}
    assert said == {
        "apple/00.png": ("apple", "leaf", False),
        "leaf/00.png": ("leaf", "leaf", True),
        "sky/00.png": ("sky", "sky", True),
    }
    assert workspace.samples["label"]["apple/00.png"] == "apple"


def test_a_box_is_corrected_and_what_is_no_label_is_refused(boxes_workspace: Workspace) -> None:
    correct(boxes_workspace, {"gt:5": "cell"}, author="Ada")
    assert boxes_workspace.corrections.all()["gt:5"].given == "dot"
    with pytest.raises(CorrectionError, match=r"Expected ids of labelled boxes, found 1 others, such as '00\.png'"):
        confirm(boxes_workspace, ["gt:5", "00.png"], author="Ada")


def test_an_unknown_image_is_refused(workspace: Workspace) -> None:
    with pytest.raises(CorrectionError, match=r"Expected ids of images, found 1 others, such as 'x\.png'"):
        correct(workspace, {"x.png": "leaf"}, author="Ada")
    assert workspace.corrections.all() == {}


def test_corrected_boxes_are_what_an_export_has_as_labels(boxes_workspace: Workspace) -> None:
    given = boxes_workspace.objects(LABELS)
    own = given[given["sample"] == "00.png"]
    assert list(own.index) == ["gt:1", "gt:2", "gt:3"]
    boxes = [LabelledBox(str(row.Index), *row[2:7]) for row in own.itertuples()]
    drawn = LabelledBox(new_box_id(), "cell", 50, 2, 8, 9)
    kept = [boxes[0], boxes[1]._replace(width=20.0), drawn]
    boxes_workspace.corrections.draw({"00.png": kept}, {"00.png": boxes}, author="Ada")
    boxes_workspace.corrections.label({"gt:1": "dot"}, {"gt:1": "cell"}, author="Ada")
    corrected = labels_of(boxes_workspace, CORRECTED)
    now = corrected[corrected["sample"] == "00.png"]
    assert list(now["label"]) == ["dot", "dot", "cell"]
    assert list(now["area"]) == [32 * 32, 20 * 24, 8 * 9]
    assert list(now.index) == ["gt:1", "gt:2", drawn.id]
    others = given[given["sample"] != "00.png"]
    pd.testing.assert_frame_equal(corrected[corrected["sample"] != "00.png"], others, check_dtype=False)
