"""What says which classes and images a YOLO dataset has: a `data.yaml`, or a file of names beside images."""

from __future__ import annotations

import os
import re
import reprlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.data.images import IMAGE_SUFFIXES
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.documents import read_text, read_yaml
from explorer.readers.files import files_below, located
from explorer.readers.folder import SPLITS as FOLDERS_OF_SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONFIG = "data.yaml"
"""What the YAML file is usually called."""

NAME_FILES = ("classes.txt", "obj.names")
"""What Label Studio, LabelImg and CVAT call the file of class names, one a line."""

SPLITS = ("train", "val", "test")

_NOTHING = {"", "~", "null"}

_WHOLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class YoloConfig:
    """What the file says.

    Attributes:
        path: the file.
        root: the folder that its paths start at.
        names: class names by number, none twice.
        images: split (empty where none is said) and absolute path of each image, those of a folder in order of name.
        skipped: what it names and does not exist.
        keypoints: how many numbers follow each box to say where its keypoints are.
    """

    path: Path
    root: Path
    names: Mapping[int, str]
    images: tuple[tuple[str, Path], ...]
    skipped: tuple[Skipped, ...]
    keypoints: int = 0


def read_config(path: Path) -> YoloConfig:
    """Read a YAML file, or a file of names whose images lie beside it or below.

    A relative `path` starts at the file's folder; where it does not exist, as in files that were moved, that folder
    itself is the root. A split that starts with `../` and does not exist is looked for without it.

    Raises:
        SourceError: it is missing, not YAML, has no names or no split.
    """
    if path.name in NAME_FILES:
        return _of_names(path)
    content = _mapping(path)
    names = _class_names(content.get("names"), path)
    splits = [split for split in SPLITS if _entries(content, split)]
    if not splits:
        raise SourceError(f"Expected train, val or test in {path}, found {', '.join(content) or 'nothing'}.")
    folder = path.absolute().parent
    written = content.get("path")
    named = _first_existing(written, folder) if isinstance(written, str) and written not in _NOTHING else None
    root = named if named and named.is_dir() else folder
    images: list[tuple[str, Path]] = []
    skipped: list[Skipped] = []
    for split in splits:
        for entry in _entries(content, split):
            images += [(split, file) for file in _files(entry, root, skipped)]
    return YoloConfig(path, root, names, tuple(images), tuple(skipped), _keypoints(content.get("kpt_shape"), path))


def describes(path: Path) -> bool:
    """Whether a YAML file is of a YOLO dataset: it has names, and images of a split."""
    try:
        content = _mapping(path)
    except SourceError:
        return False
    return bool(content.get("names")) and any(_entries(content, split) for split in SPLITS)


def describes_classes(path: Path) -> bool:
    """Whether a YAML file names classes, with or without the images."""
    try:
        return bool(_mapping(path).get("names"))
    except SourceError:
        return False


def read_classes(path: Path) -> tuple[dict[int, str], int]:
    """The class names by number of a YAML file, or of a file of names, and how many numbers of keypoints follow a box.

    Raises:
        SourceError: it has no names.
    """
    if path.name in NAME_FILES:
        return _class_names(_lines(path), path), 0
    content = _mapping(path)
    return _class_names(content.get("names"), path), _keypoints(content.get("kpt_shape"), path)


def _lines(path: Path) -> list[str]:
    return [name.strip() for name in read_text(path).splitlines() if name.strip()]


def _of_names(path: Path) -> YoloConfig:
    folder = path.absolute().parent
    root = folder.parent if folder.name == "labels" else folder
    found, skipped = files_below(root)
    images = [file for file in found if Path(file).suffix.lower() in IMAGE_SUFFIXES]
    names = _class_names(_lines(path), path)
    return YoloConfig(path, root, names, tuple((_split(file), root / file) for file in images), tuple(skipped))


def _split(file: str) -> str:
    """The split that a folder of the path is named after."""
    return next((part for part in Path(file).parts[:-1] if part.lower() in FOLDERS_OF_SPLITS), "")


def _mapping(path: Path) -> dict[str, Any]:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SourceError(f"Expected names and train, val or test in {path}, found other YAML.")
    return content


def _entries(content: Mapping[str, Any], split: str) -> list[str]:
    """The folders, files of paths and images of a split."""
    value = content.get(split)
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, str) and entry not in _NOTHING]


def _keypoints(shape: object, path: Path) -> int:
    """How many numbers the keypoints of one object have."""
    if shape is None:
        return 0
    sizes = [int(each) for each in shape if _WHOLE.fullmatch(str(each))] if isinstance(shape, list) else []
    if len(sizes) != 2:  # noqa: PLR2004 - how many points, and how many numbers each has
        found = reprlib.repr(shape)
        raise SourceError(f"Expected kpt_shape as two whole numbers, such as [17, 3], in {path}, found {found}.")
    return sizes[0] * sizes[1]


def _class_names(names: object, path: Path) -> dict[int, str]:
    """Names by number; a name that two classes share gets their number added, an empty one is its number."""
    pairs = enumerate(names) if isinstance(names, list) else names.items() if isinstance(names, dict) else ()
    numbered: dict[int, str] = {}
    for number, name in pairs:
        if not _WHOLE.fullmatch(str(number)) or not isinstance(name, str):
            raise SourceError(
                f"Expected whole numbers before the names in {path}, and text as names, "
                f"found {reprlib.repr(number)}: {reprlib.repr(name)}."
            )
        numbered[int(number)] = name.strip() or str(number)
    if not numbered:
        raise SourceError(
            f"Expected the classes as a list or mapping under names in {path}, found {reprlib.repr(names)}."
        )
    shared = Counter(numbered.values())
    return {number: name if shared[name] == 1 else f"{name}#{number}" for number, name in numbered.items()}


def _files(entry: str, root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """The images of one entry of a split: a folder, a text file of paths, or an image."""
    place = _first_existing(entry, root) or _first_existing(entry.replace("\\", "/").removeprefix("../"), root)
    if place is None:
        skipped.append(Skipped(located(entry, root), "the file or folder does not exist"))
    elif place.is_dir():
        below, left_out = files_below(place)
        skipped += left_out
        yield from sorted(place / file for file in below if Path(file).suffix.lower() in IMAGE_SUFFIXES)
    elif place.suffix.lower() == ".txt":
        for line in read_text(place).splitlines():
            name = line.strip()
            file = _first_existing(name, place.parent, root) if name else None
            if file:
                yield file
            elif name:
                skipped.append(Skipped(name, f"{place.name} names it, but the file does not exist"))
    else:
        yield place


def _first_existing(written: str, *folders: Path) -> Path | None:
    path = located(written, *folders)
    return Path(path) if os.path.exists(path) else None  # noqa: PTH110 - a name too long is a no here, not an error
