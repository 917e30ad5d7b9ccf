"""What every reader asks of files: where a written path leads, and what lies below a folder."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.records import Skipped
from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORKSPACE = "edgecase.json"
"""The file that says that a folder is a workspace."""

_PLAIN = re.compile(r"[\w -][\w .-]*(/[\w -][\w .-]*)*", re.ASCII)
"""A relative path without a step up, a home folder, or a letter or slash that is written in several ways."""

_HIDDEN = (".", "$RECYCLE.BIN", "__MACOSX", "@eaDir")
"""How names begin that systems keep for themselves: hidden files, trash, resource forks, thumbnails."""


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


def all_located(written: Sequence[str], folder: Path) -> list[str]:
    """Absolute paths of many files, as `located` says of each: what is written plainly means the same in any form."""
    root = _absolute(folder, "").rstrip("/")
    return [f"{root}/{name}" if _PLAIN.fullmatch(name) else located(name, folder) for name in written]


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
