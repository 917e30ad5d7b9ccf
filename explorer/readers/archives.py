"""ZIP archives of others: what of them is wanted, unpacked below a folder, and nothing beyond it."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, TYPE_CHECKING

from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_FILES = 200_000
MOST_BYTES = 8 * 2**30
"""What one ZIP may hold, unpacked."""

_LONGEST_NAME = 200
_CHUNK = 2**20


def unpack(folder: Path, name: str, content: bytes | Path, is_wanted: Callable[[Sequence[str]], bool]) -> None:
    """Write what is wanted of a ZIP below a folder.

    Args:
        folder: where to.
        name: what the ZIP is called, for messages.
        content: its bytes, or the file that has them.
        is_wanted: whether an entry is, by the parts of its path.

    Raises:
        SourceError: it is damaged, too large, or reaches out of its folder.
    """
    try:
        with zipfile.ZipFile(content if isinstance(content, Path) else io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(entries, name)
            left = MOST_BYTES
            for entry in entries:
                parts = entry.filename.split("/")
                if is_wanted(parts):
                    with archive.open(entry) as file:
                        left -= write(free_place(folder, parts), file, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LookupError) as error:
        raise SourceError(f"Expected a ZIP at {name} that can be unpacked, found: {error}. Make it again.") from error


def _check(entries: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse a ZIP that is too large, or has entries that lie elsewhere, before anything is written."""
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise SourceError(
            f"Expected up to {MOST_FILES:,} files and {MOST_BYTES // 2**30} GiB in {name}, found more. Unpack it on "
            "this machine, and name the folder instead."
        )
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        has_drive = any(PureWindowsPath(part).drive for part in parts)  # wherever it stands, it leads out of the folder
        if ".." in parts or not parts[0] or ":" in parts[0] or has_drive:
            raise SourceError(f"Expected files below a folder in {name}, found {entry.filename!r}.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise SourceError(f"Expected files in {name}, found a link: {entry.filename!r}.")
        if entry.flag_bits & 1:
            raise SourceError(f"Expected a ZIP without a password, found {name}.")


def write(path: Path, file: IO[bytes], most: int = MOST_BYTES) -> int:
    """Copy a file's bytes, and count them: what a ZIP says of its entries may not be true.

    Raises:
        SourceError: there are more than `most`.
    """
    written = 0
    with path.open("xb") as target:
        while chunk := file.read(_CHUNK):
            written += len(chunk)
            if written > most:
                raise SourceError(f"Expected up to {MOST_BYTES // 2**30} GiB, found more in {path.name}.")
            target.write(chunk)
    return written


def free_place(folder: Path, parts: Sequence[str]) -> Path:
    """Where a file goes: at its name, or beside one that has it; the folders that it lies in are made.

    Raises:
        SourceError: one of these is a file.
    """
    names = [_short(part) for part in parts]
    place = folder.joinpath(*names)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise SourceError(f"Expected a file or a folder called {'/'.join(parts[:-1])}, found both.") from error
    number = 2
    while place.exists():
        place = place.with_name(f"{Path(names[-1]).stem} ({number}){Path(names[-1]).suffix}")
        number += 1
    return place


def _short(name: str) -> str:
    """A name that a file can have."""
    clean = "".join(letter if letter.isprintable() else "_" for letter in name)
    path = PurePosixPath(clean)
    return path.stem.encode()[: _LONGEST_NAME - len(path.suffix.encode())].decode("utf-8", "ignore") + path.suffix
