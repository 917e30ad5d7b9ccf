"""Tables that a spreadsheet can open without running anything."""

from __future__ import annotations

import csv
from itertools import count
from typing import TYPE_CHECKING

from explorer.exporters.package import Package, Written, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

MANIFEST = ".manifest.json"
_FORMULA_STARTS = ("=", "+", "-", "@")


def export_csv(package: Package, path: Path) -> Written:
    """Write the members as CSV (UTF-8), with `NAME.manifest.json` beside it.

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
    write_whole(_beside(path), lambda file: file.write_text(package.manifest(), "utf-8"))
    return Written(path, len(package.table), kept=next(iter(kept), None))


def _keep(path: Path) -> Path:
    """Copy a table and its manifest to the first of `NAME.1.csv`, `NAME.2.csv` and so on that is no other table's."""
    content = path.read_bytes()
    names = (path.with_name(f"{path.stem}.{number}{path.suffix}") for number in count(1))
    kept = next(name for name in names if not name.exists() or (name.is_file() and name.read_bytes() == content))
    write_whole(kept, lambda file: file.write_bytes(content))
    manifest = _beside(path)
    if manifest.is_file():
        write_whole(_beside(kept), lambda file: file.write_bytes(manifest.read_bytes()))
    return kept


def _beside(path: Path) -> Path:
    """Where a table's manifest goes."""
    return path.with_suffix(MANIFEST) if path.suffix.lower() == ".csv" else path.with_name(path.name + MANIFEST)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table with its id column as CSV bytes, safe to open in a spreadsheet.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection);
    numbers stay numbers. Texts are in quotation marks where one holds a carriage return, which many readers take for
    the end of a row.
    """
    plain = table.rename_axis("id").reset_index()
    for name in plain.columns:
        plain[name] = plain[name].map(_defused)
    plain = plain.rename(columns=_defused)
    text: str = plain.to_csv(index=False, lineterminator="\n")
    if "\r" in text:
        text = plain.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text.encode("utf-8")


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell


def _is_formula(text: str) -> bool:
    return text.startswith(("\t", "\r")) or text.lstrip().startswith(_FORMULA_STARTS)
