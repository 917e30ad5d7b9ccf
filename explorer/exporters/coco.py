"""COCO: `instances.json`, and a results file for each model beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from explorer.data.records import COCO_ID
from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.names import distinct, safe_name
from explorer.exporters.numbers import numbered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

_NUMBERED = re.compile(r"gt:(\d{1,15})")
"""An object that came with a number from COCO."""

OWN = "edgecase"
"""The key under which images, annotations and results say what COCO has no place for: id, digest, tags and more."""


def write_coco(package: Package, folder: Path) -> None:
    """Write `instances.json`, and `results/MODEL.json` for each model.

    A box is `[x, y, width, height]` in pixels from the top left corner; a label of a whole image is a box of the
    whole image. Images, annotations and categories keep the numbers that they had in COCO; others have one that is
    the same in every export. Where a model gave no confidence, the score is 1.
    """
    images = list(images_of(package))
    numbers = numbered((image.id for image in images), _image_numbers(package))
    categories = category_numbers(package)
    annotated = _in_order(package.truth, {one.id: (image, one) for image in images for one in image.labels})
    known = {each: int(match[1]) for each in package.truth.index if (match := _NUMBERED.fullmatch(each))}
    ids = numbered(package.truth.index, known)
    content = {
        "info": {"description": str(package.about.get("workspace", "")), "version": "1.0", "contributor": OWN},
        "licenses": [],
        "images": [_image(image, numbers[image.id]) for image in images],
        "annotations": [
            {"id": ids[one.id], **_object(image, one, numbers, categories), **_region(one)} for image, one in annotated
        ],
        "categories": [{"id": number, "name": name, "supercategory": ""} for name, number in categories.items()],
    }
    _write(folder / "instances.json", content)
    (folder / "results").mkdir()
    files = distinct(f"{safe_name(model)}.json" for model in package.predictions)
    for model, file in zip(package.predictions, files, strict=True):
        found = {one.id: (image, one) for image in images for one in image.predictions[model]}
        results = [
            {**_object(image, one, numbers, categories), "score": 1.0 if one.confidence is None else one.confidence}
            for image, one in _in_order(package.predictions[model], found)
        ]
        _write(folder / "results" / file, results)


def category_numbers(package: Package) -> dict[str, int]:
    """The number of each class: the one that it had in its source, else one behind these."""
    known = {name: package.numbers[name] for name in package.classes if name in package.numbers}
    following = iter(range(max(known.values(), default=0) + 1, 2**31))
    return {name: known[name] if name in known else next(following) for name in package.classes}


def _image_numbers(package: Package) -> dict[str, int]:
    """The numbers that images had in COCO."""
    if COCO_ID not in package.images:
        return {}
    given = package.images[COCO_ID].dropna()
    return {str(each): int(number) for each, number in given.items() if number >= 0}


def _in_order(frame: pd.DataFrame, found: dict[str, tuple[Image, Object]]) -> list[tuple[Image, Object]]:
    """Objects as they came, by which readers tell equal scores apart."""
    return [found[each] for each in frame.index]


def _image(image: Image, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": image.file.removeprefix("images/"),
        "width": image.width,
        "height": image.height,
        **({"split": image.split} if image.split else {}),
        OWN: {"id": image.id, "digest": image.digest, **image.said},
    }


def _object(image: Image, one: Object, numbers: Mapping[str, int], categories: Mapping[str, int]) -> dict[str, Any]:
    return {
        "image_id": numbers[image.id],
        "category_id": categories[one.label],
        "bbox": list(one.box),
        OWN: {"id": one.id, **one.said},
    }


def _region(one: Object) -> dict[str, Any]:
    _, _, width, height = one.box
    return {"area": one.facts.get("area", width * height), "iscrowd": int(one.facts.get("crowd", False))}


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


COCO = FolderFormat(write_coco)
