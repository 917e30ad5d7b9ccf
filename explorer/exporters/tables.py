"""Tables that a spreadsheet can open without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.exporters.package import Package, Written, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_csv(package: Package, path: Path) -> Written:
    """Write the members as CSV (UTF-8), with `NAME.manifest.json` beside it.

    Raises:
        ExportError: the place cannot be written.
    """
    write_whole(path, lambda file: file.write_bytes(csv_bytes(package.table)))
    manifest = path.with_suffix(".manifest.json")
    write_whole(manifest, lambda file: file.write_text(package.manifest(), "utf-8"))
    return Written(path, len(package.table))


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The table with its id column as CSV bytes, safe to open in a spreadsheet.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection);
    numbers stay numbers.
    """
    plain = table.rename_axis("id").reset_index()
    for name in plain.columns:
        plain[name] = plain[name].map(_defused)
    text: str = plain.rename(columns=_defused).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
