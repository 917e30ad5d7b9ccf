"""Checksums beside derived files: a byte that changed by itself is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CHECKSUMS = "checksums.json"


def write_checksums(folder: Path) -> None:
    """Write down the SHA-256 of every file in a folder and below, which will not change any more."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    sums = {file.relative_to(folder).as_posix(): sha256(file) for file in files}
    (folder / CHECKSUMS).write_text(json.dumps(sums, indent=2, ensure_ascii=False), encoding="utf-8")


def damaged_in(folder: Path) -> list[str]:
    """Names of the files of a finished folder that are gone or not as they were written; reads every byte.

    A folder that is not there, or whose checksums cannot be read, is damaged as a whole: then they are named.
    """
    try:
        sums: dict[str, str] = dict(json.loads((folder / CHECKSUMS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return [CHECKSUMS]
    return [name for name, sum_then in sums.items() if _sum_now(folder / name) != sum_then]


def damaged_indexes(folder: Path) -> list[Path]:
    """Search indexes in a folder that are not as the JSON beside each says they were written; reads every byte."""
    return [beside.with_suffix("") for beside in sorted(folder.glob("*.faiss.json")) if not _vouches(beside)]


def _vouches(beside: Path) -> bool:
    try:
        return bool(json.loads(beside.read_text("utf-8"))["sha256"] == _sum_now(beside.with_suffix("")))
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _sum_now(file: Path) -> str:
    try:
        return sha256(file)
    except OSError:
        return ""


def sha256(file: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
