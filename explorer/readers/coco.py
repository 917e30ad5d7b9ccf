"""COCO: ground truth in one JSON file beside its images, and a results file for each model."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from explorer.data.boxes import BOX
from explorer.data.records import Dataset, Skipped, Used
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.readers.coco_images import CocoImage, beside, id_text, is_id, read_images
from explorer.readers.coco_plain import finite, plain
from explorer.readers.documents import has_words, not_collecting, read_json
from explorer.readers.objects import (
    Box,
    LeftOut,
    ObjectRows,
    check_name,
    found_table,
    number,
    pointless,
    probability,
    truth_table,
    unusable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

OWN = "edgecase"
"""Who contributed the files that we export, and the key under which they say what COCO has no place for."""

_LISTS = ("images", "annotations", "categories")

_NO_IMAGE = "their images do not exist"


def recognises(source: Path, labels: Path | None) -> bool:
    """Whether this reader takes the source: a JSON file, or a folder of images whose labels are one."""
    return (source.is_file() and _is_json(source)) or (labels is not None and _is_json(labels))


def is_coco(path: Path) -> bool:
    """Whether a file has the three lists of COCO, as far as their names say."""
    return _is_json(path) and has_words(path, *_LISTS)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


@not_collecting()
def read(source: Path, labels: Path | None = None, predictions: Sequence[tuple[str, Path]] = ()) -> Dataset:
    """Read COCO ground truth and any number of results files.

    A sample's id is its `file_name` (and `#` its image id where two images share a name), an object's is `gt:` and
    its annotation id (and `#` its place where that is missing or was there before), a detection's the model's name
    and its place in the results file. Samples are in ascending order of image id, detections in the order of their
    file, as pycocotools looks at them, so that equal confidences are told apart alike. Scalar fields of an image that
    COCO does not define become metadata; where the ids of images are whole numbers, these are `coco_id`. Ids are the
    same as numbers and as text; an entry with a `file_name` is joined by that.

    Left out and listed: images whose file is missing; annotations and results of an image or category that is not
    known, which are there twice, whose box is not four finite numbers or has a negative size, whose score is not
    a number from 0 to 1. Kept and listed: boxes without area or wholly outside the image, because pycocotools counts
    them, as missed or as false positives; so every figure equals that of pycocotools on the same files less what was
    left out. Boxes partly outside are kept as they are. Where the file has another size than the JSON says, its boxes
    are scaled or turned to it, and that is listed. A field `ignore` is not read: pycocotools overwrites it with
    `iscrowd`. In our own exports, where every box is all of its image, these are labels of images, not boxes.

    Args:
        source: the folder of images, or the JSON file itself, whose images are looked for beside it, in `images`
            beside it, in a folder named like it, or one folder further up.
        labels: the JSON file, where the source is a folder.
        predictions: model names, each with a COCO results file.

    Returns:
        The images that exist, their objects and detections.

    Raises:
        SourceError: a file is not COCO, no image of it exists, or a model's name is taken.
    """
    path = labels or source
    if labels and not source.is_dir():
        raise SourceError(f"Expected a folder of images with the labels {labels.name}, found {source}.")
    content = read_json(path)
    if not isinstance(content, dict) or not all(isinstance(content.get(key), list) for key in _LISTS):
        raise SourceError(
            f"Expected COCO's lists images, annotations and categories in {path}, found {_kind(content)}."
        )
    skipped: list[Skipped] = []
    roots = [source, source / "images", source.parent] if labels else beside(path)
    images, samples = read_images(content["images"], path, roots, skipped)
    known = _Known(images, category_names(content["categories"], path, skipped))
    truth, used = _ground_truth(content["annotations"], path, known, skipped)
    detections: dict[str, pd.DataFrame] = {}
    uses = [used]
    for name, results in predictions:
        check_name(name, detections, results)
        detections[name], used = _results(name, results, known, skipped)
        uses.append(used)
    numbers = {name: int(number) for number, name in known.categories.items() if number.isdecimal()}
    left_out, files = tuple(skipped), tuple(uses)
    found = Dataset(samples, truth, detections, Task.DETECTION, skipped=left_out, used=files, class_numbers=numbers)
    return _as_labels(found, images.values()) if _is_ours(content) else found


def _is_ours(content: Mapping[str, Any]) -> bool:
    """Whether a file is an export of ours."""
    info = content.get("info")
    return isinstance(info, dict) and info.get("contributor") == OWN


def _as_labels(dataset: Dataset, images: Iterable[CocoImage]) -> Dataset:
    """Labels of whole images, which COCO has as boxes of all of each image; as it is where there is any other box."""
    sizes = {image.sample: image.fit.shown for image in images}
    tables = [dataset.ground_truth, *dataset.predictions.values()]
    rows = (row for table in tables for row in table[["sample", *BOX]].itertuples(index=False))
    whole = all((x, y, width, height) == (0, 0, *sizes[sample]) for sample, x, y, width, height in rows)
    if not whole or dataset.ground_truth.empty or any(table["sample"].duplicated().any() for table in tables):
        return dataset
    truth, *said = (table.drop(columns=list(BOX)).set_index(table["sample"].rename("id")) for table in tables)
    return replace(
        dataset,
        ground_truth=truth[["sample", "label"]],
        predictions=dict(zip(dataset.predictions, said, strict=True)),
        task=Task.CLASSIFICATION,
    )


def _kind(content: object) -> str:
    """What JSON that is no COCO file is, as far as it shows."""
    if isinstance(content, dict):
        return f"an object with {', '.join(list(content)[:5]) or 'nothing'}"
    if not isinstance(content, list):
        return "a single value"
    first = content[0] if content else None
    if isinstance(first, dict) and {"image_id", "bbox", "score"} <= first.keys():
        return "COCO results: give them as --predictions NAME=FILE, and the ground truth as the source"
    return "a list, as other tools write it: export it as COCO"


@dataclass(frozen=True)
class _Known:
    """Images by the text of their ids and by their names, and category names by the text of their ids."""

    images: Mapping[str, CocoImage]
    categories: Mapping[str, str]

    @cached_property
    def named(self) -> Mapping[str, CocoImage | None]:
        """Images by each of their names; None where several share it."""
        return _by_name(self.images.values())

    def find(self, entry: object) -> tuple[CocoImage, str, Box] | str:
        """The image, category and box of an annotation or result, or why they cannot be used."""
        if not isinstance(entry, dict):
            return "it is not a JSON object"
        image, category, box = self._image(entry), entry.get("category_id"), box_of(entry.get("bbox"))
        if isinstance(image, str):
            return image
        if not is_id(category) or id_text(category) not in self.categories:
            return f"its category id {category!r} is not known"
        if box is None:
            return f"its bbox is {entry.get('bbox')!r}, not four finite numbers"
        box = image.fit.box(box)
        return unusable(box) or image.fit.unfit or (image, self.categories[id_text(category)], box)

    def contradicts(self, entry: Mapping[str, Any]) -> bool:
        """Whether file name and image id name two images."""
        named, numbered = self._named(entry.get("file_name")), self._numbered(entry.get("image_id"))
        return named is not None and numbered is not None and named is not numbered

    def _image(self, entry: Mapping[str, Any]) -> CocoImage | str:
        """The image that an entry names, by its file name where it has one: numbers of others may count otherwise."""
        name, identity = entry.get("file_name"), entry.get("image_id")
        named = self._named(name)
        if named is None and isinstance(name, str) and not self.named.keys() & set(_names(name)):
            return f"its file_name {name!r} is not known"
        return named or self._numbered(identity) or self._named(identity) or f"its image id {identity!r} is not known"

    def _named(self, name: object) -> CocoImage | None:
        known = (self.named.get(each) for each in _names(name)) if isinstance(name, str) else ()
        return next((image for image in known if image), None)

    def _numbered(self, identity: object) -> CocoImage | None:
        return self.images.get(id_text(identity)) if is_id(identity) else None


def _names(name: str) -> list[str]:
    """What a file may be called: its path, its name, its name without the ending."""
    path = PurePosixPath(name.replace("\\", "/"))
    return list(dict.fromkeys([name, path.name, path.stem]))


def _by_name(images: Iterable[CocoImage]) -> dict[str, CocoImage | None]:
    named: dict[str, CocoImage | None] = {}
    for image in images:
        for name in _names(image.name):
            named[name] = None if name in named else image
    return named


def box_of(value: object) -> Box | None:
    """A box of COCO, four finite numbers; None for anything else."""
    if not isinstance(value, list) or len(value) != 4:  # noqa: PLR2004
        return None
    x, y, width, height = map(number, value)
    if x is None or y is None or width is None or height is None:
        return None
    return x, y, width, height


def category_names(entries: Sequence[object], path: Path, skipped: list[Skipped]) -> dict[str, str]:
    """Names by the text of their id; a name that two categories share gets their id added."""
    names: dict[str, str] = {}
    for place, entry in enumerate(entries):
        identity, name = (entry.get("id"), _category(entry.get("name"))) if isinstance(entry, dict) else (None, "")
        if not is_id(identity) or not name:
            skipped.append(Skipped(f"{path}, categories[{place}]", "it has no id or no name"))
        elif id_text(identity) in names:
            skipped.append(Skipped(f"{path}, categories[{place}]", f"the category id {identity!r} was there before"))
        else:
            names[id_text(identity)] = name
    shared = Counter(names.values())
    return {identity: name if shared[name] == 1 else f"{name}#{identity}" for identity, name in names.items()}


def _category(name: object) -> str:
    """A name as it is written, also a number or a boolean; empty where there is none."""
    if name is None or isinstance(name, list | dict):
        return ""
    return name.strip() if isinstance(name, str) else json.dumps(name)


def _plain_truth(entries: Sequence[Any], path: Path, known: _Known, skipped: list[Skipped]) -> pd.DataFrame | None:
    """The objects of annotations of which none is odd; None where one is."""
    told = plain(entries, known.images, known.categories)
    areas = finite(entries, "area") if told else None
    if told is None or areas is None:
        return None
    ids = [entry.get("id") for entry in entries]
    if set(map(type, ids)) != {int} or len(set(ids)) < len(ids):
        return None
    for place, reason in told.pointless():
        skipped.append(Skipped(f"{path}, annotations[{place}]", f"annotation {ids[place]}: {reason}"))
    return truth_table(told.table([f"gt:{each}" for each in ids]), areas, [one.get("iscrowd") == 1 for one in entries])


def _ground_truth(
    entries: Sequence[object], path: Path, known: _Known, skipped: list[Skipped]
) -> tuple[pd.DataFrame, Used]:
    rows, left_out, numbered = ObjectRows(), LeftOut(skipped), 0
    told = _plain_truth(entries, path, known, skipped)
    if told is not None:
        return told, left_out.used(path, "annotations", told)
    first: dict[str, object] = {}
    for place, entry in enumerate(entries):
        where, found = f"{path}, annotations[{place}]", known.find(entry)
        if isinstance(found, str) or not isinstance(entry, dict):
            left_out.add(where, str(found), named=f"annotation {_name(entry)}: ")
            continue
        image, category, box = found
        identity = id_text(entry["id"]) if is_id(entry.get("id")) else ""
        if not image.sample:
            left_out.count(_NO_IMAGE)
        elif identity and first.get(identity) == entry:
            left_out.add(where, "the same annotation was there before", named=f"annotation {identity}: ")
        else:
            if not identity or identity in first:
                identity, numbered = f"{identity}#{place}", numbered + 1
            first[identity] = entry
            rows.add(f"gt:{identity}", image.sample, category, box)
            area = number(entry.get("area"))
            rows.area.append(box[2] * box[3] if area is None else image.fit.area(area))
            rows.crowd.append(entry.get("iscrowd") == 1)
            if reason := pointless(box, *image.fit.shown):
                skipped.append(Skipped(where, f"annotation {_name(entry)}: {reason}"))
    if numbered:
        reason = f"annotations without an id, or with one that was there before, numbered by their place: {numbered}"
        skipped.append(Skipped(str(path), reason))
    return rows.ground_truth(), left_out.used(path, "annotations", rows)


def _name(entry: object) -> object:
    return entry.get("id", "without id") if isinstance(entry, dict) else "without id"


def _results(name: str, path: Path, known: _Known, skipped: list[Skipped]) -> tuple[pd.DataFrame, Used]:
    entries = read_json(path)
    if not isinstance(entries, list):
        raise SourceError(f"Expected a COCO results file, a JSON list of detections, at {path}, found other JSON.")
    rows, left_out, renamed = ObjectRows(), LeftOut(skipped), 0
    told = plain(entries, known.images, known.categories)
    scores = finite(entries, "score") if told else None
    if told is not None and scores is not None and scores.min() >= 0 and scores.max() <= 1:
        skipped += [Skipped(f"{path}, entry {place}", reason) for place, reason in told.pointless()]
        table = found_table(told.table([f"{name}:{place}" for place in range(len(entries))]), scores)
        return table, left_out.used(path, "detections", table)
    for place, entry in enumerate(entries):
        where, found = f"{path}, entry {place}", known.find(entry)
        if isinstance(found, str) or not isinstance(entry, dict):
            left_out.add(where, str(found))
            continue
        image, category, box = found
        score = probability(entry.get("score"))
        if score is None:
            left_out.add(where, f"its score is {entry.get('score')!r}, not a number from 0 to 1")
        elif not image.sample:
            left_out.count(_NO_IMAGE)
        else:
            renamed += known.contradicts(entry)
            rows.add(f"{name}:{place}", image.sample, category, box)
            rows.confidence.append(score)
            if reason := pointless(box, *image.fit.shown):
                skipped.append(Skipped(where, reason))
    if renamed:
        reason = f"detections whose file_name is not that of their image_id, joined by file_name: {renamed}"
        skipped.append(Skipped(str(path), reason))
    return rows.predictions(), left_out.used(path, "detections", rows)
