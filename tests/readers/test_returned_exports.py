"""Exports that come back as they went out, of no image, one and thousands, change nothing."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from explorer.corrections.diff import Standing, diff
from explorer.corrections.matching import KnownImage, match
from explorer.data.boxes import BOX
from explorer.data.corrections import LabelledBox
from explorer.exporters import FOLDERS, exporter
from explorer.readers.returned import read_returned
from tests.exporters.conftest import classified, detected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.exporters.package import Package

    Packages = Callable[[Callable[..., Package], int], Package]

FORMS = {
    **{form: form for form in ("coco", "yolo", "label-studio", "cvat", "fiftyone")},
    **dict.fromkeys(("csv", "parquet", "images"), "table"),
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Packages of so many images, whose files are written once."""
    folder = tmp_path_factory.mktemp("packages")
    return cache(lambda make, count: make(folder, count))


def _standing(package: Package) -> dict[str, Standing]:
    boxes: dict[str, list[LabelledBox]] = {each: [] for each in package.images.index}
    labels: dict[str, str] = {}
    for each, row in zip(package.truth.index, package.truth.to_dict("records"), strict=True):
        if package.has_boxes:
            boxes[row["sample"]].append(LabelledBox(each, row["label"], *(float(row[side]) for side in BOX)))
        else:
            labels[row["sample"]] = row["label"]
    sizes = zip(package.images.index, package.images["width"], package.images["height"], strict=True)
    return {
        each: Standing(float(width), float(height), labels.get(each), tuple(boxes[each]))
        for each, width, height in sizes
    }


def _kinds(package: Package, folder: Path, form: str) -> Counter[str]:
    place = folder / ("out" if form in FOLDERS else f"out.{form}")
    exporter(form)(package, place)
    content = read_returned(place, FORMS[form] if package.has_boxes or form != "yolo" else "folder").content
    known = [KnownImage(*row) for row in package.images[["filepath", "digest"]].itertuples()]
    matched, unmatched = match(content.images, known)
    assert unmatched == []
    return Counter(one.kind for one in diff(matched, unmatched, _standing(package), has_boxes=package.has_boxes))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_boxes_change_nothing(form: str, count: int, packages: Packages, tmp_path: Path) -> None:
    package = packages(detected, count)
    kinds = _kinds(package, tmp_path, form)
    assert kinds == ({"unchanged": len(package.truth)} if count else {})


@pytest.mark.parametrize("form", [form for form in FORMS if form != "yolo"])
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_labels_change_nothing(form: str, count: int, packages: Packages, tmp_path: Path) -> None:
    package = packages(classified, count)
    kinds = _kinds(package, tmp_path, form)
    bare = count - len(package.truth)
    assert kinds == {
        kind: number for kind, number in (("unchanged", len(package.truth)), ("no answer", bare)) if number
    }
