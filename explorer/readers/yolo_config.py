"""The `data.yaml` of a YOLO dataset: class names, and which images belong to which split."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.data.images import IMAGE_SUFFIXES
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.files import files_below, located

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class YoloConfig:
    """What the YAML file says.

    Attributes:
        path: the file.
        root: the folder that its paths start at.
        names: class names by number, none twice.
        images: split and absolute path of each image, those of a folder in order of name.
        skipped: what it names and does not exist.
    """

    path: Path
    root: Path
    names: Mapping[int, str]
    images: tuple[tuple[str, Path], ...]
    skipped: tuple[Skipped, ...]


def read_config(path: Path) -> YoloConfig:
    """Read a YAML file.

    A relative `path` starts at the file's folder; where it does not exist, as in files that were moved, that folder
    itself is the root. A split that starts with `../` and does not exist is looked for without it.

    Raises:
        SourceError: it is missing, not YAML, has no names or no split.
    """
    content = _yaml(path)
    names = _class_names(content.get("names"), path)
    splits = [split for split in SPLITS if content.get(split)]
    if not splits:
        raise SourceError(f"Expected train, val or test in {path}, found {', '.join(map(str, content)) or 'nothing'}.")
    folder = path.absolute().parent
    named = _first_existing(str(content.get("path") or "."), folder)
    root = named if named and named.is_dir() else folder
    images: list[tuple[str, Path]] = []
    skipped: list[Skipped] = []
    for split in splits:
        entries = content[split] if isinstance(content[split], list) else [content[split]]
        for entry in entries:
            images += [(split, file) for file in _files(str(entry), root, skipped)]
    return YoloConfig(path, root, names, tuple(images), tuple(skipped))


def _yaml(path: Path) -> dict[Any, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError(f"Expected a YOLO dataset in YAML at {path}, found: {error}") from error
    if not isinstance(content, dict):
        raise SourceError(f"Expected names and train, val or test in {path}, found other YAML.")
    return content


def _class_names(names: object, path: Path) -> dict[int, str]:
    """Names by number; a name that two classes share gets their number added."""
    pairs = enumerate(names) if isinstance(names, list) else names.items() if isinstance(names, dict) else ()
    try:
        numbered = {int(number): str(name) for number, name in pairs}
    except (TypeError, ValueError) as error:
        raise SourceError(f"Expected whole numbers before the names in {path}, found {error}.") from error
    if not numbered:
        raise SourceError(f"Expected the classes as a list or mapping under names in {path}, found {names!r}.")
    every = list(numbered.values())
    return {number: name if every.count(name) == 1 else f"{name}#{number}" for number, name in numbered.items()}


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
        for line in place.read_text(encoding="utf-8-sig", errors="replace").splitlines():
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
