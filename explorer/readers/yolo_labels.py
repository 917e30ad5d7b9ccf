"""Labels in YOLO's form, of images that need not be there: class names, and a text file for each image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.data.records import Skipped
from explorer.readers.files import files_below
from explorer.readers.yolo_config import CONFIG, NAME_FILES, YoloConfig, describes_classes, read_classes
from explorer.readers.yolo_lines import YoloImage, lines, numbers_of, parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = (CONFIG, "*.yaml", "*.yml", *NAME_FILES, *(f"labels/{name}" for name in NAME_FILES))

_SHARES = (1.0, 1.0)
_PREDICTIONS = "predictions"
"""The folder in which our exports have what models said."""


def takes(path: Path) -> bool:
    """Whether a file names the classes of a YOLO dataset."""
    return path.name in NAME_FILES or (path.suffix.lower() in {".yaml", ".yml"} and describes_classes(path))


def read_labels(path: Path) -> LabelFile:
    """The label files below the folder of a `data.yaml` or of a file of class names, each of the image of its name.

    An empty file has the answer that nothing is there; an image without a file is not in it. Text files in which no
    line is of numbers, such as lists of images, are no label files; one that cannot be read is left out.

    Raises:
        SourceError: the classes cannot be read.
    """
    root = path.absolute().parent
    root = root.parent if root.name == "labels" else root
    names, keypoints = read_classes(path)
    config = YoloConfig(path, root, names, (), (), keypoints)
    files, skipped = files_below(root)
    images = []
    for file in map(Path, files):
        if file.suffix.lower() == ".txt" and file.name not in NAME_FILES and _PREDICTIONS not in file.parts[:-1]:
            known = len(skipped)
            said = list(lines(root / file, skipped))
            is_read = len(skipped) == known  # else it looks empty, as if nothing were there
            if is_read and (not said or any(numbers_of(text) is not None for _, text in said)):
                images.append(_image(file, config, said, skipped))
    return LabelFile(images, has_boxes=True, skipped=skipped)


def _image(file: Path, config: YoloConfig, said: Sequence[tuple[int, str]], skipped: list[Skipped]) -> LabelledImage:
    whole, regions = YoloImage(file, "", 1, 1), []
    for number, text in said:
        found = parsed(text, config, whole)
        if isinstance(found, str):
            skipped.append(Skipped(f"{file}, line {number}", found))
        else:
            regions.append(Region(found.label, found.box))
            if found.is_polygon:
                skipped.append(Skipped(f"{file}, line {number}", "a polygon is taken as the box around it"))
    parts = ["images" if part == "labels" else part for part in file.with_suffix("").parts]
    unread = len(regions) < len(said)
    return LabelledImage(str(file), "/".join(parts), size=_SHARES, regions=tuple(regions), unread=unread)
