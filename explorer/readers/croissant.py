"""Croissant, as our exports write it: tables of images, ground truth and predictions beside `croissant.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.data.boxes import BOX
from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.errors import SourceError
from explorer.readers.frames import read_frame
from explorer.readers.values import numbers, texts

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

CROISSANT = "croissant.json"

_IMAGES, _TRUTH, _PREDICTIONS = "images.parquet", "ground_truth.parquet", "predictions.parquet"
_COLUMNS = {"id", "file", "digest", "width", "height"}


def takes(path: Path) -> bool:
    """Whether a file describes such tables."""
    return path.name == CROISSANT and all((path.parent / name).is_file() for name in (_IMAGES, _TRUTH, _PREDICTIONS))


def read_labels(path: Path) -> LabelFile:
    """The images of the tables; where every box is of a whole image, these are labels of images.

    Raises:
        SourceError: a table cannot be read, or is none of our exports.
    """
    images = read_frame(path.parent / _IMAGES)
    if not set(images.columns) >= _COLUMNS:
        raise SourceError(f"Expected the columns {', '.join(sorted(_COLUMNS))} in {path.parent / _IMAGES}.")
    sizes = dict(
        zip(texts(images["id"]), zip(numbers(images["width"]), numbers(images["height"]), strict=True), strict=True)
    )
    truth, said = read_frame(path.parent / _TRUTH), read_frame(path.parent / _PREDICTIONS)
    tables = {"": truth} | {str(model): table for model, table in said.groupby("model", sort=False)}
    regions = {model: _regions(table) for model, table in tables.items()}
    has_boxes = any(
        region.box != (0, 0, *sizes.get(image, (0, 0)))
        for each in regions.values()
        for image, found in each.items()
        for region in found
    )
    found = [
        LabelledImage(
            f"{path.parent.name}, {image}",
            file or "",
            id=image or "",
            digest=digest or "",
            size=(float(width), float(height)),
            regions=_as(regions[""].get(image or "", []), boxes=has_boxes),
            answered=has_boxes or bool(regions[""].get(image or "")),
            predictions={
                model: _as(each.get(image or "", []), boxes=has_boxes) for model, each in regions.items() if model
            },
            facts={name: value for name, value in (("split", split), ("tags", tags)) if value},
        )
        for image, file, digest, split, tags, width, height in zip(
            *(texts(images[name]) for name in ("id", "file", "digest", "split", "tags")),
            numbers(images["width"]),
            numbers(images["height"]),
            strict=True,
        )
    ]
    return LabelFile(found, has_boxes, [])


def _regions(table: pd.DataFrame) -> dict[str, list[Region]]:
    found: dict[str, list[Region]] = {}
    sides = [numbers(table[side]) for side in BOX]
    scores = numbers(table["confidence"]) if "confidence" in table else [float("nan")] * len(table)
    names = [texts(table[name]) for name in ("id", "image", "label")]
    for identity, image, label, score, *box in zip(*names, scores, *sides, strict=True):
        x, y, width, height = map(float, box)
        known = None if score != score else float(score)  # noqa: PLR0124 - NaN
        found.setdefault(image or "", []).append(Region(label or "", (x, y, width, height), identity or "", known))
    return found


def _as(regions: list[Region], *, boxes: bool) -> tuple[Region, ...]:
    return tuple(region if boxes else region._replace(box=None) for region in regions)
