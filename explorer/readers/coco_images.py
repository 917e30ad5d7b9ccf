"""The images of a COCO file: where they are, and what is said about them."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from explorer.data.records import MEASURED, Skipped
from explorer.errors import SourceError
from explorer.readers.files import located
from explorer.readers.objects import number
from explorer.readers.values import inferred

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Id = int | float | str
_ID = (int, float, str)

_NOT_METADATA = MEASURED | {
    "id",
    "file_name",
    "filepath",
    "label",
    "license",
    "coco_url",
    "flickr_url",
    "date_captured",
}
"""Fields of an image that say nothing about it, or have a place of their own."""


@dataclass(frozen=True)
class CocoImage:
    """What annotations need to know of an image: its sample (empty where its file is missing) and its size."""

    sample: str
    width: float
    height: float


def is_id(value: object) -> TypeGuard[Id]:
    """Whether a JSON value can be an id: a number or text."""
    if isinstance(value, _ID):
        return value is not True and value is not False and value == value  # noqa: PLR0124 - NaN is no id
    return False


def beside(path: Path) -> list[Path]:
    """Where the images of a JSON file may be, likeliest first; COCO's own are in ../val2017 for instances_val2017."""
    folder, above = path.absolute().parent, path.absolute().parent.parent
    split = path.stem.removeprefix("instances_")
    return [folder, folder / "images", above, above / "images", above / split, above / "images" / split]


def read_images(
    entries: Sequence[object], path: Path, roots: Sequence[Path], skipped: list[Skipped]
) -> tuple[dict[Id, CocoImage], pd.DataFrame]:
    """Read COCO's list of images.

    Args:
        entries: the list.
        path: the file it is in.
        roots: folders that a `file_name` may start at, likeliest first.
        skipped: what is left out is appended here.

    Returns:
        Images by id, in ascending order, and the table of the samples whose file exists.

    Raises:
        SourceError: no image's file exists.
    """
    usable = dict(_usable_images(entries, path, skipped))
    shared = Counter(entry["file_name"] for entry in usable.values())
    images: dict[Id, CocoImage] = {}
    rows: dict[str, dict[str, object]] = {}
    for identity in sorted(usable, key=lambda each: (isinstance(each, str), each)):
        entry = usable[identity]
        name = entry["file_name"]
        sample = name if shared[name] == 1 else f"{name}#{identity}"
        file = located(name, *roots)
        exists = os.path.isfile(file)  # noqa: PTH113 - an unreadable folder is a no here, not an error
        width, height = (number(entry.get(side)) or float("inf") for side in ("width", "height"))
        images[identity] = CocoImage(sample if exists else "", width, height)
        if exists:
            rows[sample] = {**_metadata(entry), "filepath": file}
        else:
            skipped.append(Skipped(name, f"{path.name} names it, but the file does not exist; its boxes are left out"))
    if not rows:
        looked = ", ".join(str(root) for root in roots)
        raise SourceError(f"Expected the images of {path}, found none of {len(usable)}. Looked in {looked}.")
    return images, _samples(rows)


def _usable_images(
    entries: Sequence[object], path: Path, skipped: list[Skipped]
) -> Iterator[tuple[Id, dict[str, Any]]]:
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        where = f"{path}, images[{place}]"
        identity = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str) or not entry["file_name"]:
            skipped.append(Skipped(where, "it has no file_name"))
        elif not is_id(identity):
            skipped.append(Skipped(where, f"its id is {identity!r}, not a number or text"))
        elif str(identity) in seen:
            skipped.append(Skipped(where, f"the image id {identity!r} was there before; the first one is used"))
        else:
            seen.add(str(identity))
            yield identity, entry


def _metadata(entry: Mapping[str, object]) -> dict[str, object]:
    return {
        key: value for key, value in entry.items() if key not in _NOT_METADATA and not isinstance(value, list | dict)
    }


def _samples(rows: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    index = pd.Index(list(rows), name="id", dtype=object)
    names = dict.fromkeys(name for row in rows.values() for name in row if name != "filepath")
    samples = pd.DataFrame({"filepath": [row["filepath"] for row in rows.values()]}, index, dtype=object)
    for name in names:
        samples[name] = inferred(pd.Series([row.get(name) for row in rows.values()], index, object, name))
    return samples
