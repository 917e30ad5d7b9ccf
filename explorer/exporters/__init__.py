"""Handing a subset on for relabeling: one file per target format.

An exporter takes a `Package` and a path, writes the package with its manifest, and reports what it left out.
"""

from __future__ import annotations

from explorer.exporters.copies import export_images
from explorer.exporters.package import Package, Written
from explorer.exporters.tables import export_csv

FORMATS = {"csv": export_csv, "images": export_images}

__all__ = ["FORMATS", "Package", "Written"]
