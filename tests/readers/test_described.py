"""A folder that says what boxes its images have is read as that, whatever tool wrote it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from explorer import readers
from explorer.data.spaces import Task
from explorer.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

YAML = "names: [cat]\ntrain: images\n"
COCO = json.dumps(
    {
        "images": [{"id": 1, "file_name": "1.png"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 5, 20, 10]}],
    }
)
LINE = "0 0.2 0.2 0.2 0.2"


def _dataset(folder: Path, images: str, files: dict[str, str]) -> Path:
    """A folder with one image of 100 x 50 and files."""
    (folder / images).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (100, 50)).save(folder / images / "1.png")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("images", "files"),
    [
        ("images", {"data.yaml": YAML, "labels/1.txt": LINE}),
        ("images", {"dataset.yaml": YAML, "labels/1.txt": LINE}),
        ("images", {"coco8.yml": YAML, "settings.yaml": "seed: 1", "labels/1.txt": LINE}),
        ("images", {"classes.txt": "cat\n", "notes.json": "{}", "labels/1.txt": LINE}),
        ("images", {"labels/classes.txt": "cat\n", "labels/1.txt": LINE}),
        (".", {"classes.txt": "cat\n", "1.txt": LINE}),
        ("obj_train_data", {"obj.names": "cat\n", "obj.data": "classes = 1", "obj_train_data/1.txt": LINE}),
        (".", {"_annotations.coco.json": COCO}),
        ("train", {"train/_annotations.coco.json": COCO, "README.dataset.txt": ""}),
        ("images", {"result.json": COCO}),
        ("data", {"labels.json": COCO}),
        ("val2017", {"annotations/instances_val2017.json": COCO, "annotations/captions_val2017.json": "{}"}),
    ],
)
def test_boxes_are_read(tmp_path: Path, images: str, files: dict[str, str]) -> None:
    dataset = readers.read(_dataset(tmp_path, images, files))
    assert dataset.task is Task.DETECTION
    assert dataset.ground_truth[["label", "x", "y", "width", "height"]].to_numpy().tolist() == [["cat", 10, 5, 20, 10]]
    assert dataset.skipped == ()


def test_splits_beside_a_file_of_names_are_splits(tmp_path: Path) -> None:
    files = {"classes.txt": "cat\n", "labels/train/1.txt": LINE}
    assert readers.read(_dataset(tmp_path, "images/train", files)).samples["split"].tolist() == ["train"]


@pytest.mark.parametrize(
    "files",
    [
        {"config.yaml": "seed: 1", "results.json": "[]", "1.txt": "a caption"},
        {"classes.txt": "cat\ndog\n"},
        {"broken.yaml": "[" * 5000, "broken.json": "", "manifest.json": '{"images": [], "name": "x"}'},
    ],
)
def test_other_files_leave_a_folder_a_folder(tmp_path: Path, files: dict[str, str]) -> None:
    dataset = readers.read(_dataset(tmp_path, ".", files))
    assert dataset.task is Task.CLASSIFICATION
    assert dataset.samples.index.tolist() == ["1.png"]


def test_a_table_of_labels_is_what_a_folder_is_read_with(tmp_path: Path) -> None:
    folder = _dataset(tmp_path, ".", {"_annotations.coco.json": COCO, "labels.csv": "image,label\n1.png,dog\n"})
    assert readers.read(folder, folder / "labels.csv").ground_truth["label"].tolist() == ["dog"]


def test_of_several_one_is_to_be_given(tmp_path: Path) -> None:
    files = {f"{split}/_annotations.coco.json": COCO for split in ("train", "valid")}
    found = r"found 2: train/_annotations\.coco\.json, valid/.*edgecase build .*/train/_annotations"
    with pytest.raises(SourceError, match=found):
        readers.read(_dataset(tmp_path, "train", files))


def test_a_path_that_is_not_unicode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"in Unicode, found .*caf.udce9"):
        readers.read(tmp_path / "caf\udce9")
    with pytest.raises(SourceError, match="found nothing"):
        readers.read(tmp_path / ("x" * 5000))
