"""COCO files become objects and detections, what is wrong in them is listed, and the rest goes on."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from explorer import readers
from explorer.data.boxes import BOX
from explorer.data.images import read_image
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.evaluation.detection import evaluate_detection

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Dataset

NAN = float("nan")


def _truth(**changes: Any) -> dict[str, Any]:
    """Three images, two categories, three annotations."""
    return {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 40, "height": 30} for i in (3, 1, 2)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 7, "name": "dog"}],
        "annotations": [
            {"id": 11, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 10], "area": 90.5, "iscrowd": 0},
            {"id": 12, "image_id": 1, "category_id": 7, "bbox": [20, 5, 10.5, 8], "area": 84, "iscrowd": 1},
            {"id": 13, "image_id": 3, "category_id": 1, "bbox": [35, 20, 10, 20], "iscrowd": 0},
        ],
        **changes,
    }


RESULTS: list[Any] = [
    {"image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 9], "score": 0.5},
    {"image_id": 3, "category_id": 7, "bbox": [30, 20, 10, 10], "score": 1},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the images 1.png to 3.png in `images`."""
    (tmp_path / "images").mkdir()
    for number in (1, 2, 3):
        Image.new("RGB", (40, 30)).save(tmp_path / "images" / f"{number}.png")
    return tmp_path


def _write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def _read(folder: Path, truth: object, **results: object) -> Dataset:
    files = [(name, _write(folder / f"{name}.json", content)) for name, content in results.items()]
    return readers.read(folder / "images", _write(folder / "instances.json", truth), files)


def test_objects_and_detections_have_stable_ids_classes_and_boxes(folder: Path) -> None:
    dataset = _read(folder, _truth(), v1=RESULTS, v2=RESULTS[1:])
    assert dataset.task is Task.DETECTION
    assert dataset.samples.index.tolist() == ["1.png", "2.png", "3.png"], "ascending by image id"
    assert dataset.samples.loc["2.png", "filepath"] == str(folder / "images" / "2.png")
    truth = dataset.ground_truth
    assert truth.index.tolist() == ["gt:11", "gt:12", "gt:13"]
    assert truth["sample"].tolist() == ["1.png", "1.png", "3.png"]
    assert truth["label"].tolist() == ["cat", "dog", "cat"]
    assert list(truth.loc["gt:12", list(BOX)]) == [20, 5, 10.5, 8]
    assert truth["area"].tolist() == [90.5, 84, 200], "the box's own where none is given"
    assert truth["crowd"].tolist() == truth["ignore"].tolist() == [False, True, False]
    assert list(dataset.predictions) == ["v1", "v2"]
    found = dataset.predictions["v1"]
    assert found.index.tolist() == ["v1:0", "v1:1"]
    assert found["confidence"].tolist() == [0.5, 1.0]
    assert list(found.loc["v1:1", ["sample", "label"]]) == ["3.png", "dog"]
    assert {found[column].dtype for column in (*BOX, "confidence")} == {np.dtype(np.float64)}
    assert dataset.skipped == ()


@pytest.mark.parametrize("place", ["images/instances.json", "instances.json", "annotations/instances.json"])
def test_the_file_alone_finds_its_images(folder: Path, place: str) -> None:
    (folder / "annotations").mkdir()
    assert len(readers.read(_write(folder / place, _truth())).samples) == 3


def test_file_names_may_be_paths_from_the_folder_above_the_images(folder: Path) -> None:
    images = [{"id": 1, "file_name": "images/1.png"}, {"id": 3, "file_name": "images\\3.png"}]
    dataset = _read(folder, _truth(images=images))
    assert dataset.samples["filepath"].tolist() == [str(folder / "images" / f"{i}.png") for i in (1, 3)]


def test_images_and_categories_that_share_a_name_are_told_apart(folder: Path) -> None:
    images = [{"id": i, "file_name": "1.png"} for i in (1, 3)]
    categories = [{"id": i, "name": "cat"} for i in (1, 7)]
    dataset = _read(folder, _truth(images=images, categories=categories))
    assert dataset.samples.index.tolist() == ["1.png#1", "1.png#3"]
    assert dataset.ground_truth["label"].tolist() == ["cat#1", "cat#7", "cat#1"]


