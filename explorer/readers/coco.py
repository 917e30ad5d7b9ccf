"""COCO: ground truth in one JSON file beside its images, and a results file for each model."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.data.records import Dataset, Skipped
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.readers.coco_images import CocoImage, Id, beside, is_id, read_images
from explorer.readers.objects import Box, ObjectRows, check_name, number, pointless, probability, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd


def recognises(source: Path, labels: Path | None) -> bool:
    """Whether this reader takes the source: a JSON file, or a folder of images whose labels are one."""
    return (source.is_file() and _is_json(source)) or (labels is not None and _is_json(labels))


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def read(source: Path, labels: Path | None = None, predictions: Sequence[tuple[str, Path]] = ()) -> Dataset:
    """Read COCO ground truth and any number of results files.

    A sample's id is its `file_name` (and `#` its image id where two images share a name), an object's is `gt:` and
    its annotation id, a detection's the model's name and its place in the results file. Samples are in ascending
    order of image id, detections in the order of their file, as pycocotools looks at them, so that equal confidences
    are told apart alike. Scalar fields of an image that COCO does not define become metadata.

    Left out and listed: images whose file is missing; annotations and results of an image or category that is not
    known, whose id was there before, whose box is not four finite numbers or has a negative size, whose score is not
    a number from 0 to 1. Kept and listed: boxes without area or wholly outside the image, because pycocotools counts
    them, as missed or as false positives; so every figure equals that of pycocotools on the same files less what was
    left out. Boxes partly outside are kept as they are. A field `ignore` is not read: pycocotools overwrites it with
    `iscrowd`.

    Args:
        source: the folder of images, or the JSON file itself, whose images are looked for beside it, in `images`
            beside it, or one folder further up.
        labels: the JSON file, where the source is a folder.
        predictions: model names, each with a COCO results file.

    Returns:
        The images that exist, their objects and detections.

    Raises:
        SourceError: a file is not COCO, no image of it exists, no result can be used, or a model's name is taken.
    """
    path = labels or source
    if labels and not source.is_dir():
        raise SourceError(f"Expected a folder of images with the labels {labels.name}, found {source}.")
    content = _json(path)
    if not isinstance(content, dict) or not all(
        isinstance(content.get(key), list) for key in ("images", "annotations", "categories")
    ):
        raise SourceError(f"Expected COCO's lists images, annotations and categories in {path}, found other JSON.")
    skipped: list[Skipped] = []
    roots = [source, source / "images", source.parent] if labels else beside(path)
    images, samples = read_images(content["images"], path, roots, skipped)
    known = _Known(images, _categories(content["categories"], path, skipped))
    truth = _ground_truth(content["annotations"], path, known, skipped)
    detections: dict[str, pd.DataFrame] = {}
    for name, results in predictions:
        check_name(name, detections, results)
        detections[name] = _results(name, results, known, skipped)
    return Dataset(samples, truth, detections, Task.DETECTION, skipped=tuple(skipped))


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"Expected a COCO file in JSON at {path}, found {error or 'nested too deeply'}.") from error


@dataclass(frozen=True)
class _Known:
    """Images and category names by their ids."""

    images: Mapping[Id, CocoImage]
    categories: Mapping[Id, str]

    def find(self, entry: object) -> tuple[CocoImage, str, Box] | str:
        """The image, category and box of an annotation or result, or why they cannot be used."""
        if not isinstance(entry, dict):
            return "it is not a JSON object"
        image, category, box = entry.get("image_id"), entry.get("category_id"), _box(entry.get("bbox"))
        if not is_id(image) or image not in self.images:
            return f"its image id {image!r} is not known"
        if not is_id(category) or category not in self.categories:
            return f"its category id {category!r} is not known"
        if box is None:
            return f"its bbox is {entry.get('bbox')!r}, not four finite numbers"
        return unusable(box) or (self.images[image], self.categories[category], box)


def _box(value: object) -> Box | None:
    if not isinstance(value, list) or len(value) != 4:  # noqa: PLR2004
        return None
    x, y, width, height = map(number, value)
    if x is None or y is None or width is None or height is None:
        return None
    return x, y, width, height


def _categories(entries: Sequence[object], path: Path, skipped: list[Skipped]) -> dict[Id, str]:
    """Names by id; a name that two categories share gets their id added."""
    names: dict[Id, str] = {}
    for place, entry in enumerate(entries):
        identity = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not is_id(identity) or not entry.get("name"):
            skipped.append(Skipped(f"{path}, categories[{place}]", "it has no id or no name"))
        elif identity in names:
            skipped.append(Skipped(f"{path}, categories[{place}]", f"the category id {identity!r} was there before"))
        else:
            names[identity] = str(entry["name"])
    shared = Counter(names.values())
    return {identity: name if shared[name] == 1 else f"{name}#{identity}" for identity, name in names.items()}


def _ground_truth(entries: Sequence[object], path: Path, known: _Known, skipped: list[Skipped]) -> pd.DataFrame:
    rows = ObjectRows()
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        where = f"{path}, annotations[{place}]"
        found = known.find(entry)
        if isinstance(found, str) or not isinstance(entry, dict):
            skipped.append(Skipped(where, f"annotation {_name(entry)}: {found}"))
            continue
        image, category, box = found
        identity = entry.get("id")
        if not is_id(identity):
            skipped.append(Skipped(where, f"its id is {identity!r}, not a number or text"))
        elif str(identity) in seen:
            skipped.append(Skipped(where, f"the annotation id {identity!r} was there before; the first one is used"))
        elif image.sample:
            seen.add(str(identity))
            rows.add(f"gt:{identity}", image.sample, category, box)
            area = number(entry.get("area"))
            rows.area.append(box[2] * box[3] if area is None else area)
            rows.crowd.append(entry.get("iscrowd") == 1)
            if reason := pointless(box, image.width, image.height):
                skipped.append(Skipped(where, f"annotation {identity}: {reason}"))
    return rows.ground_truth()


def _name(entry: object) -> object:
    return entry.get("id", "without id") if isinstance(entry, dict) else "without id"


def _results(name: str, path: Path, known: _Known, skipped: list[Skipped]) -> pd.DataFrame:
    entries = _json(path)
    if not isinstance(entries, list):
        raise SourceError(f"Expected a COCO results file, a JSON list of detections, at {path}, found other JSON.")
    rows, before = ObjectRows(), len(skipped)
    for place, entry in enumerate(entries):
        where, found = f"{path}, entry {place}", known.find(entry)
        if isinstance(found, str) or not isinstance(entry, dict):
            skipped.append(Skipped(where, str(found)))
            continue
        image, category, box = found
        score = probability(entry.get("score"))
        if score is None:
            skipped.append(Skipped(where, f"its score is {entry.get('score')!r}, not a number from 0 to 1"))
        elif image.sample:
            rows.add(f"{name}:{place}", image.sample, category, box)
            rows.confidence.append(score)
            if reason := pointless(box, image.width, image.height):
                skipped.append(Skipped(where, reason))
    if entries and not rows.ids:
        reason = skipped[before].reason if len(skipped) > before else "their images do not exist"
        raise SourceError(f"Expected detections on the images of the source in {path}, found none to use: {reason}.")
    return rows.predictions()
