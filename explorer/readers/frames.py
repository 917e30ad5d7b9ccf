"""Table files as data frames: cells as they are written, nothing interpreted."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.documents import encoding_of, json_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

_DELIMITERS = ",;\t"

_DECIMAL_COMMA = re.compile(r"\s*[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?\s*")

_DEFUSED = re.compile(r"^'([\t\r]|\s*[=+\-@])")
"""How cells begin that a spreadsheet would run, defused as OWASP says, and as our exports write them."""

_NAMELESS = re.compile(r"|Unnamed: \d+.*|__index_level_\d+__")
"""How columns without a name are called, as pandas writes those of its row numbers."""

MOST_CELLS = 2_000_000_000
"""Cells of the largest table that is read; one of a few bytes can promise more."""

MOST_CELLS_OF_JSON = 200_000_000
"""Each is an object of its own, and a line may name columns that no other has."""


def read_frame(path: Path, *, typed: Collection[str] | None = None) -> pd.DataFrame:
    """Read a CSV, TSV, Parquet or JSON Lines file.

    Args:
        path: the file; its ending says its format. CSV may be separated by commas, semicolons or tabs; where it is not
            by commas, decimals may have one.
        typed: where given, cells of text files that are numbers become numbers, save in these columns.

    Returns:
        One row per record, columns in the order of the file, their names without white space around them. Cells of
        text formats stay text.

    Raises:
        SourceError: the file is missing, empty, not Unicode text, too large, not of a known format or its own, or has
            two columns of one name.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - a name that is too long is a no here, not an error
        raise SourceError(f"Expected a table at {path}, found {'a folder' if os.path.isdir(path) else 'nothing'}.")  # noqa: PTH112
    if path.suffix.lower() not in READERS:
        raise SourceError(f"Expected a table ending in {', '.join(READERS)}, found {path.name}.{_hint(path)}")
    try:
        frame = READERS[path.suffix.lower()](path, typed)
    except UnicodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 text: {error}. Save it as UTF-8 (in a spreadsheet: “CSV UTF-8”) and try again."
        ) from error
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise SourceError(f"{path} cannot be read as a table: {error}") from error
    frame.columns = [_sound(str(name).strip()) for name in frame.columns]
    _refuse_twice(frame.columns, path)
    return frame


def _refuse_twice(names: Iterable[object], path: Path) -> None:
    columns = pd.Index(list(names), dtype=object)
    twice = columns[columns.duplicated()]
    if len(twice):
        raise SourceError(f"Expected one column of each name in {path}, found two named {twice[0]!r}. Rename one.")


def _sound(text: str) -> str:
    """Text that can be written to a file: half a character, as JSON can name one, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def named_columns(frame: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Skipped]]:
    """The columns that have a name, and those that have none as left out."""
    nameless = [name for name in frame.columns if is_nameless(name)]
    skipped = [Skipped(str(path), f"the column {name!r} is left out: it has no name") for name in nameless]
    return frame.drop(columns=nameless), skipped


def is_nameless(name: str) -> bool:
    """Whether a column has no name, or the one that pandas gives its row numbers."""
    return _NAMELESS.fullmatch(name) is not None


def _hint(path: Path) -> str:
    return " COCO results need --labels with the ground truth's JSON file." if path.suffix.lower() == ".json" else ""


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        return encoding_of(file.read(4))


class _Csv(NamedTuple):
    """How a file is written: keywords of pandas, and the names of its columns."""

    options: dict[str, Any]
    names: list[str]


def _dialect(path: Path) -> _Csv:
    encoding = _encoding(path)
    with path.open(encoding=encoding) as file:
        header = next((line for line in file if line.strip()), "")
    separator = "\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=header.count)
    options: dict[str, Any] = {"sep": separator, "encoding": encoding, "skipinitialspace": True}
    return _Csv(options, list(pd.read_csv(path, nrows=0, **options).columns))


def _read_text(path: Path, typed: Collection[str] | None) -> pd.DataFrame:
    options, names = _dialect(path)
    if typed is None:
        options |= {"dtype": str, "keep_default_na": False}
    else:
        options |= {"dtype": {name: str for name in names if name.strip() in typed}}
    frame: pd.DataFrame = pd.read_csv(path, **options)
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("its rows have more cells than its header")  # noqa: TRY004 - not a wrong argument
    frame = _as_meant(frame)
    if options["sep"] == ",":
        return frame
    for name in [name for name in frame.columns if name.strip() not in (typed or ())]:
        written = _with_points(frame[name])
        if written is not None:
            frame[name] = written if typed is None else pd.to_numeric(written)
    return frame


def _as_meant(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells and names without the apostrophe by which a table keeps a spreadsheet from running them."""
    for name in frame.columns:
        column = frame[name]
        if not pd.api.types.is_numeric_dtype(column) and column.str.startswith("'", na=False).any():
            frame[name] = column.str.replace(_DEFUSED, r"\1", regex=True)
    return frame.rename(columns=lambda name: _DEFUSED.sub(r"\1", str(name)))


def _with_points(column: pd.Series) -> pd.Series | None:
    """A column of numbers, at least one with a decimal comma, as it is written with points; None for any other."""
    if pd.api.types.is_numeric_dtype(column):
        return None
    cells = column.dropna()
    known = cells[cells.str.strip() != ""]
    commas = known.str.contains(",").any() and known.str.fullmatch(_DECIMAL_COMMA).all()
    return column.str.replace(",", ".") if commas else None


def _read_parquet(path: Path, typed: Collection[str] | None) -> pd.DataFrame:
    """A named index, such as pandas' own `set_index("id")`, is a column like any other, but no number."""
    from pyarrow import parquet

    try:
        about = parquet.read_metadata(path)
        _refuse_beyond(about.num_rows * about.num_columns, MOST_CELLS)
        _refuse_twice(about.schema.to_arrow_schema().names, path)  # which would not be read
        frame = pd.read_parquet(path)
    except (SourceError, OSError, ValueError, MemoryError):
        raise
    except Exception as error:  # broken bytes make the decoder raise nearly anything
        raise ValueError(f"its data is damaged: {error}") from error
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    named = [name for name in named if typed is None or name in typed]
    return frame.reset_index(level=named) if named else frame


def _refuse_beyond(cells: int, most: int) -> None:
    if cells > most:
        raise ValueError(f"it has {cells:,} cells, more than the {most:,} that are read")


def _read_json_lines(path: Path, _: Collection[str] | None) -> pd.DataFrame:
    records: list[dict[str, object]] = []
    names: set[str] = set()
    with path.open(encoding=_encoding(path)) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                records.append(_record(line, number))
                names.update(records[-1])
                _refuse_beyond(len(records) * len(names), MOST_CELLS_OF_JSON)
    return pd.DataFrame(records)


def _record(line: str, number: int) -> dict[str, object]:
    try:
        record = json_of(line)
    except ValueError as error:
        raise ValueError(f"line {number} is not JSON ({error})") from error
    if not isinstance(record, dict):
        raise ValueError(f"line {number} is not a JSON object")  # noqa: TRY004 - the file's fault
    return record


READERS: dict[str, Callable[[Path, Collection[str] | None], pd.DataFrame]] = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
"""How each kind of table is read, by file name ending."""