def test_what_else_is_said_of_an_image_is_metadata(folder: Path) -> None:
    images = [
        {"id": i, "file_name": f"{i}.png", "license": 1, "light": i / 2, "split": "val", "x": [1]} for i in (1, 3)
    ]
    samples = _read(folder, _truth(images=images)).samples
    assert list(samples.columns) == ["filepath", "light", "split", "coco_id"]
    assert samples["coco_id"].tolist() == [1, 3]
    assert samples["light"].tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bbox": [1, 2, -3, 4]}, "negative size (-3 x 4)"),
        ({"bbox": [1, 2, NAN, 4]}, "not four finite numbers"),
        ({"bbox": [1, 2, float("inf"), 4]}, "not four finite numbers"),
        ({"bbox": [1, 2, "3", 4]}, "not four finite numbers"),
        ({"bbox": [1, 2, True, 4]}, "not four finite numbers"),
        ({"bbox": [1, 2, 3]}, "not four finite numbers"),
        ({"bbox": None}, "its bbox is None"),
        ({"image_id": 99}, "image id 99 is not known"),
        ({"image_id": "99"}, "image id '99' is not known"),
        ({"image_id": [1]}, "image id [1] is not known"),
        ({"image_id": True}, "image id True is not known"),
        ({"category_id": 2}, "category id 2 is not known"),
        ({"category_id": None}, "category id None is not known"),
    ],
)
def test_bad_entries_are_listed_by_file_and_place_and_left_out(folder: Path, change: Any, reason: str) -> None:
    truth = _truth()
    truth["annotations"][1] |= change
    dataset = _read(folder, truth, v1=[RESULTS[0], {**RESULTS[1], **change}])
    assert dataset.ground_truth.index.tolist() == ["gt:11", "gt:13"]
    assert dataset.predictions["v1"].index.tolist() == ["v1:0"]
    of_truth, of_results = dataset.skipped
    assert of_truth.filepath == f"{folder / 'instances.json'}, annotations[1]"
    assert of_truth.reason.startswith("annotation 12: ")
    assert of_results.filepath == f"{folder / 'v1.json'}, entry 1"
    assert all(reason in skipped.reason for skipped in dataset.skipped)


@pytest.mark.parametrize("score", [None, NAN, "0.5", 1.5, -0.1, True])
def test_scores_that_are_no_confidence_are_listed(folder: Path, score: object) -> None:
    dataset = _read(folder, _truth(), v1=[RESULTS[0], {**RESULTS[1], "score": score}])
    assert len(dataset.predictions["v1"]) == 1
    assert f"its score is {score!r}" in dataset.skipped[0].reason


def test_ids_are_the_same_as_numbers_and_as_text(folder: Path) -> None:
    truth = _truth(images=[{"id": i, "file_name": f"{i}.png"} for i in ("1", 2, 3)])
    truth["annotations"][2] |= {"image_id": "3", "category_id": "1"}
    dataset = _read(folder, truth, v1=[{**RESULTS[0], "image_id": 1.0}, {**RESULTS[1], "category_id": "7"}])
    assert dataset.ground_truth["sample"].tolist() == ["1.png", "1.png", "3.png"]
    assert dataset.predictions["v1"]["label"].tolist() == ["cat", "dog"]
    assert dataset.skipped == ()


@pytest.mark.parametrize(("identity", "name"), [(11, "11#1"), ("11", "11#1"), (None, "#1"), ([1], "#1")])
def test_annotations_without_an_id_of_their_own_are_numbered_by_their_place(
    folder: Path, identity: object, name: str
) -> None:
    truth = _truth()
    truth["annotations"][1]["id"] = identity
    dataset = _read(folder, truth)
    assert dataset.ground_truth.index.tolist() == ["gt:11", f"gt:{name}", "gt:13"]
    assert dataset.skipped[0].reason.endswith("numbered by their place: 1")


def test_an_annotation_that_is_there_twice_counts_once(folder: Path) -> None:
    truth = _truth()
    truth["annotations"].append(dict(truth["annotations"][0]))
    dataset = _read(folder, truth)
    assert dataset.ground_truth.index.tolist() == ["gt:11", "gt:12", "gt:13"]
    assert dataset.skipped[0].filepath.endswith("annotations[3]")


