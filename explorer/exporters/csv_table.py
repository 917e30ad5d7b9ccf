"""Tables that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from itertools import count
from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.cells import defused, defused_column
from explorer.exporters.package import Package, Written, write_whole

if TYPE_CHECKING:
    from pathlib import Path

BOXES = ".boxes"
MANIFEST = ".manifest.json"
TABLES = (".csv", ".parquet")
"""Endings that are left out of the names of what lies beside a table."""


def export_csv(package: Package, path: Path) -> Written:
    """Write the members as CSV (UTF-8), with `NAME.manifest.json` and in detection `NAME.boxes.csv` beside it.

    Another table that is there, perhaps with somebody's corrections in it, is kept under a new name.

    Raises:
        ExportError: the place cannot be written.
    """
    content = csv_bytes(package.table)
    kept: list[Path] = []

    def write(file: Path) -> None:
        file.write_bytes(content)
        if path.is_file() and path.read_bytes() != content:
            kept.append(_keep(path))

    write_whole(path, write)
    write_boxes(package, beside(path, f"{BOXES}{path.suffix}"))
    write_whole(beside(path), lambda file: file.write_text(package.manifest(), "utf-8"))
    return Written(path, len(package.table), kept=next(iter(kept), None))


def _keep(path: Path) -> Path:
    """Copy a table and its manifest to the first of `NAME.1.csv`, `NAME.2.csv` and so on that is no other table's."""
    content = path.read_bytes()
    names = (path.with_name(f"{path.stem}.{number}{path.suffix}") for number in count(1))
    kept = next(name for name in names if not name.exists() or (name.is_file() and name.read_bytes() == content))
    write_whole(kept, lambda file: file.write_bytes(content))
    manifest = beside(path)
    if manifest.is_file():
        write_whole(beside(kept), lambda file: file.write_bytes(manifest.read_bytes()))
    return kept


def beside(path: Path, ending: str = MANIFEST) -> Path:
    """Where what belongs to a table goes, its manifest for one."""
    return path.with_suffix(ending) if path.suffix.lower() in TABLES else path.with_name(path.name + ending)


def write_boxes(package: Package, path: Path) -> None:
    """Write the boxes on the images of a detection workspace, see `box_rows`; nothing in classification."""
    if package.has_boxes:
        write_whole(path, lambda file: file.write_bytes(csv_bytes(box_rows(package))))


def box_rows(package: Package) -> pd.DataFrame:
    """One row for each labelled and each detected box, index its id.

    Returns:
        `of` (`ground_truth` or the model's name), `sample`, `label`, the box, `confidence`, `area`, `crowd`, `ignore`,
        and what `Package.decided` says.
    """
    frames = [frame.assign(of=of) for of, frame in package.objects()]
    rows = pd.concat([frame for frame in frames if len(frame)] or frames[:1])
    facts = rows[["of", *(name for name in rows.columns if name != "of")]]
    return facts.join(package.decided(facts.index))


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table with its id column as CSV bytes, safe to open in a spreadsheet.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection);
    numbers stay numbers. Texts are in quotation marks where one holds a carriage return, which many readers take for
    the end of a row.
    """
    plain = table.rename_axis("id").reset_index()
    for name in plain.columns:
        plain[name] = defused_column(plain[name])
    plain = plain.rename(columns=defused)
    text: str = plain.to_csv(index=False, lineterminator="\n")
    if "\r" in text:
        text = plain.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text.encode("utf-8")
