"""Labels that went out and come back: nothing changes by itself, what was corrected is taken over as one decision."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from explorer.actions.correct import boxes_now, correct, redraw
from explorer.actions.export import Chosen, Options, chosen, export
from explorer.actions.exported_labels import labels_of
from explorer.actions.import_labels import compare_labels, import_labels
from explorer.data.corrections import CORRECTED, RECEIVED, LabelledBox, new_box_id
from explorer.data.spaces import LABELS, predictions_of
from explorer.data.subsets import Member
from explorer.errors import CorrectionError, SourceError
from explorer.exporters import FOLDERS
from explorer.readers import read
from explorer.store.received.files import keep_file, received

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from explorer.actions.import_labels import LabelDiff
    from explorer.store.workspace import Workspace

ALL = Chosen(everything=True)
FORMATS = ("csv", "parquet", "images", "coco", "yolo", "label-studio", "cvat", "fiftyone")


def _exported(workspace: Workspace, folder: Path, form: str, **options: Any) -> Path:
    place = folder / ("out" if form in FOLDERS else f"out.{form}")
    export(workspace, ALL, place, Options(form, **options))
    return place


def _counts(found: LabelDiff) -> dict[str, int]:
    return {kind: count for kind, count in found.counts.items() if count}


@pytest.mark.parametrize("form", FORMATS)
def test_labels_that_come_back_as_they_went_out_change_nothing(form: str, workspace: Workspace, tmp_path: Path) -> None:
    found = compare_labels(workspace, _exported(workspace, tmp_path, form))
    assert _counts(found) == {"unchanged": 60}
    assert [one for one in found.skipped if "files are not images" not in one.reason] == []


@pytest.mark.parametrize("form", FORMATS)
def test_boxes_that_come_back_as_they_went_out_change_nothing(
    form: str, boxes_workspace: Workspace, tmp_path: Path
) -> None:
    found = compare_labels(boxes_workspace, _exported(boxes_workspace, tmp_path, form))
    assert (_counts(found), found.skipped) == ({"unchanged": 31}, [])


@pytest.mark.parametrize("form", FORMATS)
def test_of_a_subset_of_boxes_no_other_box_is_removed(form: str, boxes_workspace: Workspace, tmp_path: Path) -> None:
    """A label and a detection on the first image, which has three labels: these go along, and come back."""
    for name, box in (("labels", "gt:1"), ("detections", "v1:1")):
        members = [Member(box, "lasso")]
        boxes_workspace.decisions.create_subset(name, members=members, author="ada")
        place = tmp_path / (name if form in FOLDERS else f"{name}.{form}")
        export(boxes_workspace, chosen(boxes_workspace, [name]), place, Options(form))
        assert _counts(compare_labels(boxes_workspace, place)) == {"unchanged": 3}


@pytest.mark.parametrize("form", ["csv", "parquet", "images"])
def test_a_subset_of_boxes_is_built_from_as_its_image(form: str, boxes_workspace: Workspace, tmp_path: Path) -> None:
    """Two of the three boxes go out as rows; the image comes back once, with all three and what each model said."""
    members = [Member(each, "lasso") for each in ("gt:1", "gt:2")]
    boxes_workspace.decisions.create_subset("two", members=members, author="ada")
    place = tmp_path / "out" / ("two" if form in FOLDERS else f"two.{form}")
    place.parent.mkdir()
    export(
        boxes_workspace, chosen(boxes_workspace, ["two"]), place, Options(form, media="copy" if form in FOLDERS else "")
    )
    dataset = read(place)
    assert len(dataset.samples) == 1
    assert sorted(dataset.ground_truth.index) == ["gt:1", "gt:2", "gt:3"]
    image = boxes_workspace.objects(LABELS).loc["gt:1", "sample"]
    for model, said in dataset.predictions.items():
        of_image = boxes_workspace.objects(predictions_of(model))["sample"] == image
        assert sorted(said.index) == sorted(of_image.index[of_image])


def test_the_table_of_a_subset_of_boxes_says_nothing_of_other_boxes(boxes_workspace: Workspace, tmp_path: Path) -> None:
    """The table that a spreadsheet opens comes back alone; the one beside it says all that is on the images."""
    boxes_workspace.decisions.create_subset("one", members=[Member("gt:1", "lasso")], author="ada")
    export(boxes_workspace, chosen(boxes_workspace, ["one"]), tmp_path / "out.csv", Options("csv"))
    table = pd.read_csv(tmp_path / "out.csv")
    alone = tmp_path / "alone" / "out.csv"
    alone.parent.mkdir()
    table.assign(label="corrected").to_csv(alone, index=False)
    found = compare_labels(boxes_workspace, alone)
    assert [(change.kind, change.before and change.before.id) for change in found.changes] == [
        ("class changed", "gt:1")
    ]
    assert [one.reason for one in found.skipped] == [
        "its rows are the members of a subset: boxes that it does not name stay as they are"
    ]
    assert _counts(compare_labels(boxes_workspace, tmp_path / "out.boxes.csv")) == {"unchanged": 3}

    table.assign(label="corrected").to_csv(tmp_path / "out.csv", index=False)
    with pytest.raises(SourceError, match=r"found gt:1 of .* different. Bring back the one that was corrected without"):
        compare_labels(boxes_workspace, tmp_path / "out.csv")


def test_what_a_model_said_is_not_taken_for_labels(boxes_workspace: Workspace, tmp_path: Path) -> None:
    boxes_workspace.decisions.create_subset("alarms", members=[Member("v1:1", "lasso")], author="ada")
    export(boxes_workspace, chosen(boxes_workspace, ["alarms"]), tmp_path / "out.csv", Options("csv"))
    (tmp_path / "out.boxes.csv").unlink()
    with pytest.raises(SourceError, match=r"Expected labelled boxes in .*out.csv, found what v1 said"):
        compare_labels(boxes_workspace, tmp_path / "out.csv")


def test_a_class_that_nothing_else_is_of_and_an_image_without_a_box_are_doubted(
    boxes_workspace: Workspace, tmp_path: Path
) -> None:
    """A slip of the pen in one box; another image, whose answer got lost on the way."""
    file = _exported(boxes_workspace, tmp_path, "coco") / "instances.json"
    coco = json.loads(file.read_text("utf-8"))
    slip, lost = coco["annotations"][0]["image_id"], coco["annotations"][-1]["image_id"]
    assert slip != lost
    coco["annotations"] = [one for one in coco["annotations"] if one["image_id"] != lost]
    coco["categories"].append({"id": 99, "name": "cel"})
    coco["annotations"][0]["category_id"] = 99
    file.write_text(json.dumps(coco), "utf-8")
    found = compare_labels(boxes_workspace, file)
    assert found.doubts == [
        "No other label or prediction is of cel (1).",
        "1 image comes back with no box: all its boxes are removed.",
    ]


def test_a_file_of_other_images_is_doubted(boxes_workspace: Workspace, tmp_path: Path) -> None:
    file = _exported(boxes_workspace, tmp_path, "coco") / "instances.json"
    coco = json.loads(file.read_text("utf-8"))
    for number, image in enumerate(coco["images"]):
        image |= {
            "file_name": f"street/{number}.jpg",
            "edgecase": {"id": f"street/{number}", "digest": f"{number:064}"},
        }
    (tmp_path / "other.json").write_text(json.dumps(coco), "utf-8")
    found = compare_labels(boxes_workspace, tmp_path / "other.json")
    assert _counts(found) == {"image unmatched": 12}
    assert found.doubts == ["None of the 12 images in it is surely one of this workspace: is it of another one?"]


def test_corrected_tasks_are_one_decision_and_the_data_stay_as_they_came(workspace: Workspace, tmp_path: Path) -> None:
    """Of a subset of three: two are changed, one was skipped; images that are not in the file are not touched."""
    ids = ["apple/00.png", "leaf/00.png", "sky/00.png"]
    workspace.decisions.create_subset("odd", author="Ada", members=[Member(each, "lasso") for each in ids])
    export(workspace, chosen(workspace, ["odd"]), tmp_path / "out", Options("label-studio"))
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text("utf-8"))
    for task, label in zip(tasks, ["leaf", "größe 猫", "sky"], strict=True):
        (annotation,) = task["annotations"]
        annotation["result"][0]["value"] = {"choices": [label]}
        annotation |= {"completed_by": {"email": "eva@example.org"}, "was_cancelled": label == "sky"}
    back = tmp_path / "project-1.json"
    back.write_text(json.dumps(tasks), "utf-8")

    found = compare_labels(workspace, back)
    assert _counts(found) == {"class changed": 2, "no answer": 1}
    event = import_labels(workspace, found, author="Ada")
    assert event.sentence == "Ada corrected 2 labels (apple → leaf, leaf → größe 猫)."
    assert event.payload["context"]["annotated_by"] == ["eva@example.org"]
    said = {each: (one.given, one.label, one.source) for each, one in workspace.corrections.all().items()}
    assert said == {
        "apple/00.png": ("apple", "leaf", "project-1.json"),
        "leaf/00.png": ("leaf", "größe 猫", "project-1.json"),
    }
    (kept,) = received(workspace.paths.labels)
    assert (kept.path.read_bytes(), kept.sha256) == (back.read_bytes(), event.payload["context"][RECEIVED])
    assert workspace.samples["label"]["apple/00.png"] == "apple"
    assert _counts(compare_labels(workspace, back)) == {"unchanged": 2, "no answer": 1}, "it stands by now"

    workspace.corrections.undo("Ada")
    assert workspace.corrections.all() == {}
    assert _counts(compare_labels(workspace, back)) == {"class changed": 2, "no answer": 1}


def edited_cvat(folder: Path) -> Path:
    """Of the first image: one relabelled, one moved, one gone, and one drawn; another image is of somebody else."""
    file = folder / "annotations.xml"
    tree = ET.parse(file)  # noqa: S314 - our own
    first = tree.find("image")
    assert first is not None
    cell, dot, small = first.findall("box")
    cell.set("label", "dot")
    dot.attrib |= {"xtl": "40.00", "xbr": "64.00"}
    first.remove(small)
    ET.SubElement(first, "box", label="cell", xtl="70", ytl="45", xbr="80", ybr="55", source="manual")
    ET.SubElement(tree.getroot(), "image", id="99", name="other.png", width="96", height="64")
    tree.write(file)
    return file


def test_corrected_boxes_are_taken_over_as_far_as_they_are_ticked(boxes_workspace: Workspace, tmp_path: Path) -> None:
    file = edited_cvat(_exported(boxes_workspace, tmp_path, "cvat"))
    found = compare_labels(boxes_workspace, file)
    assert _counts(found) == {
        "class changed": 1,
        "box moved": 1,
        "box added": 1,
        "box removed": 1,
        "unchanged": 28,
        "image unmatched": 1,
    }
    ticked = {change.key for change in found.applicable if change.kind != "box removed"}
    event = import_labels(boxes_workspace, found, ticked, author="Ada", reason="by Eva")
    assert event.sentence == "Ada corrected the boxes of 1 image (1 relabelled, 1 moved, 1 added): by Eva."
    now = labels_of(boxes_workspace, CORRECTED)
    own = now[now["sample"] == "00.png"]
    assert list(own["label"]) == ["dot", "dot", "cell", "cell"]
    assert own["x"].tolist() == [4, 40, 20, 70]
    assert list(own.index[:3]) == ["gt:1", "gt:2", "gt:3"], "a box keeps its id"
    assert _counts(compare_labels(boxes_workspace, file)) == {"box removed": 1, "unchanged": 31, "image unmatched": 1}
    boxes_workspace.corrections.undo("Ada")
    pd.testing.assert_frame_equal(
        labels_of(boxes_workspace, CORRECTED), boxes_workspace.objects(LABELS), check_dtype=False
    )


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_corrected_here_goes_out_and_comes_back_in_every_format(
    form: str, boxes_workspace: Workspace, tmp_path: Path
) -> None:
    found = compare_labels(boxes_workspace, edited_cvat(_exported(boxes_workspace, tmp_path / "first", "cvat")))
    import_labels(boxes_workspace, found, author="Ada")
    correct(boxes_workspace, {"gt:5": "cell"}, author="Ada")
    back = _exported(boxes_workspace, tmp_path / "second", form, labels=CORRECTED)
    found = compare_labels(boxes_workspace, back)
    assert (_counts(found), found.skipped) == ({"unchanged": 31}, [])


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], object]]]:
    """What is done between the look at what stands and the decision."""
    acts: list[Callable[[], object]] = []

    def keep(*given: Any) -> Any:
        acts.pop()()
        return keep_file(*given)

    monkeypatch.setattr("explorer.actions.import_labels.keep_file", keep)
    yield acts
    assert not acts


def test_a_label_that_is_changed_at_the_same_time_is_not_overwritten(
    workspace: Workspace, tmp_path: Path, meanwhile: list[Callable[[], object]]
) -> None:
    table = tmp_path / "back.csv"
    table.write_text("id,label\napple/00.png,leaf\n")
    found = compare_labels(workspace, table)
    meanwhile.append(lambda: correct(workspace, {"apple/00.png": "sky"}, author="Bob"))
    with pytest.raises(CorrectionError, match=r"The labels of apple/00\.png were changed since"):
        import_labels(workspace, found, author="Ada")
    assert workspace.corrections.all()["apple/00.png"].label == "sky"


def test_boxes_that_are_drawn_at_the_same_time_are_not_lost(
    boxes_workspace: Workspace, tmp_path: Path, meanwhile: list[Callable[[], object]]
) -> None:
    found = compare_labels(boxes_workspace, edited_cvat(_exported(boxes_workspace, tmp_path / "first", "cvat")))
    image = found.applicable[0].image
    drawn = (*boxes_now(boxes_workspace, image), LabelledBox(new_box_id(), "speck", 1, 1, 5, 5))
    meanwhile.append(lambda: redraw(boxes_workspace, image, drawn, author="Bob"))
    with pytest.raises(CorrectionError, match=f"The labels of {image} were changed since"):
        import_labels(boxes_workspace, found, author="Ada")
    assert boxes_now(boxes_workspace, image) == drawn


def test_nothing_is_taken_over_twice_or_of_labels_that_are_others_by_now(workspace: Workspace, tmp_path: Path) -> None:
    table = tmp_path / "back.csv"
    table.write_text("id,label\napple/00.png,leaf\nleaf/00.png,leaf\nx.png,leaf\n")
    found = compare_labels(workspace, table)
    assert _counts(found) == {"class changed": 1, "unchanged": 1, "image unmatched": 1}
    with pytest.raises(CorrectionError, match="Expected changes to take over, found none"):
        import_labels(workspace, found, [], author="Ada")
    correct(workspace, {"apple/00.png": "sky"}, author="Bob")
    with pytest.raises(CorrectionError, match=r"The labels of apple/00\.png were changed since"):
        import_labels(workspace, found, author="Ada")
    assert received(workspace.paths.labels) == []
    table.unlink()
    with pytest.raises(SourceError, match="found nothing"):
        compare_labels(workspace, table)


def test_a_folder_is_kept_without_its_images(boxes_workspace: Workspace, tmp_path: Path) -> None:
    folder = _exported(boxes_workspace, tmp_path, "yolo")
    labels = folder / "labels" / "train" / "00.txt"
    labels.write_text("\n".join(labels.read_text().splitlines()[:2]) + "\n")
    event = import_labels(boxes_workspace, compare_labels(boxes_workspace, folder), author="Ada")
    assert event.sentence == "Ada corrected the boxes of 1 image (1 removed)."
    (kept,) = received(boxes_workspace.paths.labels)
    assert (kept.path / "labels" / "train" / "00.txt").read_text() == labels.read_text()
    assert not list(kept.path.rglob("*.png"))
