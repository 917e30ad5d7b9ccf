"""What every reader asks of files: where a written path leads, what lies below a folder, a table's cells as written."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.records import Skipped
from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKSPACE = "edgecase.json"
"""The file that says that a folder is a workspace."""

_HIDDEN = (".", "$RECYCLE.BIN", "__MACOSX", "@eaDir")
"""How names begin that systems keep for themselves: hidden files, trash, resource forks, thumbnails."""

_DELIMITERS = ",;\t"


def located(written: str, *folders: Path) -> str:
    """Absolute path of the file or folder that a path in somebody's file means.

    In each folder it is tried as written; with `~` as the home folder and backslashes as slashes; and in the other
    normal form of its letters, which macOS writes. Links are not followed.

    Args:
        written: the path, absolute or relative to one of the folders.
        folders: where it may start, likeliest first.

    Returns:
        The first that exists; where none does, also because it cannot (too long, a NUL in it), the path with slashes
        in the first folder.
    """
    slashed = os.path.expanduser(written.replace("\\", "/"))  # noqa: PTH111 - a name that is no user stays as it is
    for folder in folders:
        for path in _forms(folder, written, slashed):
            if os.path.exists(path):  # noqa: PTH110 - what cannot be asked for is a no here, not an error
                return path
    return _absolute(folders[0], slashed)


def _forms(folder: Path, written: str, slashed: str) -> Iterator[str]:
    yield _absolute(folder, written)
    if slashed != written:
        yield _absolute(folder, slashed)
    if not slashed.isascii():
        yield _in_either_form(folder, slashed)


def _in_either_form(folder: Path, slashed: str) -> str:
    """The path with each of its names in the normal form that exists, composed or decomposed."""
    path = str(folder)
    for name in slashed.split("/"):
        forms = [name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD"))]
        paths = [os.path.join(path, form or "/") for form in forms]  # noqa: PTH118
        path = next(filter(os.path.exists, paths), paths[0])
    return os.path.abspath(path)  # noqa: PTH100


def _absolute(folder: Path, name: str) -> str:
    return os.path.abspath(os.path.join(folder, name))  # noqa: PTH100, PTH118 - resolve() would follow links


def is_unicode(name: str) -> bool:
    """Whether a name can be written to other files; one of other bytes cannot."""
    return name.encode("utf-8", "replace").decode("utf-8") == name


def files_below(root: Path) -> tuple[list[str], list[Skipped]]:
    """Paths below a folder with forward slashes, each folder's files in order before those of its folders.

    Hidden files and folders are left out; listed are folders that cannot be read, links to folders, which are not
    followed, workspaces, and names that are not Unicode.

    Raises:
        SourceError: the folder is the root of the file system.
    """
    if root == root.parent:
        raise SourceError(f"Expected a folder of images, found the root of the file system, {root}.")
    found: list[str] = []
    skipped: list[Skipped] = []

    def unreadable(error: OSError) -> None:
        skipped.append(Skipped(str(error.filename), f"the folder cannot be read: {error.strerror}"))

    for name, folders, files in os.walk(root, onerror=unreadable):
        folder = Path(name)
        if WORKSPACE in files:
            folders.clear()
            skipped.append(Skipped(name, "it is a workspace, whose pictures are not images of the source"))
            continue
        folders[:], names = _shown(folders), _shown(files)
        links = [folder / entry for entry in folders if is_unicode(entry) and (folder / entry).is_symlink()]
        skipped += [Skipped(str(link), "it is a link to a folder, which is not followed") for link in links]
        foreign = [ascii(str(folder / entry)) for entry in [*folders, *names] if not is_unicode(entry)]
        skipped += [Skipped(entry, "its name is not valid Unicode") for entry in foreign]
        folders[:] = filter(is_unicode, folders)
        found += [(folder / entry).relative_to(root).as_posix() for entry in filter(is_unicode, names)]
    return found, skipped


def _shown(names: list[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith(_HIDDEN))


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