def test_results_are_joined_by_the_file_name_they_carry(folder: Path) -> None:
    """As Ultralytics numbers images anew, and names them by their stem where it is no number."""
    results = [
        {**RESULTS[0], "image_id": 2, "file_name": "1.png"},
        {**RESULTS[1], "image_id": 99, "file_name": "val/3.png"},
        {**RESULTS[1], "image_id": "3.png"},
        {**RESULTS[1], "image_id": 3, "file_name": "other.png"},
    ]
    dataset = _read(folder, _truth(), v1=results)
    assert dataset.predictions["v1"]["sample"].tolist() == ["1.png", "3.png", "3.png"]
    assert [(one.filepath.rpartition("/")[2], one.reason) for one in dataset.skipped] == [
        ("v1.json, entry 3", "its file_name 'other.png' is not known"),
        ("v1.json", "detections whose file_name is not that of their image_id, joined by file_name: 1"),
    ]


def test_boxes_of_resized_images_are_scaled_to_the_file(folder: Path) -> None:
    truth = _truth(images=[{"id": i, "file_name": f"{i}.png", "width": 80, "height": 40} for i in (1, 3)])
    dataset = _read(folder, truth, v1=RESULTS)
    assert list(dataset.ground_truth.loc["gt:13", [*BOX, "area"]]) == [17.5, 15, 5, 15, 75]
    assert list(dataset.predictions["v1"].loc["v1:1", list(BOX)]) == [15, 15, 5, 7.5]
    assert dataset.skipped[-1] == (
        "3.png",
        "its size is said to be 80 x 40, and the file is 40 x 30: its boxes are scaled to the file",
    )


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("scale", [1, 2])
def test_boxes_of_images_that_exif_turns_are_turned_with_them(folder: Path, orientation: int, scale: int) -> None:
    """The box is where the white pixels are, in the image as it is shown."""
    raw = Image.new("L", (40, 30))
    raw.paste(255, (3, 5, 13, 9))
    exif = Image.Exif()
    exif[0x0112] = orientation
    raw.save(folder / "images" / "1.png", exif=exif)
    size = {"width": 40 * scale, "height": 30 * scale}
    truth = _truth(images=[{"id": 1, "file_name": "1.png", **size}])
    truth["annotations"] = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [each * scale for each in (3, 5, 10, 4)]}
    ]
    dataset = _read(folder, truth)
    left, top, width, height = dataset.ground_truth.iloc[0][list(BOX)]
    shown = read_image(folder / "images" / "1.png").image.getbbox()
    assert (left, top, left + width, top + height) == shown
    assert "30 x 40 once EXIF turned it upright" in dataset.skipped[0].reason


def test_boxes_of_an_image_on_its_side_that_says_not_which_are_left_out(folder: Path) -> None:
    truth = _truth()
    truth["images"][1] |= {"width": 30, "height": 40}
    dataset = _read(folder, truth)
    assert dataset.ground_truth.index.tolist() == ["gt:13"]
    assert "30 x 40, and the file is 40 x 30, on its side" in dataset.skipped[0].reason


@pytest.mark.parametrize(
    ("box", "reason"),
    [([5, 5, 0, 4], "no area (0 x 4)"), ([40, 5, 4, 4], "outside the image"), ([-9, 5, 9, 4], "outside the image")],
)
def test_boxes_that_show_nothing_are_listed_but_count(folder: Path, box: list[float], reason: str) -> None:
    """COCO counts them, as missed or as false positives."""
    truth = _truth()
    truth["annotations"][0]["bbox"] = box
    dataset = _read(folder, truth, v1=[{**RESULTS[0], "bbox": box}])
    assert list(dataset.ground_truth.loc["gt:11", list(BOX)]) == box
    assert len(dataset.predictions["v1"]) == 1
    assert [reason in skipped.reason for skipped in dataset.skipped] == [True, True]


def test_images_that_do_not_exist_are_listed_and_take_their_boxes_with_them(folder: Path) -> None:
    (folder / "images" / "3.png").unlink()
    dataset = _read(folder, _truth(), v1=RESULTS)
    assert dataset.samples.index.tolist() == ["1.png", "2.png"]
    assert dataset.ground_truth.index.tolist() == ["gt:11", "gt:12"]
    assert dataset.predictions["v1"].index.tolist() == ["v1:0"]
    [skipped] = dataset.skipped
    assert (skipped.filepath, "does not exist" in skipped.reason) == ("3.png", True)


