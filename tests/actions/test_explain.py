"""A subset is explained against all other points of its space, in words where the model has a text side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.evaluate import best_confidence
from explorer.actions.explain import explain_subset, phrases_for
from explorer.data.spaces import LABELS
from explorer.data.subsets import Member
from explorer.data.thresholds import Thresholds
from explorer.errors import SubsetError
from explorer.points.image_table import counts_at
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.records import Float32
    from explorer.store.workspace import Workspace


def _subset(workspace: Workspace, name: str, ids: Sequence[str]) -> None:
    workspace.decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in ids])


def test_apples_are_told_from_the_rest(clip_workspace: Workspace) -> None:
    _subset(clip_workspace, "red", clip_workspace.ids[:15])
    found, points = explain_subset(clip_workspace, "red")
    assert found.size == 15
    assert (found.over_represented[0].column, found.over_represented[0].value) == ("label", "apple")
    assert found.over_represented[0].lift == pytest.approx(3)
    assert len(found.phrases) == 12
    assert {*points.space.ids_of(found.typical), *points.space.ids_of(found.extreme)} <= set(clip_workspace.ids[:15])


def test_boxes_are_explained_among_boxes(boxes_workspace: Workspace) -> None:
    dots = boxes_workspace.objects("label").query("label == 'dot'").index[:6].tolist()
    _subset(boxes_workspace, "dots", dots)
    found, points = explain_subset(boxes_workspace, "dots")
    assert (points.name, found.size) == (LABELS, 6)
    assert set(points.space.ids_of(found.typical)) == set(dots)


def test_images_are_explained_by_what_counts_where_the_app_opens(boxes_workspace: Workspace) -> None:
    """Of v1 the detection of .4 does not count there: the image that it is on has no false alarm."""
    _subset(boxes_workspace, "some", boxes_workspace.ids[:2])
    _, points = explain_subset(boxes_workspace, "some")
    confidence = best_confidence(boxes_workspace, "v1")
    assert confidence > 0.4
    assert points.at == Thresholds(confidence=confidence)
    counts = counts_at(boxes_workspace, Thresholds())["v1.fp"]
    assert (points.table.frame["v1.fp"].iat[1], counts.iat[1]) == (0, 1)


def test_own_vectors_have_no_words(workspace: Workspace) -> None:
    _subset(workspace, "red", workspace.ids[:5])
    assert explain_subset(workspace, "red").explanation.phrases == ()


def test_a_model_that_has_moved_leaves_the_figures(clip_folder: Path, clip_workspace: Workspace) -> None:
    _subset(clip_workspace, "red", clip_workspace.ids[:15])
    moved = clip_folder.rename(clip_folder.with_name("moved"))
    try:
        found = explain_subset(clip_workspace, "red").explanation
    finally:
        moved.rename(clip_folder)
    assert found.phrases == ()
    assert found.over_represented


def test_vectors_that_join_images_and_labels_are_not_described(clip_workspace: Workspace) -> None:
    """Their model is not even asked."""

    def encode(_: list[str]) -> Float32:
        raise AssertionError

    assert phrases_for(View(clip_workspace).points(LABELS), encode) is None


def test_what_cannot_be_explained_is_one_sentence(workspace: Workspace) -> None:
    _subset(workspace, "all", workspace.ids)
    _subset(workspace, "gone", ["gone.png"])
    with pytest.raises(SubsetError, match="“all” holds all there is"):
        explain_subset(workspace, "all")
    with pytest.raises(SubsetError, match="“gone” has no members in this build"):
        explain_subset(workspace, "gone")
