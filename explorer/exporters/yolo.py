"""YOLO: of boxes `data.yaml`, images and text files; of labels of whole images a folder for each class."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml

from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.names import distinct, image_names, safe_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

_SPLITS = {"val": "val", "valid": "val", "validation": "val", "dev": "val", "test": "test", "testing": "test"}
_TRAIN = "train"


def place(package: Package) -> Sequence[str]:
    """`images/SPLIT/NAME` of boxes, `SPLIT/CLASS/NAME` of images with one label each; no two stems are the same.

    Readers of YOLO do not all look into further folders.
    """
    frame = package.images
    splits = [_SPLITS.get(str(each).lower(), _TRAIN) for each in frame.get("split", frame["digest"])]
    names = [PurePosixPath(name).name for name in image_names(frame.index, frame["filepath"])]
    if package.has_boxes:
        named = (f"images/{split}/{name}" for split, name in zip(splits, names, strict=True))
        return distinct(named, lambda path: str(path.with_suffix("")))
    labels = package.truth.set_index("sample")["label"].reindex(frame.index)
    folders = class_folders(package.classes)
    places = [
        f"{split}/{folders[label]}/{name}" if label == label else ""  # noqa: PLR0124 - NaN
        for split, label, name in zip(splits, labels, names, strict=True)
    ]
    found = iter(distinct(filter(None, places)))
    return [next(found) if each else "" for each in places]


def class_folders(classes: Sequence[str]) -> dict[str, str]:
    """The folder of each class."""
    return dict(zip(classes, distinct(map(safe_name, classes), lambda path: path.name), strict=True))


def write_yolo(package: Package, folder: Path) -> None:
    """Write what says the labels, and `predictions/MODEL` or `predictions-MODEL.csv` for each model.

    Boxes are `class x y width height` in shares of the image, from the centre of the box; of detections the confidence
    follows. What reaches beyond its image is cut at its edge. Crowds, and boxes that lie outside, have no place here:
    they are in the manifest alone. Predictions of whole images are tables with `image`, `prediction`, `confidence`.
    """
    images = list(images_of(package))
    models = distinct(map(safe_name, package.predictions), lambda path: path.name)
    if not package.has_boxes:
        _write_tables(images, dict(zip(package.predictions, models, strict=True)), folder)
        return
    numbers = {name: number for number, name in enumerate(package.classes)}
    splits = [_TRAIN, "val", *(["test"] if any(_split(image) == "test" for image in images) else [])]
    for split in splits:
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / split).mkdir(parents=True, exist_ok=True)
    config = {"path": ".", **{split: f"images/{split}" for split in splits}, "names": dict(enumerate(package.classes))}
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    (folder / "data.yaml").write_text(text, "utf-8")
    for image in images:
        lines = PurePosixPath(image.exported_as).relative_to("images").with_suffix(".txt")
        _write_lines(folder / "labels" / lines, image.labels, image, numbers)
        for model, name in zip(package.predictions, models, strict=True):
            _write_lines(folder / "predictions" / name / lines, image.predictions[model], image, numbers)


def _split(image: Image) -> str:
    return PurePosixPath(image.exported_as).parts[1]


def _write_lines(path: Path, objects: Sequence[Object], image: Image, numbers: dict[str, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (_line(one, image, numbers[one.label]) for one in objects if not one.facts.get("crowd"))
    path.write_text("".join(filter(None, lines)), "utf-8")


def _line(one: Object, image: Image, number: int) -> str:
    x, y, width, height = one.box
    left, right = (min(max(edge, 0.0), image.width) for edge in (x, x + width))
    top, bottom = (min(max(edge, 0.0), image.height) for edge in (y, y + height))
    if (right <= left and width) or (bottom <= top and height):
        return ""
    shares = (
        (left + right) / 2 / image.width,
        (top + bottom) / 2 / image.height,
        (right - left) / image.width,
        (bottom - top) / image.height,
    )
    scored = "" if one.confidence is None else f" {one.confidence:.9g}"
    return f"{number} {' '.join(f'{share:.9g}' for share in shares)}{scored}\n"


def _write_tables(images: Sequence[Image], models: dict[str, str], folder: Path) -> None:
    """Write what models said of whole images: the classes are folders already."""
    import pandas as pd

    from explorer.exporters.csv_table import csv_bytes

    for model, name in models.items():
        said = [(image.exported_as, one) for image in images for one in image.predictions[model]]
        table = pd.DataFrame(
            {"prediction": [one.label for _, one in said], "confidence": [one.confidence for _, one in said]},
            index=pd.Index([exported_as for exported_as, _ in said], dtype=object),
        )
        (folder / f"predictions-{name}.csv").write_bytes(csv_bytes(table))


YOLO = FolderFormat(write_yolo, place, "it has no label, and here the folder of an image is its label")