def test_entries_of_other_types_and_repeated_ids_are_listed(folder: Path) -> None:
    truth = _truth()
    truth["images"] += [5, {"id": 8}, {"file_name": "1.png"}, {"id": "1", "file_name": "2.png"}]
    truth["categories"] += ["cat", {"id": 1, "name": "cow"}]
    truth["annotations"] += [None]
    dataset = _read(folder, truth, v1=[*RESULTS, [1]])
    assert (len(dataset.samples), len(dataset.ground_truth), len(dataset.predictions["v1"])) == (3, 3, 2)
    places = [skipped.filepath.rpartition(", ")[2] for skipped in dataset.skipped]
    assert places == [
        *(f"images[{i}]" for i in (3, 4, 5, 6)),
        "categories[2]",
        "categories[3]",
        "annotations[3]",
        "entry 2",
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ([], "a list"),
        ({}, "nothing"),
        ({"images": [], "annotations": {}, "categories": []}, "an object with images, annotations, categories"),
        (5, "a single value"),
        (RESULTS, "COCO results: give them as --predictions"),
        ([{"name": "frame", "labels": [{"box2d": {}}]}], "as other tools write it: export it as COCO"),
    ],
)
def test_other_json_is_refused_and_said_what_it_is(folder: Path, content: object, found: str) -> None:
    with pytest.raises(SourceError, match=f"images, annotations and categories .* found .*{found}"):
        _read(folder, content)


def test_broken_json_is_refused(folder: Path) -> None:
    (folder / "broken.json").write_text('{"images": [')
    with pytest.raises(SourceError, match=r"broken\.json"):
        readers.read(folder / "images", folder / "broken.json")
    with pytest.raises(SourceError, match=r"broken\.json"):
        readers.read(folder / "images", _write(folder / "i.json", _truth()), [("v1", folder / "broken.json")])


def test_results_of_which_nothing_can_be_used_are_refused(folder: Path) -> None:
    with pytest.raises(SourceError, match="image id 99 is not known"):
        _read(folder, _truth(), v1=[{**RESULTS[0], "image_id": 99}])
    with pytest.raises(SourceError, match="a JSON list of detections"):
        _read(folder, _truth(), v1={"annotations": []})


def test_a_model_that_found_nothing_is_a_model(folder: Path) -> None:
    assert _read(folder, _truth(), v1=[]).predictions["v1"].empty


def test_no_image_at_all_is_refused_with_the_first_file_that_is_missing(folder: Path) -> None:
    missing = f"none of 1\\. Looked in .* The first: {folder / 'images' / 'none.png'}"
    with pytest.raises(SourceError, match=missing):
        _read(folder, _truth(images=[{"id": 1, "file_name": "none.png"}]))
    with pytest.raises(SourceError, match="found none: it has no file_name and no coco_url"):
        _read(folder, _truth(images=[{"id": 1}]))
    with pytest.raises(SourceError, match="found none: its list is empty"):
        _read(folder, _truth(images=[]))


@pytest.mark.parametrize(
    ("file", "image"),
    [
        ("lvis_v1_val.json", {"coco_url": "http://images.cocodataset.org/val2017/1.png"}),
        ("annotations/person_keypoints_val2017.json", {"file_name": "1.png"}),
        ("annotations/instances_val2017.json", {"file_name": "1.png"}),
        ("val2017/_annotations.coco.json", {"file_name": "1.png"}),
        ("labels.json", {"file_name": "2.png"}),
        ("result.json", {"file_name": "..\\..\\label-studio\\media\\upload\\4\\0a1b2c3d-2.png"}),
        ("result.json", {"file_name": "/home/other/set/val2017/1.png"}),
    ],
)
def test_images_are_found_where_the_tools_of_this_field_put_them(
    tmp_path: Path, file: str, image: dict[str, str]
) -> None:
    for place in ("val2017/1.png", "data/2.png"):
        (tmp_path / place).parent.mkdir()
        Image.new("RGB", (40, 30)).save(tmp_path / place)
    (tmp_path / "annotations").mkdir()
    dataset = readers.read(_write(tmp_path / file, _truth(images=[{"id": 1, **image}])), allow_unmatched=True)
    assert dataset.samples["filepath"].iloc[0].endswith(("val2017/1.png", "data/2.png"))


def test_an_end_of_a_path_that_two_images_share_finds_neither(folder: Path) -> None:
    images = [{"id": 1, "file_name": "a/1.png"}, {"id": 2, "file_name": "b/1.png"}, {"id": 3, "file_name": "3.png"}]
    assert _read(folder, _truth(images=images)).samples.index.tolist() == ["3.png"]


