"""The images of a COCO file: where they are, and what is said about them."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import pandas as pd

from explorer.data.records import COCO_ID, MEASURED, Skipped
from explorer.errors import SourceError
from explorer.readers.coco_sizes import Fit, fit_to
from explorer.readers.files import all_located, located
from explorer.readers.objects import number
from explorer.readers.values import inferred

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Id = int | float | str
_ID = (int, float, str)

_NOT_METADATA = MEASURED | {
    COCO_ID,
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

_MOST = 2**53
"""Numbers that JSON holds exactly in every language."""

_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio writes before the name of a file that was uploaded."""


@dataclass(frozen=True)
class CocoImage:
    """What annotations need to know of an image: its name, its sample (empty where its file is missing), its size."""

    name: str
    sample: str
    fit: Fit


def is_id(value: object) -> TypeGuard[Id]:
    """Whether a JSON value can be an id: a number or text."""
    if isinstance(value, _ID):
        return value is not True and value is not False and value == value  # noqa: PLR0124 - NaN is no id
    return False


def id_text(identity: Id) -> str:
    """What an id is written as anywhere: 1, 1.0 and "1" are one."""
    return str(int(identity)) if isinstance(identity, float) and identity.is_integer() else str(identity)


def beside(path: Path) -> list[Path]:
    """Where the images of a JSON file may be, likeliest first; COCO's own are in ../val2017 for instances_val2017."""
    folder, above = path.absolute().parent, path.absolute().parent.parent
    split = path.stem.rpartition("_")[2]
    inner = ("", "images", "data", split, f"images/{split}")
    return [start / name for start in (folder, above) for name in inner]


def read_images(
    entries: Sequence[object], path: Path, roots: Sequence[Path], skipped: list[Skipped]
) -> tuple[dict[str, CocoImage], pd.DataFrame]:
    """Read COCO's list of images.

    Args:
        entries: the list.
        path: the file it is in.
        roots: folders that a `file_name` may start at, likeliest first.
        skipped: what is left out is appended here, and where a size is not the file's.

    Returns:
        Images by the text of their id, in ascending order of ids, and the table of the samples whose file exists.

    Raises:
        SourceError: no image's file exists.
    """
    before = len(skipped)
    usable = dict(_usable_images(entries, path, skipped))
    if not usable:
        reason = skipped[before].reason if len(skipped) > before else "its list is empty"
        raise SourceError(f"Expected the images of {path}, found none: {reason}.")
    shared = Counter(entry["file_name"] for entry in usable.values())
    files = find_files([entry["file_name"] for entry in usable.values()], path, roots, skipped)
    images: dict[str, CocoImage] = {}
    rows: dict[str, dict[str, object]] = {}
    for identity in sorted(usable, key=lambda each: (isinstance(each, str), each)):
        entry = usable[identity]
        name = entry["file_name"]
        sample = name if shared[name] == 1 else f"{name}#{identity}"
        width, height = (_side(entry.get(side)) for side in ("width", "height"))
        fit, reason = fit_to(files[name], width, height) if name in files else (Fit(width, height), "")
        images[id_text(identity)] = CocoImage(name, sample if name in files else "", fit)
        if name in files:
            rows[sample] = {**_metadata(entry), "filepath": files[name], COCO_ID: identity}
        else:
            reason = f"{path.name} names it, but the file does not exist; its boxes are left out"
        skipped += [Skipped(name, reason)] if reason else []
    if not rows:
        looked = ", ".join(str(root) for root in roots if root.is_dir())
        first = located(next(iter(images.values())).name, *roots)
        raise SourceError(
            f"Expected the images of {path}, found none of {len(usable)}. Looked in {looked}. The first: {first}."
        )
    return images, _samples(rows)


def _side(value: object) -> float:
    known = number(value)
    return known if known is not None and known > 0 else float("inf")


def _usable_images(
    entries: Sequence[object], path: Path, skipped: list[Skipped]
) -> Iterator[tuple[Id, dict[str, Any]]]:
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        where = f"{path}, images[{place}]"
        identity = entry.get("id") if isinstance(entry, dict) else None
        name = _name(entry) if isinstance(entry, dict) else ""
        if not isinstance(entry, dict) or not name:
            skipped.append(Skipped(where, "it has no file_name and no coco_url"))
        elif not is_id(identity):
            skipped.append(Skipped(where, f"its id is {identity!r}, not a number or text"))
        elif id_text(identity) in seen:
            skipped.append(Skipped(where, f"the image id {identity!r} was there before; the first one is used"))
        else:
            seen.add(id_text(identity))
            yield identity, {**entry, "file_name": name}


def _name(entry: Mapping[str, object]) -> str:
    """The file name; of LVIS, which has none, the end of its URL, such as `val2017/000000397133.jpg`."""
    name, url = entry.get("file_name"), entry.get("coco_url")
    if isinstance(name, str) and name:
        return name
    return "/".join(url.split("/")[-2:]) if isinstance(url, str) else ""


def find_files(names: Sequence[str], path: Path, roots: Sequence[Path], skipped: list[Skipped]) -> dict[str, str]:
    """Where the images are that exist; one whose path is of another machine is found by the end of it.

    Args:
        names: what they are called.
        path: the file that calls them so.
        roots: folders that a name may start at, likeliest first.
        skipped: how many were found by the end of their path is appended here.
    """
    files = {name: file for name, file in zip(names, all_located(names, roots[0]), strict=True) if _is_file(file)}
    files |= {name: file for name in names if name not in files and _is_file(file := located(name, *roots))}
    lost = [name for name in names if name not in files]
    ends = Counter(_ends(name)[-1] for name in dict.fromkeys(names if lost else ()))
    moved: dict[str, str] = {}
    for name in lost:
        if ends[_ends(name)[-1]] == 1:
            found = [file for end in _ends(name) if _is_file(file := located(end, *roots))]
            moved |= {name: found[0]} if found else {}
    if moved:
        name, file = next(iter(moved.items()))
        reason = f"images found by the end of their path, such as {name} at {file}: {len(moved)}"
        skipped.append(Skipped(str(path), reason))
    return files | moved


def _ends(name: str) -> list[str]:
    """What of a path may be left of it on this machine, longest first."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}] or [name]
    return [*("/".join(parts[start:]) for start in range(len(parts))), _UPLOADED.sub("", parts[-1], count=1)]


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - an unreadable folder is a no here, not an error


def _metadata(entry: Mapping[str, object]) -> dict[str, object]:
    return {
        key: value for key, value in entry.items() if key not in _NOT_METADATA and not isinstance(value, list | dict)
    }


def _samples(rows: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    index = pd.Index(list(rows), name="id", dtype=object)
    names = dict.fromkeys(name for row in rows.values() for name in row if name not in ("filepath", COCO_ID))
    samples = pd.DataFrame({"filepath": [row["filepath"] for row in rows.values()]}, index, dtype=object)
    for name in names:
        samples[name] = inferred(pd.Series([row.get(name) for row in rows.values()], index, object, name))
    numbers = [row[COCO_ID] for row in rows.values()]
    if all(isinstance(number, int) and 0 <= number < _MOST for number in numbers):
        samples[COCO_ID] = np.array(numbers, np.int64)
    return samples
