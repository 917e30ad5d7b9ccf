"""The file in a folder that says what boxes its images have."""

from __future__ import annotations

from pathlib import Path

from explorer.data.images import IMAGE_SUFFIXES
from explorer.errors import SourceError
from explorer.readers.coco import is_coco
from explorer.readers.files import files_below
from explorer.readers.yolo_config import CONFIG, NAME_FILES, describes
from explorer.readers.yolo_lines import label_file

_PLACES = ("*.yaml", "*.yml", "*.json", "annotations/*.json", "*/*.coco.json")
"""Where such files lie: Ultralytics and FiftyOne, COCO and Label Studio, COCO's own folders, Roboflow."""


def description(folder: Path) -> Path | None:
    """The YAML, COCO or names file that describes the boxes of a folder's images; None where there is none.

    A `data.yaml` comes first; then the only YAML file of a YOLO dataset or COCO file in the folder, in `annotations`,
    or beside the images of a split; then a file of class names, where an image has a label file.

    Raises:
        SourceError: there are several.
    """
    if (folder / CONFIG).is_file():
        return folder / CONFIG
    files = sorted({file for place in _PLACES for file in folder.glob(place) if not file.name.startswith(".")})
    found = [file for file in files if is_coco(file) or (file.suffix != ".json" and describes(file))]
    if len(found) > 1:
        names = ", ".join(str(file.relative_to(folder)) for file in found)
        raise SourceError(
            f"Expected one file that says what boxes the images in {folder} have, found {len(found)}: {names}. Give "
            f"the one that is meant instead of the folder, as in: edgecase build {found[0]}"
        )
    return found[0] if found else _names_of_labels(folder)


def _names_of_labels(folder: Path) -> Path | None:
    named = (folder / place / name for place in ("", "labels") for name in NAME_FILES)
    names = next((file for file in named if file.is_file()), None)
    if names is None:
        return None
    images = (folder / file for file in files_below(folder)[0] if Path(file).suffix.lower() in IMAGE_SUFFIXES)
    return names if any(label_file(image).is_file() for image in images) else None
