"""What a box's point says of it, and how a selection in one space is carried to the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import explorer
from explorer.data.filters import Between, OneOf
from explorer.data.spaces import IMAGES, LABELS, predictions_of
from explorer.data.thresholds import Thresholds
from explorer.points.box_table import box_table, matched
from explorer.points.opened_build import View
from explorer.signals.registry import titles
from explorer.store.workspace import Workspace
from explorer.subsets.selection import Stroke, inside

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.points.points import Points
    from tests.conftest import BoxSource

V1 = predictions_of("v1")


@pytest.fixture(scope="module")
def view(boxes_built: Workspace) -> View:
    return View(Workspace(boxes_built.path))


def _lasso(points: Points, *rows: int) -> tuple[tuple[Stroke, ...], list[int]]:
    """A lasso around the bounding box of rows on their map, and the rows that lie in it."""
    xy = points.space.xy[list(rows)]
    (x0, y0), (x1, y1) = (xy.min(axis=0) - 0.01).tolist(), (xy.max(axis=0) + 0.01).tolist()
    polygon = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    hit = np.flatnonzero(inside(points.space.xy, polygon)).tolist()
    return (Stroke("replace", "lasso", str(points.name), points.space.layout_key, polygon),), hit


def _picked(points: Points, *ids: str) -> tuple[Stroke, ...]:
    return (Stroke("replace", "thumbnail", str(points.name), rows=tuple(points.space.rows(ids))),)


def _ids(view: View, selection: tuple[Stroke, ...], points: Points) -> set[str]:
    return set(points.space.ids_of(np.flatnonzero(view.mask(selection, points))))


def test_an_object_says_what_became_of_it(boxes_built: Workspace) -> None:
    """Worked by hand from what `box_source` says of the two models."""
    frame = box_table(boxes_built, LABELS)
    assert len(frame) == 31
    known = frame.loc[["gt:1", "gt:2", "gt:3", "gt:5", "gt:31"]]
    assert known["v1.outcome"].tolist() == ["tp", "fn", "fn", "tp", "fn"]
    assert known["v1.error"].tolist() == [None, "localisation", "missed", None, "missed"]
    assert known["v2.outcome"].tolist() == ["tp", "tp", "tp", "fn", "fn"]
    assert known["v2.error"].tolist() == [None, None, None, "classification", "missed"]
    assert known["v1 → v2"].tolist() == ["still right", "fixed", "fixed", "regressed", "still wrong"]
    assert known["v1.confidence"].tolist() == pytest.approx([0.9, np.nan, np.nan, 0.9, np.nan], nan_ok=True)
    assert known["v1.iou"].tolist() == pytest.approx([1, np.nan, np.nan, 1, np.nan], nan_ok=True)


def test_a_box_says_its_shape_and_its_images_metadata(boxes_built: Workspace) -> None:
    frame = box_table(boxes_built, LABELS)
    shape = frame[["area", "size", "aspect", "edge", "boxes_in_image", "light"]].T.to_dict("list")
    assert shape["gt:1"] == [1024, "medium", 1, 4, 3, "night"]
    assert shape["gt:5"] == [576, "small", 1, 16, 2, "day"]
    assert shape["gt:31"] == [0, "small", 0, 10, 3, "day"]
    assert not {"filepath", "digest", "boxes", "v1.tp", "v1.fp", "v2.fn"} & set(frame)


@pytest.mark.parametrize("at", [Thresholds(), Thresholds(iou=0.9), Thresholds(confidence=0.85)])
def test_an_image_counts_what_became_of_its_boxes_at_the_thresholds(boxes_built: Workspace, at: Thresholds) -> None:
    """As the tables of its boxes say; on an image without any, nothing was missed and nothing was wrong."""
    frame = View(boxes_built).points(IMAGES, at).table.frame
    assert list(frame) == list(boxes_built.samples)
    for model in ("v1", "v2"):
        objects, detections = box_table(boxes_built, LABELS, at), box_table(boxes_built, predictions_of(model), at)
        for outcome, table in (("tp", objects), ("fn", objects), ("fp", detections)):
            of_it = table[table[f"{model}.outcome"] == outcome]
            expected = of_it.groupby("sample").size().reindex(frame.index, fill_value=0)
            assert frame[f"{model}.{outcome}"].tolist() == expected.tolist()
        flawless = (frame[f"{model}.fp"] + frame[f"{model}.fn"]) == 0
        assert ((frame[f"{model}.outcome"] == "correct") == flawless).all()


def test_a_detection_says_why_it_is_wrong_and_what_it_is_about(boxes_built: Workspace) -> None:
    frame = box_table(boxes_built, V1)
    known = frame.loc[["v1:0", "v1:1", "v1:2", "v1:3", "v1:30"]]
    assert known["v1.outcome"].tolist() == ["tp", "fp", "fp", "tp", "fp"]
    assert known["v1.error"].tolist() == [None, "duplicate", "localisation", None, "background"]
    assert known["truth"].fillna("nothing").tolist() == ["gt:1", "gt:1", "gt:2", "gt:4", "nothing"]
    assert known["v1.iou"].tolist() == pytest.approx([1, 30 / 34, 1 / 3, 1, 0])
    assert known["v1.confidence"].tolist() == [0.9, 0.8, 0.9, 0.9, 0.4]
    assert not [name for name in frame if str(name).startswith("v2.")]


def test_a_looser_iou_makes_a_bad_place_good_enough(boxes_built: Workspace) -> None:
    at = Thresholds(iou=0.3)
    assert box_table(boxes_built, V1, at).loc["v1:2", "v1.outcome"] == "tp"
    assert box_table(boxes_built, LABELS, at).loc["gt:2", "v1.outcome"] == "tp"


def test_detections_below_the_confidence_have_no_outcome(boxes_built: Workspace) -> None:
    frame = box_table(boxes_built, V1, Thresholds(confidence=0.85))
    assert frame["v1.outcome"].isna().tolist() == (frame["v1.confidence"] < 0.85).tolist()
    assert frame.loc[["v1:1", "v1:30"], "v1.outcome"].isna().all()
    assert frame.loc["v1:1", "v1.confidence"] == 0.8, "what the model said is still there"


def test_boxes_are_linked_through_the_object_they_are_about(boxes_built: Workspace) -> None:
    label, v1, v2 = (box_table(boxes_built, name) for name in (LABELS, V1, predictions_of("v2")))

    def carried(ids: list[str], source: str, target: str) -> set[str]:
        tables = {"label": label, "v1": v1, "v2": v2}
        mask = matched(tables[source].index.isin(ids), tables[source], tables[target])
        return set(tables[target].index[mask])

    assert carried(["gt:1"], "label", "v1") == {"v1:0", "v1:1"}
    assert carried(["gt:3"], "label", "v1") == set()
    assert carried(["v1:1", "v1:2"], "v1", "label") == {"gt:1", "gt:2"}
    assert carried(["v1:30"], "v1", "label") == set(), "what shows background is about nothing"
    assert carried(["v1:30"], "v1", "v2") == set(), "nor is it about what other such detections are about"
    assert carried(["v1:1"], "v1", "v2") == {"v2:0"}


def test_metadata_of_images_does_not_say_which_object_a_box_is(
    box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    """A field `truth` of an image is no id of an object, though a detection's is."""
    content = json.loads(box_source.truth.read_text())
    content["images"] = [{**image, "truth": "checked"} for image in content["images"]]
    truth = box_source.truth.with_name("checked.json")
    truth.write_text(json.dumps(content))
    made = explorer.build(truth, tmp_path / "ws", predictions=box_source.predictions, pretrained=str(clip_folder))
    label, v1 = box_table(made, LABELS), box_table(made, V1)
    assert set(v1.index[matched(label.index == "gt:1", label, v1)]) == {"v1:0", "v1:1"}


