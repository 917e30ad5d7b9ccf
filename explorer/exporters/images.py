"""Copies of the images themselves, with their manifest."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.records import Skipped
from explorer.data.whole import whole_folder
from explorer.errors import ExportError
from explorer.exporters.csv_table import csv_bytes
from explorer.exporters.package import Package, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def export_images(package: Package, folder: Path) -> Written:
    """Copy the members' images, each once, into `folder/images`, with `manifest.json` and `manifest.csv` beside them.

    A file that is gone, or whose content is no longer what was embedded, is left out and listed.

    Raises:
        ExportError: the folder is not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"Expected a new or empty folder, found something at {folder}. Choose another --out.")
    sources = package.table.drop_duplicates("filepath").set_index("filepath")["digest"]
    left_out: list[Skipped] = []
    copied: dict[str, str] = {}
    try:
        with whole_folder(folder) as draft:
            (draft / "images").mkdir()
            for (source, digest), name in zip(sources.items(), _distinct_names(map(str, sources.index)), strict=True):
                reason = _copy(Path(str(source)), draft / "images" / name, str(digest))
                if reason:
                    left_out.append(Skipped(str(source), reason))
                else:
                    copied[str(source)] = f"images/{name}"
            _describe(package, copied, left_out, draft)
    except OSError as error:
        raise ExportError(
            f"{folder} cannot be written after {len(copied)} of {len(sources)} images ({error}). Free some space, or "
            "choose another --out in a folder that you may write to; nothing was left half written."
        ) from error
    return Written(folder, len(copied), tuple(left_out))


def _describe(package: Package, copied: Mapping[str, str], left_out: list[Skipped], folder: Path) -> None:
    """Write the manifests of what was copied."""
    exported = package.table["filepath"].map(copied)
    table = package.table.assign(exported_as=exported)[exported.notna()]
    about = {**package.about, "left_out": [one._asdict() for one in left_out]}
    (folder / "manifest.json").write_text(Package(table, about).manifest(), "utf-8")
    (folder / "manifest.csv").write_bytes(csv_bytes(table))


def _copy(source: Path, target: Path, digest: str) -> str:
    """Copy one file; gives the reason why not, or an empty string."""
    try:
        content = source.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if hashlib.sha256(content).hexdigest() != digest:
        return "has changed since it was embedded; build again"
    target.write_bytes(content)
    shutil.copystat(source, target)
    return ""


def _distinct_names(paths: Iterable[str]) -> list[str]:
    """File names without folders, numbered where two images share one (also when only the case differs)."""
    taken: set[str] = set()
    names: list[str] = []
    for path in map(Path, paths):
        name, number = path.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        taken.add(name.casefold())
        names.append(name)
    return names