def test_labels_and_results_that_are_hardly_of_these_images_are_refused_unless_asked_for(folder: Path) -> None:
    foreign = [{**RESULTS[0], "image_id": 99}] * 19
    with pytest.raises(SourceError, match=r"2 of 21 detections are used; .*id 99 is not known.*--allow-unmatched"):
        _read(folder, _truth(), v1=[*RESULTS, *foreign])
    files = [("v1", _write(folder / "v1.json", [*RESULTS, *foreign]))]
    dataset = readers.read(folder / "images", _write(folder / "i.json", _truth()), files, allow_unmatched=True)
    assert len(dataset.predictions["v1"]) == 2
    assert dataset.skipped[-1].reason == "2 of 21 detections are used"
    truth = _truth()
    for annotation in truth["annotations"]:
        annotation["image_id"] = 99
    with pytest.raises(SourceError, match=r"annotations on the images .* found none to use: its image id 99 is not"):
        readers.read(folder / "images", _write(folder / "i.json", truth), allow_unmatched=True)


def test_images_without_annotations_are_images_without_objects(folder: Path) -> None:
    assert _read(folder, _truth(annotations=[])).ground_truth.empty


@pytest.mark.parametrize(("name", "label"), [(0, "0"), (False, "false"), (1.5, "1.5"), (" cat ", "cat")])
def test_names_of_categories_are_as_written(folder: Path, name: object, label: str) -> None:
    truth = _truth(categories=[{"id": 1, "name": name}, {"id": 7, "name": "dog"}])
    assert _read(folder, truth).ground_truth["label"].tolist() == [label, "dog", label]


def test_an_earlier_import_is_never_overwritten(folder: Path) -> None:
    results, labels = _write(folder / "r.json", RESULTS), _write(folder / "i.json", _truth())
    with pytest.raises(SourceError, match="'v1', which is taken"):
        readers.read(folder / "images", labels, [("v1", results), ("v1", results)])
    with pytest.raises(SourceError, match="''"):
        readers.read(folder / "images", labels, [("", results)])


def test_two_sources_of_labels_are_refused(folder: Path) -> None:
    file = _write(folder / "i.json", _truth())
    with pytest.raises(SourceError, match="Expected a folder of images"):
        readers.read(file, file)


def test_figures_are_those_of_pycocotools_on_what_was_kept(folder: Path) -> None:
    """The same files less the listed entries that were left out, boxes without area among the kept."""
    chance = np.random.default_rng(0)
    truth, results = _truth(annotations=[]), []
    for row in range(60):
        box = [round(float(v), 1) for v in (*chance.uniform(0, 30, 2), *chance.uniform(-1, 20, 2))]
        box[3] = 0.0 if row % 10 == 0 else box[3]
        entry = {"image_id": int(chance.integers(1, 4)), "category_id": int(chance.choice([1, 7, 9])), "bbox": box}
        truth["annotations"].append({"id": row + 1, "area": box[2] * box[3], "iscrowd": int(row % 7 == 0), **entry})
        results.append({**entry, "score": round(float(chance.uniform()), 1)})
        results.append({**entry, "bbox": [box[0] + 1, *box[1:]], "score": round(float(chance.uniform()), 1)})
    dataset = _read(folder, truth, v1=results)
    ours = evaluate_detection(dataset.samples.index, dataset.ground_truth, dataset.predictions["v1"]).summary()
    truth["annotations"] = [
        entry for entry in truth["annotations"] if f"gt:{entry['id']}" in dataset.ground_truth.index
    ]
    kept = [entry for row, entry in enumerate(results) if f"v1:{row}" in dataset.predictions["v1"].index]
    assert 20 < len(truth["annotations"]) < 60
    assert (dataset.ground_truth["height"] == 0).any()
    with contextlib.redirect_stdout(io.StringIO()):
        oracle = COCO(_write(folder / "kept.json", truth))
        evaluation = COCOeval(oracle, oracle.loadRes(str(_write(folder / "found.json", kept))), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    expected = np.where(evaluation.stats == -1, np.nan, evaluation.stats)
    np.testing.assert_allclose(list(ours.values()), expected, rtol=0, atol=1e-9)


def test_results_without_ground_truth_say_what_is_missing(folder: Path) -> None:
    results = _write(folder / "results.json", RESULTS)
    with pytest.raises(SourceError, match="COCO results need --labels"):
        readers.read(folder / "images", None, [("v1", results)])
