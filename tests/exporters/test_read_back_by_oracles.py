"""What was exported is what the readers of its targets find: datumaro, label-studio-sdk and FiftyOne.

They want other versions of what this project uses, so they have an environment of their own: the dependency group
`oracles`, as `.ci/run` installs it. Elsewhere these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from explorer.corrections.diff import Standing, diff
from explorer.corrections.matching import KnownImage, match
from explorer.data.boxes import BOX
from explorer.data.corrections import LabelledBox
from explorer.exporters import exporter
from explorer.readers.returned import read_returned
from tests.exporters.conftest import classified, detected
from tests.exporters.said import Said, alike, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.exporters.package import Package

    Make = Callable[[Path, int], Package]

WHY = "needs an environment of its own, with the dependency group `oracles`: see .ci/run"
KINDS = pytest.mark.parametrize("make", [classified, detected])
COUNTS = pytest.mark.parametrize("count", [0, 8, 5000])


def _exported_as(folder: Path) -> dict[str, str]:
    """Our ids by the path of each image."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    return {image["exported_as"]: image["id"] for image in manifest["images"]}


def _datumaro(folder: Path, form: str) -> Any:
    dataset = pytest.importorskip("datumaro.components.dataset", reason=WHY)
    return dataset.Dataset.import_from(str(folder), form)


def _boxes_or_labels(item: Any, names: Any) -> list[Said]:
    """What datumaro found of one image; it keeps corners."""
    return [
        Said(names[one.label].name, tuple(one.get_bbox()) if one.type.name == "bbox" else (), _score(one))
        for one in item.annotations
    ]


def _score(one: Any) -> float | None:
    return float(one.attributes["score"]) if one.attributes.get("score") else None


@KINDS
@COUNTS
def test_datumaro_reads_cvat(make: Make, count: int, tmp_path: Path) -> None:
    """It rounds to hundredths of a pixel; each file of predictions is a subset beside the annotations."""
    package = make(tmp_path, count)
    exporter("cvat", "copy")(package, tmp_path / "out")
    dataset = _datumaro(tmp_path / "out", "cvat")
    names = next(iter(dataset.categories().values()))
    assert [one.name for one in names] == list(package.classes)
    ids = {
        PurePosixPath(path).relative_to("images").with_suffix(""): each
        for path, each in _exported_as(tmp_path / "out").items()
    }
    for file, of in (("annotations", "ground_truth"), ("predictions-v 1", "v 1")):
        items = dataset.get_subset(file) if count else []
        found = {ids[PurePosixPath(item.id)]: _boxes_or_labels(item, names) for item in items}
        alike(found, said(package, of), within=0.02)
        if count and package.has_boxes and of == "ground_truth":
            first = next(iter(items)).annotations[0]
            assert (first.attributes["edgecase_id"], first.attributes["edgecase_tags"]) == ("gt:1", "small ones")


@pytest.mark.parametrize("count", [8, 5000])
def test_datumaro_reads_yolo(count: int, tmp_path: Path) -> None:
    """With its splits; it rounds to hundredths of a pixel."""
    package = detected(tmp_path, count)
    exporter("yolo")(package, tmp_path / "out")
    dataset = _datumaro(tmp_path / "out", "yolo")
    names = next(iter(dataset.categories().values()))
    assert [one.name for one in names] == list(package.classes)
    ids = {path.removeprefix("images/"): each for path, each in _exported_as(tmp_path / "out").items()}
    found = {ids[f"{item.subset}/{item.id}.png"]: _boxes_or_labels(item, names) for item in dataset}
    alike(found, said(package), within=0.02)


def test_datumaro_reads_class_folders(tmp_path: Path) -> None:
    """Images without a label have no folder: they are left out, and listed."""
    package = classified(tmp_path, 12)
    written = exporter("yolo")(package, tmp_path / "out")
    assert [one.reason.split(",")[0] for one in written.left_out] == ["it has no label"] * 2
    dataset = _datumaro(tmp_path / "out", "imagenet_with_subset_dirs")
    names = next(iter(dataset.categories().values()))
    ids = _exported_as(tmp_path / "out")
    found = {
        ids[Path(item.media.path).relative_to(tmp_path / "out").as_posix()]: [
            names[one.label].name for one in item.annotations
        ]
        for item in dataset
    }
    folders = {"cell & <dot>": "cell & _dot_", "=猫": "=猫"}
    assert found == {sample: [folders[each[0].label]] for sample, each in said(package).items() if each}


@KINDS
@COUNTS
def test_label_studio_takes_tasks_and_configuration(make: Make, count: int, tmp_path: Path) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface", reason=WHY).LabelInterface
    package = make(tmp_path, count)
    exporter("label-studio", "copy")(package, tmp_path / "out")
    labeling = interface((tmp_path / "out" / "labeling_config.xml").read_text("utf-8"))
    labeling.validate()
    assert labeling.get_control().labels == list(package.classes)
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text("utf-8"))
    found: dict[str, dict[str, list[Said]]] = {of: {} for of, _ in package.objects()}
    for task in tasks:
        image = unquote(task["data"]["image"].removeprefix("/data/local-files/?d="))
        assert (tmp_path / "out" / image).is_file()
        said_of = {"ground_truth": task["annotations"]}
        said_of |= {one["model_version"]: [one] for one in task["predictions"]}
        for of, each in said_of.items():
            assert [labeling.validate_prediction(one, return_errors=True) for one in each] == [[] for _ in each]
            assert all(labeling.validate_annotation(one) for one in each)
            found[of][task["data"]["id"]] = [_region(one) for whole in each for one in whole["result"]]
    for of, by_image in found.items():
        alike(by_image, said(package, of))


