"""The images of a queue as the server gives them: by place, without a word about them.

An address that a reviewer's browser is given says neither the row of an image, which may tell its class, nor its name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.points.opened_build import View
    from explorer.points.points import Points

OVERLAYS = ("overlay", "attention", "attention_map", "heatmap", "saliency", "saliency_map")
"""Columns that may name an image to lay over another one, in any case, the first that is there."""


@dataclass(frozen=True, eq=False)
class Places:
    """Images by their place in a queue.

    Attributes:
        images: of the build.
        rows: the row of each place there.
    """

    images: Points
    rows: Sequence[int]

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.images.cache_folder

    def filepath(self, row: int) -> Path:
        """The image of a place."""
        return self.images.filepath(self._row(row))

    def digest(self, row: int) -> str:
        """SHA-256 of the image of a place."""
        return self.images.digest(self._row(row))

    def crop(self, row: int) -> None:
        """None: images are whole."""

    def card(self, row: int, asked: Mapping[str, str]) -> list[tuple[str, str]]:  # noqa: ARG002 - as of other images
        """Nothing."""
        return []

    def _row(self, place: int) -> int:
        if not 0 <= place < len(self.rows):
            raise IndexError(place)
        return self.rows[place]


@dataclass(frozen=True, eq=False)
class Overlays(Places):
    """The images that lie over those of a queue, each named in a column of its image.

    Attributes:
        column: which names them.
        folders: from which a relative name starts, the first in which the file is.
    """

    column: str
    folders: Sequence[Path]

    def filepath(self, row: int) -> Path:
        """The overlay of a place.

        Raises:
            IndexError: there is no such place, or it has none.
        """
        found = self._found(row)
        if found is None:
            raise IndexError(row)
        return found

    def digest(self, row: int) -> str:
        """SHA-256 of the overlay's content."""
        path = self.filepath(row)
        if row not in self._digests:
            self._digests[row] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._digests[row]

    @cached_property
    def _digests(self) -> dict[int, str]:
        return {}

    def has(self, row: int) -> bool:
        """Whether a place has one."""
        return self._found(row) is not None

    def _found(self, place: int) -> Path | None:
        """The file that the column names, where it lies below one of the folders."""
        named = self.images.table.frame[self.column].iat[self._row(place)]
        if not isinstance(named, str) or not named.strip():
            return None
        folders = [folder.resolve() for folder in (*self.folders, super().filepath(place).parent)]
        files = ((folder, (folder / named).resolve()) for folder in folders)
        return next((file for folder, file in files if file.is_relative_to(folder) and file.is_file()), None)


def overlays(view: View, rows: Sequence[int]) -> Overlays | None:
    """The overlays of images, where a column names any."""
    frame = view.images.table.frame
    called = {str(column).casefold(): str(column) for column in frame.columns}
    column = next((called[name] for name in OVERLAYS if name in called), None)
    if column is None:
        return None
    source = Path(view.workspace.manifest.source)
    return Overlays(view.images, rows, column, [source if source.is_dir() else source.parent])
