"""The file in a folder that says what boxes its images have."""

from __future__ import annotations

from pathlib import Path

from explorer.data.images import IMAGE_SUFFIXES
from explorer.errors import SourceError
from explorer.readers.coco import is_coco
from explorer.readers.croissant import CROISSANT
from explorer.readers.cvat import ANNOTATIONS
from explorer.readers.files import files_below
from explorer.readers.labelled import kind_of
from explorer.readers.table import EXPORTED, is_exported
from explorer.readers.yolo_config import CONFIG, NAME_FILES, describes
from explorer.readers.yolo_lines import label_file

_PLACES = ("*.yaml", "*.yml", "*.json", "*.xml", "annotations/*.json", "*/*.coco.json")
"""Where such files lie: Ultralytics and FiftyOne, COCO and Label Studio, CVAT, COCO's own folders, Roboflow."""

_FIRST = (CONFIG, ANNOTATIONS, CROISSANT, EXPORTED)
"""Files that are meant whatever else lies beside them, as predictions do in our exports."""


def description(folder: Path) -> Path | None:
    """The file that describes the labels or boxes of a folder's images; None where there is none.

    A `data.yaml` comes first, or what exports of ours are read by; then the only YAML file of a YOLO dataset, COCO
    file, or file of a labelling tool in the folder, in `annotations`, or beside the images of a split; then a file of
    class names, where an image has a label file.

    Raises:
        SourceError: there are several.
    """
    named = next((folder / name for name in _FIRST if _is_meant(folder / name)), None)
    if named:
        return named
    files = sorted({file for place in _PLACES for file in folder.glob(place) if not file.name.startswith(".")})
    found = [file for file in files if is_coco(file) or kind_of(file) or _is_yolo(file)]
    if len(found) > 1:
        names = ", ".join(str(file.relative_to(folder)) for file in found)
        raise SourceError(
            f"Expected one file that says what boxes the images in {folder} have, found {len(found)}: {names}. Give "
            f"the one that is meant instead of the folder, as in: edgecase build {found[0]}"
        )
    return found[0] if found else _names_of_labels(folder)


def _is_meant(file: Path) -> bool:
    return file.is_file() and (file.name == CONFIG or is_exported(file) or bool(kind_of(file)))


def _is_yolo(file: Path) -> bool:
    return file.suffix in (".yaml", ".yml") and describes(file)


def _names_of_labels(folder: Path) -> Path | None:
    named = (folder / place / name for place in ("", "labels") for name in NAME_FILES)
    names = next((file for file in named if file.is_file()), None)
    if names is None:
        return None
    images = (folder / file for file in files_below(folder)[0] if Path(file).suffix.lower() in IMAGE_SUFFIXES)
    return names if any(label_file(image).is_file() for image in images) else None
