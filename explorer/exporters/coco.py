"""COCO: `instances.json`, and a results file for each model beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.names import distinct, safe_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

_NUMBERED = re.compile(r"gt:(\d{1,15})")
"""An object that came with a number from COCO."""

OWN = "edgecase"
"""The key under which images, annotations and results say what COCO has no place for: id, digest, tags."""


def write_coco(package: Package, folder: Path) -> None:
    """Write `instances.json`, and `results/MODEL.json` for each model.

    A box is `[x, y, width, height]` in pixels from the top left corner; a label of a whole image is a box of the
    whole image. An annotation keeps the number that it had in COCO. Where a model gave no confidence, the score is 1.
    """
    images = list(images_of(package))
    numbers = {image.id: number for number, image in enumerate(images, start=1)}
    categories = {name: number for number, name in enumerate(package.classes, start=1)}
    annotated = _in_order(package.truth, {one.id: (image, one) for image in images for one in image.labels})
    content = {
        "info": {"description": str(package.about.get("workspace", "")), "version": "1.0", "contributor": OWN},
        "licenses": [],
        "images": [_image(image, numbers[image.id]) for image in images],
        "annotations": [
            {"id": number, **_object(image, one, numbers, categories), **_region(one)}
            for number, (image, one) in zip(_ids([one.id for _, one in annotated]), annotated, strict=True)
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
        OWN: {"id": image.id, "digest": image.digest, "tags": image.tags},
    }


def _object(image: Image, one: Object, numbers: dict[str, int], categories: dict[str, int]) -> dict[str, Any]:
    return {
        "image_id": numbers[image.id],
        "category_id": categories[one.label],
        "bbox": list(one.box),
        OWN: {"id": one.id, "tags": one.tags},
    }


def _region(one: Object) -> dict[str, Any]:
    _, _, width, height = one.box
    return {"area": one.facts.get("area", width * height), "iscrowd": int(one.facts.get("crowd", False))}


def _ids(ids: Sequence[str]) -> list[int]:
    """The numbers that objects had in COCO, and for the others those after the last."""
    known = [int(found[1]) if (found := _NUMBERED.fullmatch(each)) else None for each in ids]
    following = iter(range(max((each for each in known if each is not None), default=0) + 1, 2**62))
    return [next(following) if each is None else each for each in known]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


COCO = FolderFormat(write_coco)
