"""The regions of a build's maps, with their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.data.spaces import IMAGES, LABELS
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_classes_that_lie_apart_are_named_regions(built: Workspace) -> None:
    view = View(built)
    for space in (IMAGES, LABELS):
        found = view.regions(space)
        labels = view.samples.frame["label"].to_numpy()
        assert sorted((one.name, one.why) for one in found) == [
            ("apple", "100% apple"),
            ("leaf", "100% leaf"),
            ("sky", "100% sky"),
        ]
        assert all(set(labels[one.rows]) == {one.name} for one in found)


def test_they_are_found_once(built: Workspace) -> None:
    view = View(built)
    assert view.regions(IMAGES) is view.regions(IMAGES)


def test_a_map_of_too_few_points_has_none(boxes_built: Workspace) -> None:
    view = View(boxes_built)
    assert view.regions(IMAGES) == []
    assert {one.name for one in view.regions(LABELS)} <= {"cell", "dot", ""}


def test_points_without_a_map_have_none(boxes_built: Workspace) -> None:
    manifest = boxes_built.manifest
    only_images = replace(manifest, spaces={"image": manifest.spaces["image"]})
    view = View(type(boxes_built)(boxes_built.path, manifest=only_images))
    assert view.regions(LABELS) == []
