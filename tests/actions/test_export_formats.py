"""What is chosen is what is exported, with the labels asked for, and a build of an export has the same."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import explorer
from explorer.actions.correct import confirm, correct
from explorer.actions.export import Chosen, Options, chosen, export, preview, relabel_package, zipped
from explorer.data.boxes import BOX
from explorer.data.subsets import Member
from explorer.errors import ExportError, SubsetError
from explorer.exporters import FOLDERS, FORMATS
from explorer.readers import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.store.workspace import Workspace

ALL = Chosen(everything=True)


def _tag(workspace: Workspace, name: str, ids: Sequence[str]) -> None:
    workspace.decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in ids])


def test_several_subsets_are_exported_once_each_with_all_their_tags(workspace: Workspace) -> None:
    ids = workspace.ids
    _tag(workspace, "dark", ids[:3])
    _tag(workspace, "blurred", ids[2:5])
    package = relabel_package(workspace, chosen(workspace, ["dark", "blurred", "dark"]))
    assert list(package.table.index) == list(ids[:5])
    assert package.table["tags"].tolist() == ["dark", "dark", "blurred; dark", "blurred", "blurred"]
    assert [one["name"] for one in json.loads(package.manifest())["subsets"]] == ["dark", "blurred"]


@pytest.mark.parametrize("form", FORMATS)
def test_all_without_a_subset_is_the_cleaned_list_in_every_format(
    form: str, workspace: Workspace, tmp_path: Path
) -> None:
    _tag(workspace, "remove", workspace.ids[10:])
    place = tmp_path / ("out" if form in FOLDERS else f"out.{form}")
    done = export(workspace, chosen(workspace, [], everything=True, without=["remove"]), place, Options(form))
    assert (done.written.images, done.of) == (10, "images")
    manifest = json.loads(next(tmp_path.rglob("*manifest.json")).read_text("utf-8"))
    assert [image["id"] for image in manifest["images"]] == list(workspace.ids[:10])
    assert (manifest["all"], [one["name"] for one in manifest["without"]]) == (True, ["remove"])


def test_nothing_or_both_is_refused_and_so_are_images_with_boxes(boxes_workspace: Workspace) -> None:
    _tag(boxes_workspace, "images", boxes_workspace.ids[:2])
    _tag(boxes_workspace, "boxes", ["gt:1"])
    with pytest.raises(ExportError, match=r"Expected the names of subsets, or --all .*, found neither\."):
        chosen(boxes_workspace, [])
    with pytest.raises(ExportError, match=r"found both\."):
        chosen(boxes_workspace, ["images"], everything=True)
    with pytest.raises(SubsetError, match="one is of images, the other of boxes"):
        chosen(boxes_workspace, ["images", "boxes"])


def test_a_subset_of_boxes_takes_its_images_with_all_boxes_and_leaving_it_out_leaves_the_boxes_out(
    boxes_workspace: Workspace,
) -> None:
    """A labeler needs all of an image; boxes that are to be removed go, and their image stays."""
    _tag(boxes_workspace, "wrong", ["gt:1", "gt:4"])
    package = relabel_package(boxes_workspace, chosen(boxes_workspace, ["wrong"]))
    assert list(package.images.index) == ["00.png", "01.png"]
    assert list(package.truth.index) == ["gt:1", "gt:2", "gt:3", "gt:4", "gt:5"]
    assert package.tags == {"gt:1": ("wrong",), "gt:4": ("wrong",)}
    cleaned = relabel_package(boxes_workspace, chosen(boxes_workspace, [], everything=True, without=["wrong"]))
    assert len(cleaned.images) == 12
    assert len(cleaned.truth) == 31 - 2
    assert not cleaned.truth.index.isin(["gt:1", "gt:4"]).any()


def test_the_predictions_of_a_model_can_be_the_labels(built: Workspace, boxes_built: Workspace) -> None:
    package = relabel_package(built, ALL, Options(labels="v1"))
    assert package.table["label"].tolist() == built.samples["v1.prediction"].tolist()
    assert package.truth["label"].tolist() == built.samples["v1.prediction"].tolist()
    boxes = relabel_package(boxes_built, ALL, Options(labels="v1"))
    said = boxes_built.objects("prediction/v1")
    assert boxes.truth[list(BOX)].equals(said[list(BOX)])
    assert boxes.truth["area"].tolist() == (said["width"] * said["height"]).tolist()


def test_labels_of_a_model_that_there_is_not_are_refused(built: Workspace) -> None:
    with pytest.raises(ExportError, match=r"Expected given, corrected, v1, v2 as labels, found 'v9'\."):
        relabel_package(built, ALL, Options(labels="v9"))


def test_corrected_labels_are_what_people_said_and_the_manifest_says_who(workspace: Workspace) -> None:
    first, second = workspace.ids[:2]
    correct(workspace, {first: "pear"}, author="Ada", source="answers.csv")
    confirm(workspace, [second], author="Bob")
    given = workspace.samples["label"].tolist()
    package = relabel_package(workspace, ALL, Options(labels="corrected"))
    assert package.table["label"].tolist() == ["pear", *given[1:]]
    assert package.truth["label"].tolist() == ["pear", *given[1:]]
    assert package.classes == ("apple", "leaf", "pear", "sky")
    assert relabel_package(workspace, ALL).table["label"].tolist() == given
    said = json.loads(package.manifest())["label_decisions"]
    assert [(one["id"], one["given"], one["label"], one["source"], one["author"]) for one in said] == [
        (first, "apple", "pear", "answers.csv", "Ada"),
        (second, "apple", "apple", "review", "Bob"),
    ]
    assert [one["confirmed"] for one in said] == [False, True]


def test_corrected_boxes_have_their_new_class_in_every_table(boxes_workspace: Workspace) -> None:
    correct(boxes_workspace, {"gt:2": "cell"}, author="Ada")
    _tag(boxes_workspace, "boxes", ["gt:2"])
    package = relabel_package(boxes_workspace, chosen(boxes_workspace, ["boxes"]), Options(labels="corrected"))
    assert package.table["label"].tolist() == ["cell"]
    assert package.truth["label"].tolist() == ["cell", "cell", "cell"]
    assert boxes_workspace.objects("label").loc["gt:2", "label"] == "dot"


def test_predictions_go_along_of_the_models_that_are_asked_for(built: Workspace) -> None:
    assert list(relabel_package(built, ALL).predictions) == ["v1", "v2"]
    assert list(relabel_package(built, ALL, Options(models=("v2",))).predictions) == ["v2"]


def test_vectors_are_those_of_the_images(workspace: Workspace) -> None:
    _tag(workspace, "some", [workspace.ids[40], workspace.ids[3]])
    package = relabel_package(workspace, chosen(workspace, ["some"]))
    assert package.vectors().tolist() == workspace.embeddings().vectors[[40, 3]].tolist()


def test_vectors_are_those_of_the_boxes(boxes_workspace: Workspace) -> None:
    _tag(boxes_workspace, "boxes", ["gt:3", "gt:1"])
    boxes = relabel_package(boxes_workspace, chosen(boxes_workspace, ["boxes"]))
    assert boxes.vectors().tolist() == boxes_workspace.embeddings("label").vectors[[2, 0]].tolist()
    assert boxes.of(["00.png"]).vectors().shape == boxes.vectors().shape


def test_a_build_of_exported_boxes_has_the_same(boxes_workspace: Workspace, tmp_path: Path) -> None:
    """COCO keeps ids; YOLO is as exact as its nine figures."""
    given, said = boxes_workspace.objects("label"), boxes_workspace.objects("prediction/v1")
    coco = tmp_path / "coco"
    export(boxes_workspace, ALL, coco, Options("coco", media="copy"))
    found = read(coco / "instances.json", predictions=[("v1", coco / "results" / "v1.json")])
    assert list(found.samples.index) == list(boxes_workspace.ids)
    for theirs, ours in ((found.ground_truth, given), (found.predictions["v1"], said)):
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False, check_column_type=False, check_index_type=False)

    yolo = tmp_path / "yolo"
    export(boxes_workspace, ALL, yolo, Options("yolo", media="link"))
    found = read(yolo, predictions=[("v1", yolo / "predictions" / "v1")])
    assert [sample.removeprefix("images/train/") for sample in found.samples.index] == list(boxes_workspace.ids)
    said = said.sort_values("sample", kind="stable")
    for ours, theirs in ((given, found.ground_truth), (said, found.predictions["v1"])):
        assert theirs["label"].tolist() == ours["label"].tolist()
        pd.testing.assert_frame_equal(theirs[list(BOX)].reset_index(drop=True), ours[list(BOX)].reset_index(drop=True))


def test_a_build_of_exported_images_and_tables_has_the_same(workspace: Workspace, tmp_path: Path) -> None:
    labels = workspace.samples["label"]
    export(workspace, ALL, tmp_path / "images", Options("images"))
    found = read(tmp_path / "images" / "images")
    assert found.ground_truth["label"].to_dict() == labels.to_dict()
    export(workspace, ALL, tmp_path / "yolo", Options("yolo"))
    found = read(tmp_path / "yolo", predictions=[("v1", tmp_path / "yolo" / "predictions-v1.csv")])
    assert sorted(found.ground_truth["label"]) == sorted(labels)
    assert set(found.samples["split"]) == {"train", "test"}
    assert len(found.predictions["v1"]) == len(labels)
    for form in ("csv", "parquet"):
        file = tmp_path / f"out.{form}"
        export(workspace, ALL, file, Options(form))
        found = read(file)
        assert list(found.samples.index) == list(workspace.ids)
        assert found.ground_truth["label"].to_dict() == labels.to_dict()
        assert found.predictions["v1"]["label"].tolist() == workspace.samples["v1.prediction"].tolist()


def test_a_workspace_is_built_of_an_export(boxes_built: Workspace, clip_folder: Path, tmp_path: Path) -> None:
    export(boxes_built, ALL, tmp_path / "coco", Options("coco", media="copy"))
    made = explorer.build(tmp_path / "coco" / "instances.json", tmp_path / "again", pretrained=str(clip_folder))
    assert made.ids == boxes_built.ids
    assert made.samples["digest"].equals(boxes_built.samples["digest"])


@pytest.mark.parametrize("form", FORMATS)
def test_a_preview_begins_as_the_export_does(form: str, boxes_built: Workspace) -> None:
    shown = preview(boxes_built, ALL, Options(form))
    total = sum(len(boxes_built.objects(space)) for space in boxes_built.object_spaces)
    assert shown.counted == f"12 images with {total} boxes"
    if form in FOLDERS:
        assert "manifest.json" in list(shown.files)[-1]
        assert "00.png" in "".join(shown.files.values())
        assert "05.png" not in "".join(shown.files.values()), "it is of the first images alone"
    else:
        assert shown.rows is not None
        assert list(shown.rows.index) == ["00.png", "01.png", "02.png"]


def test_a_zip_holds_a_table_with_what_belongs_to_it(boxes_built: Workspace) -> None:
    data, done = zipped(boxes_built, ALL, Options("csv"))
    assert done.written.left_out == ()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["Boxes.boxes.csv", "Boxes.csv", "Boxes.manifest.json"]