def _region(one: dict[str, Any]) -> Said:
    value, width, height = one["value"], one["original_width"], one["original_height"]
    if one["type"] == "choices":
        return Said(value["choices"][0], (), one.get("score"))
    box = (value["x"] * width, value["y"] * height, value["width"] * width, value["height"] * height)
    return Said(value["rectanglelabels"][0], tuple(each / 100 for each in box), one.get("score"))


@KINDS
@COUNTS
def test_fiftyone_reads_its_own_folder(make: Make, count: int, tmp_path: Path) -> None:
    """Its importer, as far as it goes without a database."""
    importers = pytest.importorskip("fiftyone.utils.data.importers", reason=WHY)
    package = make(tmp_path, count)
    exporter("fiftyone", "copy")(package, tmp_path / "out")
    reader = importers.FiftyOneDatasetImporter(str(tmp_path / "out"))._to_legacy_importer()
    with reader:
        samples = list(reader)
    assert [sample["edgecase_id"] for sample in samples] == list(package.images.index)
    assert all(Path(sample.filepath).is_file() for sample in samples)
    fields = reader.get_dataset_info()["models"]
    assert fields == {model: model.replace(" ", "_").replace("/", "_") for model in package.predictions}
    for of, field in (("ground_truth", "ground_truth"), *fields.items()):
        found = {sample["edgecase_id"]: _labels(sample[field], sample.metadata) for sample in samples}
        alike(found, said(package, of))
    if count:
        tags = ["dark ones", "a;b", "train"] if make is classified else ["dark ones", "train"]
        assert samples[0].tags == tags


def _labels(field: Any, size: Any) -> list[Said]:
    if field is None:
        return []
    if hasattr(field, "detections"):
        scale = (size.width, size.height) * 2
        return [
            Said(
                one.label,
                tuple(side * each for side, each in zip(one.bounding_box, scale, strict=True)),
                one.confidence,
            )
            for one in field.detections
        ]
    return [Said(field.label, (), field.confidence)]


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (classified, "JSON"),
        (classified, "JSON_MIN"),
        (classified, "CSV"),
        (detected, "JSON"),
        (detected, "JSON_MIN"),
        (detected, "COCO"),
        (detected, "YOLO"),
    ],
)
def test_what_label_studio_exports_comes_back_to_the_same_labels(make: Make, form: str, tmp_path: Path) -> None:
    """Its own converter, as behind its export button, on tasks as its server keeps them; images lie where they lay."""
    converter = pytest.importorskip("label_studio_sdk.converter.converter", reason=WHY)
    package = make(tmp_path, 8)
    exporter("label-studio")(package, tmp_path / "out")
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text("utf-8"))
    for number, task in enumerate(tasks, 1):
        task["id"] = number
        for annotation in task["annotations"]:
            annotation |= {"id": number, "completed_by": 3, "created_at": f"2026-03-0{number}T22:16:08.7Z"}
    (tmp_path / "server.json").write_text(json.dumps(tasks), "utf-8")
    config = (tmp_path / "out" / "labeling_config.xml").read_text("utf-8")
    (tmp_path / "back").mkdir()
    folders = {"image_dir": str(tmp_path / "back" / "images")} if form in ("COCO", "YOLO") else {}
    made = converter.Converter(config, project_dir=None, download_resources=False)
    places = (str(tmp_path / "server.json"), str(tmp_path / "back"))
    made.convert(*places, converter.Format.from_string(form), is_dir=False, **folders)
    known = [KnownImage(*row) for row in package.images[["filepath", "digest"]].itertuples()]
    matched, unmatched = match(read_returned(tmp_path / "back").content.images, known)
    assert unmatched == []
    boxes: dict[str, list[LabelledBox]] = {each: [] for each in package.images.index}
    labels: dict[str, str] = {}
    for each, row in zip(package.truth.index, package.truth.to_dict("records"), strict=True):
        labels[row["sample"]] = row["label"]
        if package.has_boxes:
            boxes[row["sample"]].append(LabelledBox(each, row["label"], *(float(row[side]) for side in BOX)))
    sizes = zip(package.images.index, package.images["width"], package.images["height"], strict=True)
    standing = {each: Standing(float(w), float(h), labels.get(each), tuple(boxes[each])) for each, w, h in sizes}
    changes = diff(matched, unmatched, standing, has_boxes=package.has_boxes)
    unchanged = [change.image for change in changes if change.kind == "unchanged"]
    assert len(unchanged) == len(package.truth)
    assert {change.kind for change in changes} <= {"unchanged", "no answer"}
