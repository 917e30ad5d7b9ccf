"""The folders of this machine that may be looked into: those below some roots, and no others."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from explorer.data.images import IMAGE_SUFFIXES
from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOCAL = frozenset(["localhost", "127.0.0.1", "::1"])
"""Addresses to listen on that only this machine reaches."""

MOST_LISTED = 1000
"""Folders, and files, that a listing names."""


@dataclass(frozen=True)
class Listing:
    """What is in a folder; hidden entries are left out.

    Attributes:
        folder: where it is, without links.
        parent: the folder above; None for a root.
        folders: names of those below that may be listed, in order.
        files: names of the others that are no images, in order.
        images: how many files are named like images.
        truncated: whether there are more folders or files than are named.
    """

    folder: Path
    parent: Path | None
    folders: tuple[str, ...]
    files: tuple[str, ...]
    images: int
    truncated: bool


class Roots:
    """Folders below which a person may look around."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """Take the folders; none at all allows nothing."""
        self.folders = tuple(dict.fromkeys(folder.expanduser().resolve() for folder in folders))

    def allowed(self, path: Path) -> Path:
        """A file or folder, without links, that lies below a root.

        Raises:
            SourceError: it does not, is hidden, or is not there.
        """
        try:
            found = path.resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            found = None
        if found is None or not self.hold(found):
            raise self._refusal(path)
        return found

    def hold(self, path: Path) -> bool:
        """Whether a path without links lies below a root, with no hidden folder on the way."""
        root = self._root(path)
        return root is not None and not any(part.startswith(".") for part in path.relative_to(root).parts)

    def listing(self, path: Path) -> Listing:
        """What is in a folder.

        Raises:
            SourceError: it is outside the roots, hidden, not there, or cannot be read.
        """
        folder = self.allowed(path)
        root = self._root(folder)
        assert root
        folders: list[str] = []
        files: list[str] = []
        images = 0
        try:
            with _opened(root, folder.relative_to(root)) as descriptor, os.scandir(descriptor) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or not _is_text(entry.name):
                        continue
                    if self._is_folder(entry, folder):
                        folders.append(entry.name)
                    elif os.path.splitext(entry.name)[1].lower() in IMAGE_SUFFIXES:  # noqa: PTH122 - many
                        images += 1
                    elif self._is_file(entry, folder):
                        files.append(entry.name)
        except OSError as error:
            raise SourceError(f"The folder {folder} cannot be read: {error.strerror}.") from error
        return Listing(
            folder,
            None if folder in self.folders else folder.parent,
            tuple(sorted(folders, key=_order)[:MOST_LISTED]),
            tuple(sorted(files, key=_order)[:MOST_LISTED]),
            images,
            max(len(folders), len(files)) > MOST_LISTED,
        )

    def _root(self, path: Path) -> Path | None:
        """The innermost root that a path is below."""
        holding = [root for root in self.folders if path.is_relative_to(root)]
        return max(holding, key=lambda root: len(root.parts), default=None)

    def _is_folder(self, entry: os.DirEntry[str], folder: Path) -> bool:
        return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and self._leads(entry, folder, stat.S_ISDIR))

    def _is_file(self, entry: os.DirEntry[str], folder: Path) -> bool:
        return entry.is_file(follow_symlinks=False) or (entry.is_symlink() and self._leads(entry, folder, stat.S_ISREG))

    def _leads(self, entry: os.DirEntry[str], folder: Path, kind: object) -> bool:
        """Whether a link leads to something of a kind that may be looked at."""
        try:
            target = (folder / entry.name).resolve(strict=True)
            return self.hold(target) and kind(target.stat().st_mode)  # type: ignore[operator]
        except (OSError, RuntimeError):
            return False

    def _refusal(self, path: PurePath) -> SourceError:
        below = " or ".join(map(str, self.folders))
        if not below:
            return SourceError("No folder of this machine may be looked into. Start with --root DIR to allow one.")
        return SourceError(f"Expected a folder or file below {below}, found {str(path)[:200]!r}.")


def default_roots(host: str, given: Sequence[Path] = ()) -> Roots:
    """The roots that were given; else the home folder where only this machine is served, and none where others are.

    Args:
        host: the address that the app listens on.
        given: folders, as `--root` names them.
    """
    if given:
        return Roots(given)
    return Roots([Path.home()] if host in LOCAL else [])


@contextmanager
def _opened(root: Path, below: PurePath) -> Iterator[int]:
    """A folder below a root, opened step by step and following no link, whatever is changed meanwhile."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    descriptor = os.open(root, flags)
    try:
        for part in below.parts:
            above, descriptor = descriptor, os.open(part, flags, dir_fd=descriptor)
            os.close(above)
        yield descriptor
    finally:
        os.close(descriptor)


def _is_text(name: str) -> bool:
    return name.isprintable()


def _order(name: str) -> tuple[str, str]:
    return name.casefold(), name
