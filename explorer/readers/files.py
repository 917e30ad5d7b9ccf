"""Table files as data frames: cells as they are written, nothing interpreted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DELIMITERS = ",;\t"


def read_frame(path: Path) -> pd.DataFrame:
    """Read a CSV, TSV, Parquet or JSON Lines file.

    Args:
        path: the file; its ending says its format. CSV may be separated by commas, semicolons or tabs.

    Returns:
        One row per record, columns in the order of the file. Cells of text formats stay text.

    Raises:
        SourceError: the file is missing, empty, not UTF-8, or not of a known format or its own.
    """
    if not path.is_file():
        raise SourceError(f"Expected a table at {path}, found {'a folder' if path.is_dir() else 'nothing'}.")
    if path.suffix.lower() not in READERS:
        raise SourceError(f"Expected a table ending in {', '.join(READERS)}, found {path.name}.{_hint(path)}")
    try:
        frame = READERS[path.suffix.lower()](path)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 text: {error}. Save it as UTF-8 and try again.") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as a table: {error}") from error
    frame.columns = [str(name).strip() for name in frame.columns]
    return frame


def _hint(path: Path) -> str:
    return " COCO results need --labels with the ground truth's JSON file." if path.suffix.lower() == ".json" else ""


def _read_text(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline()
    frame = pd.read_csv(
        path,
        sep="\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=header.count),
        dtype=str,
        keep_default_na=False,
        skipinitialspace=True,
        encoding="utf-8-sig",
    )
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("its rows have more cells than its header")  # noqa: TRY004 - not a wrong argument
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    """A named index, such as pandas' own `set_index("id")`, is a column like any other."""
    frame = pd.read_parquet(path)
    return frame if frame.index.name in {None, *frame.columns} else frame.reset_index()


def _read_json_lines(path: Path) -> pd.DataFrame:
    records = []
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                records.append(_record(line, number))
    return pd.DataFrame(records)


def _record(line: str, number: int) -> dict[str, object]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number} is not JSON ({error})") from error
    if not isinstance(record, dict):
        raise ValueError(f"line {number} is not a JSON object")  # noqa: TRY004 - the file's fault
    return record


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
"""How each kind of table is read, by file name ending."""