def test_images_are_carried_to_their_boxes_and_back(view: View, boxes_built: Workspace) -> None:
    """By a lasso on the map of images, and one on the map of labels."""
    images, labels = view.images, view.points(LABELS)
    truth = boxes_built.objects("label")
    drawn, hit = _lasso(images, 0, 1)
    assert 0 < len(hit) < 12
    wanted = set(truth.index[truth["sample"].isin(images.space.ids_of(hit))])
    assert _ids(view, drawn, images) == set(images.space.ids_of(hit))
    assert _ids(view, drawn, labels) == wanted
    drawn, hit = _lasso(labels, 5, 6)
    assert 0 < len(hit) < 31
    assert _ids(view, drawn, labels) == set(labels.space.ids_of(hit))
    assert _ids(view, drawn, images) == set(truth.iloc[hit]["sample"])


def test_a_lasso_around_detections_selects_what_they_are_about(view: View, boxes_built: Workspace) -> None:
    detections = view.points(predictions_of("v1"))
    table = box_table(boxes_built, V1)
    drawn, hit = _lasso(detections, 0, 1)
    assert 0 < len(hit) < 31
    assert _ids(view, drawn, view.points(LABELS)) == set(table.iloc[hit]["truth"].dropna())
    assert _ids(view, drawn, view.images) == set(table.iloc[hit]["sample"])


def test_a_false_alarm_belongs_to_its_image_but_to_no_object(view: View) -> None:
    picked = _picked(view.points(predictions_of("v1")), "v1:30")
    assert _ids(view, picked, view.images) == {"01.png"}
    assert _ids(view, picked, view.points(LABELS)) == set()
    assert _ids(view, picked, view.points(predictions_of("v2"))) == set()


