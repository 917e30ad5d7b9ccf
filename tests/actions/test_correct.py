"""Correcting and confirming labels of a real workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.correct import confirm, correct
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
