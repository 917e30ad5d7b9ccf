"""Handing images on with what is known of them: one file per target format.

An exporter takes a `Package` and a path, writes the package with its manifest, and reports what it left out.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from explorer.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.exporters.package import Package, Written

    Exporter = Callable[[Package, Path], Written]

Media = Literal["", "copy", "link"]
"""What becomes of the image files: they are named where they are, copied, or linked to."""


class _Format(NamedTuple):
    """Where an exporter is, what it is called on screen, and whether it writes a folder, which may hold images."""

    module: str
    name: str
    title: str
    is_folder: bool = True


_EXPORTERS = {
    "csv": _Format("csv_table", "export_csv", "CSV table", is_folder=False),
    "images": _Format("images", "IMAGES", "Folder of images"),
    "coco": _Format("coco", "COCO", "COCO"),
    "yolo": _Format("yolo", "YOLO", "YOLO"),
    "label-studio": _Format("label_studio", "LABEL_STUDIO", "Label Studio"),
    "cvat": _Format("cvat", "CVAT", "CVAT for images 1.1"),
    "fiftyone": _Format("fiftyone", "FIFTYONE", "FiftyOne dataset"),
    "parquet": _Format("parquet_table", "export_parquet", "Parquet table with embeddings", is_folder=False),
    "croissant": _Format("croissant", "CROISSANT", "Croissant 1.1"),
}

FORMATS = tuple(_EXPORTERS)
TITLES = {name: one.title for name, one in _EXPORTERS.items()}
FOLDERS = frozenset(name for name, one in _EXPORTERS.items() if one.is_folder)
"""Formats that write a folder."""
HOLDING_IMAGES = frozenset(["images", "yolo"])
"""Formats that are nothing without the image files, which are copied unless they are linked to."""


def exporter(name: str, media: Media = "") -> Exporter:
    """The exporter of one of `FORMATS`; imported when it is asked for.

    Raises:
        ExportError: images are to go along in a table, which holds none.
    """
    one = _EXPORTERS[name]
    if media and not one.is_folder:
        raise ExportError(f"Expected a format of folders to {media} images into, found {name}. Choose images, or coco.")
    found = getattr(import_module(f"explorer.exporters.{one.module}"), one.name)
    if one.is_folder:
        media = media or ("copy" if name in HOLDING_IMAGES else "")
        return partial(import_module("explorer.exporters.folder").export_folder, form=found, media=media)
    return cast("Exporter", found)