def test_strokes_of_several_spaces_add_up(view: View) -> None:
    added = Stroke("add", "thumbnail", str(V1), rows=(0,))
    selection = (*_picked(view.images, "01.png"), added)
    assert _ids(view, selection, view.points(LABELS)) == {"gt:4", "gt:5", "gt:1"}
    assert _ids(view, selection, view.images) == {"00.png", "01.png"}


def test_a_selection_means_the_same_at_other_thresholds(view: View) -> None:
    """The rows stay; only what they are linked to may change, with the IoU."""
    picked = _picked(view.points(predictions_of("v1")), "v1:1", "v1:2")
    for at in (Thresholds(), Thresholds(0.3), Thresholds(0.9, 0.2)):
        assert _ids(view, picked, view.points(predictions_of("v1"), at)) == {"v1:1", "v1:2"}
        assert _ids(view, picked, view.points(LABELS, at)) == {"gt:1", "gt:2"}


def test_in_classification_every_space_has_the_same_rows(built: Workspace) -> None:
    view = View(built)
    drawn, hit = _lasso(view.points(LABELS), 0, 1, 2)
    assert hit
    for points in (view.images, view.points(LABELS), view.points(predictions_of("v2"))):
        assert np.flatnonzero(view.mask(drawn, points)).tolist() == hit


def test_hidden_points_cannot_be_lassoed(view: View) -> None:
    labels = view.points(LABELS)
    (stroke,), _ = _lasso(labels, *range(31))
    shown = Stroke("replace", "lasso", "label", stroke.layout, stroke.polygon, (OneOf("label", frozenset({"dot"})),))
    assert {labels.table.frame.loc[each, "label"] for each in _ids(view, (shown,), labels)} == {"dot"}


def test_filters_on_columns_that_these_points_lack_are_ignored(view: View) -> None:
    filters = (OneOf("size", frozenset({"medium"})), Between("v1.tp", 3))
    labels = view.points(LABELS)
    assert set(labels.table.frame["size"][view.visible(filters, labels)]) == {"medium"}
    shown = view.images.table.frame[view.visible(filters, view.images)]
    assert len(shown) == 5
    assert (shown["v1.tp"] >= 3).all()


def test_a_selection_of_an_earlier_build_selects_nothing(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    """Another margin lays the boxes out anew, and a model that left leaves no points."""
    before = View(boxes_workspace)
    on_labels, hit = _lasso(before.points(LABELS), 0, 1)
    on_detections, _ = _lasso(before.points(predictions_of("v2")), 0, 1)
    assert hit
    after = View(
        explorer.build(
            box_source.truth,
            boxes_workspace.path,
            predictions={"v1": box_source.v1},
            pretrained=str(clip_folder),
            margin=0.5,
        )
    )
    for points in (after.images, after.points(LABELS), after.points(predictions_of("v1"))):
        for drawn in (on_labels, on_detections):
            assert not after.mask(drawn, points).any()


def test_ids_find_the_space_they_are_from(view: View) -> None:
    assert [view.of_ids([each]).name for each in ("00.png", "gt:3", "v1:0", "v2:4", "gone")] == [
        IMAGES,
        LABELS,
        V1,
        predictions_of("v2"),
        IMAGES,
    ]


def test_a_picture_of_a_box_shows_it_with_a_margin(view: View) -> None:
    labels = view.points(LABELS)
    assert labels.crop(0) == pytest.approx((0.8, 0.8, 39.2, 39.2))
    assert view.images.crop(0) is None
    with pytest.raises(IndexError):
        labels.crop(31)


def test_a_box_has_the_signals_of_its_image_but_for_those_of_the_images_neighbours(boxes_built: Workspace) -> None:
    assert {"neighbor_distance", "neighbors_kept", "image.aspect", "objects.area"} <= set(boxes_built.samples)
    table = box_table(boxes_built, LABELS)
    assert {"image.aspect", "objects.area"} <= set(table)
    assert not set(titles("graph")) & set(table)


def test_a_threshold_copies_neither_coordinates_nor_ids_nor_vectors(view: View) -> None:
    """Nor what the boxes are: only how the models did is made anew."""
    before, after = (view.points(predictions_of("v1"), Thresholds(iou)) for iou in (0.5, 0.3))
    assert after.space is before.space
    assert after.space.ids is before.space.ids
    assert after.table["label"] is before.table["label"]
    assert after.table["area"] is before.table["area"]
    assert after.table["v1.outcome"] is not before.table["v1.outcome"]
    for column in ("x", "area", "edge"):
        assert np.shares_memory(after.table.frame[column].to_numpy(), before.table.frame[column].to_numpy())


def test_a_threshold_shares_what_images_are(view: View) -> None:
    before, after = (view.points(IMAGES, Thresholds(iou)) for iou in (0.5, 0.3))
    assert after.space is before.space
    assert after.table["boxes"] is before.table["boxes"]
    assert after.table["v1.fn"] is not before.table["v1.fn"]
