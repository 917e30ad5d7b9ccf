"""A build reads each format that is exported, and finds the labels and predictions that went out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from explorer.data.boxes import BOX
from explorer.data.spaces import Task
from explorer.exporters import FOLDERS, FORMATS, exporter
from explorer.readers import read
from tests.exporters.conftest import classified, detected
from tests.exporters.said import Said, alike, said

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from explorer.data.records import Dataset
    from explorer.exporters.package import Package

ROUNDED = {"yolo": 1e-5}
"""Pixels by which a format rounds; of the others a hundred-millionth is the arithmetic of shares and percent."""

FILES = {
    "cvat": {"v 1": "predictions-v 1.xml"},
    "yolo": {"v 1": "predictions/v 1"},
    "coco": {"v 1": "results/v 1.json"},
}
"""Predictions that are files of their own."""


def _exported(package: Package, folder: Path, form: str) -> Path:
    place = folder / ("out" if form in FOLDERS else f"out.{form}")
    exporter(form, "copy" if form in FOLDERS else "")(package, place)
    return place


def _found(dataset: Dataset, frame: pd.DataFrame, ids: dict[str, str]) -> dict[str, list[Said]]:
    """What a table of objects says of each image, by the ids that went out."""
    found: dict[str, list[Said]] = {ids.get(sample, sample): [] for sample in dataset.samples.index}
    for row in frame.to_dict("records"):
        box = tuple(float(row[side]) for side in BOX) if dataset.task is Task.DETECTION else ()
        known = row.get("confidence")
        score = None if known is None or known != known else float(known)  # noqa: PLR0124 - NaN
        found[ids.get(row["sample"], row["sample"])].append(Said(row["label"], box, score))
    return found


def _ids(place: Path) -> dict[str, str]:
    """The ids that went out by the names that images have in a folder."""
    if not place.is_dir():
        return {}
    images = json.loads((place / "manifest.json").read_text("utf-8"))["images"]
    ids = {image["exported_as"]: image["id"] for image in images}
    return ids | {name.removeprefix("images/"): each for name, each in ids.items()}


@pytest.mark.parametrize("form", FORMATS)
def test_boxes_are_read_again(form: str, tmp_path: Path) -> None:
    package = detected(tmp_path)
    place = _exported(package, tmp_path, form)
    files = [(model, place / file) for model, file in FILES.get(form, {}).items()]
    dataset = read(place, predictions=files)
    assert dataset.task is Task.DETECTION
    within = ROUNDED.get(form, 1e-8)
    ids = _ids(place)
    alike(_found(dataset, dataset.ground_truth, ids), said(package), within)
    field = next(iter(dataset.predictions))
    assert field == ("v_1" if form == "fiftyone" else "v 1")
    alike(_found(dataset, dataset.predictions[field], ids), said(package, "v 1"), within)


@pytest.mark.parametrize("form", FORMATS)
def test_labels_of_images_are_read_again(form: str, tmp_path: Path) -> None:
    package = classified(tmp_path)
    place = _exported(package, tmp_path, form)
    files = [(model, place / file) for model, file in FILES.get(form, {}).items() if form != "yolo"]
    dataset = read(place, predictions=files)
    ids, expected = _ids(place), said(package)
    assert dataset.task is Task.CLASSIFICATION
    if form == "yolo":  # a folder for each class, which may not be called so, and none of what has no label
        folders = {"cell & <dot>": "cell & _dot_", "=猫": "=猫"}
        expected = {
            each: [one._replace(label=folders[one.label]) for one in found] for each, found in expected.items() if found
        }
    alike(_found(dataset, dataset.ground_truth, ids), expected)
    models = {"v 1", "v/2"} if form in ("csv", "parquet", "images", "label-studio", "croissant") else {"v 1"}
    for model in models & set(dataset.predictions):
        alike(_found(dataset, dataset.predictions[model], ids), said(package, model))
    if form in ("label-studio", "croissant"):
        assert set(dataset.predictions) == models


@pytest.mark.parametrize("form", ["label-studio", "cvat", "fiftyone", "croissant"])
def test_a_file_is_read_like_its_folder_and_so_is_one_that_was_moved(form: str, tmp_path: Path) -> None:
    package = detected(tmp_path)
    place = _exported(package, tmp_path, form)
    moved = place.rename(tmp_path / "elsewhere")
    file = {"label-studio": "tasks.json", "cvat": "annotations.xml", "fiftyone": "samples.json"}.get(
        form, "croissant.json"
    )
    for source in (moved, moved / file):
        dataset = read(source)
        assert len(dataset.samples) == 8
        assert len(dataset.ground_truth) == len(package.truth)
