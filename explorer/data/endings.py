"""Endings of file names: what is written into a file is what its ending says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.errors import ExportError

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = frozenset({".csv", ".tsv", ".parquet", ".arrow", ".feather", ".xlsx", ".xls", ".ods"})
_DOCUMENTS = frozenset(
    {".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".xml", ".html", ".htm", ".md", ".txt", ".pdf", ".doc", ".docx"}
)
_OTHERS = frozenset(
    {".zip", ".tar", ".gz", ".tgz", ".7z", ".npy", ".npz", ".db", ".sqlite", ".png", ".jpg", ".jpeg", ".svg", ".webp"}
)
KNOWN = _TABLES | _DOCUMENTS | _OTHERS
"""Endings that say what is in a file. Others, as of `round 1.5`, are part of a name."""


def refuse_other_ending(path: Path, what: str, *endings: str) -> None:
    """Refuse a name whose ending says something else than what is written.

    Args:
        path: the file or folder that is to be written.
        what: what is written, such as `the sheet, which is CSV,`.
        endings: those that say so; none for a folder.

    Raises:
        ExportError: it says something else.
    """
    if path.suffix.lower() in KNOWN.difference(endings):
        wanted = f"to end in {' or '.join(endings)}" if endings else "in a folder whose name says no kind of file"
        raise ExportError(f"Expected {what} {wanted}, found {path.name!r}. Choose another name.")
