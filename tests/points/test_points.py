"""How much a model got right on points, of how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.data.spaces import IMAGES, LABELS, predictions_of
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_a_point_is_one_thing_to_get_right(built: Workspace) -> None:
    """`v1` calls two of the twenty apples sky, and is right on all else."""
    points = View(built).images
    right, of, _ = points.judged("v1")
    assert (right.sum(), of.sum()) == (58, 60)
    wrong = points.table.frame["label"][right < of]
    assert wrong.tolist() == ["apple", "apple"]
    assert points.judged(None)[1].sum() == 0


def test_an_image_with_boxes_is_as_many_things_as_there_are_objects_to_find(boxes_built: Workspace) -> None:
    """`v1` misses two in the first image and the dot without area in the last; three of its detections are false."""
    view = View(boxes_built)
    right, of, _ = view.points(IMAGES).judged("v1")
    assert of.sum() == 31
    assert (of - right).tolist() == [2, *[0] * 10, 1]
    right, of, _ = view.points(LABELS).judged("v1")
    assert (right.sum(), of.sum()) == (28, 31)
    right, of, _ = view.points(predictions_of("v1")).judged("v1")
    assert (right.sum(), of.sum()) == (28, 31)
