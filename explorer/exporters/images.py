"""The images themselves, with a table of what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.exporters.csv_table import csv_bytes, write_boxes
from explorer.exporters.folder import EXPORTED_AS, FolderFormat

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.exporters.package import Package


def write_images(package: Package, folder: Path) -> None:
    """Write `manifest.csv` beside `images`, whose `exported_as` says where each lies, and in detection `boxes.csv`."""
    table = package.table.assign(**{EXPORTED_AS: package.owners.map(package.images[EXPORTED_AS])})
    (folder / "images").mkdir(exist_ok=True)
    (folder / "manifest.csv").write_bytes(csv_bytes(table))
    write_boxes(package, folder / "boxes.csv")


IMAGES = FolderFormat(write_images)
