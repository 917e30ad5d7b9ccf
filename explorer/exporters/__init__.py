"""Handing a subset on for relabeling: one file per target format.

An exporter takes a `Package` and a path, writes the package with its manifest, and reports what it left out.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.exporters.package import Package, Written

    Exporter = Callable[[Package, Path], Written]

_EXPORTERS = {"csv": ("csv_table", "export_csv"), "images": ("images", "export_images")}

FORMATS = tuple(_EXPORTERS)


def exporter(name: str) -> Exporter:
    """The exporter of one of `FORMATS`; imported when it is asked for."""
    module, function = _EXPORTERS[name]
    return cast("Exporter", getattr(import_module(f"explorer.exporters.{module}"), function))
