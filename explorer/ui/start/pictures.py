"""A few of the images of a source, shown before anything is built: by row and token, as those of a workspace."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.ui.components.gallery import Item, gallery
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Pictures:
    """Image files as the server shows them; see `explorer.ui.server.routes.ImageSource`."""

    files: tuple[Path, ...]

    @property
    def key(self) -> str:
        """Names exactly these files."""
        return blake2b(b"\0".join(os.fsencode(file) for file in self.files), digest_size=16).hexdigest()

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept until the app ends."""
        return Path(_scratch().name)

    def filepath(self, row: int) -> Path:
        """The file of a row."""
        if row < 0:
            raise IndexError(row)
        return self.files[row]

    def digest(self, row: int) -> str:
        """Names the row's content, without reading it."""
        file = self.filepath(row)
        return blake2b(f"{file}\0{file.stat().st_mtime_ns}".encode("utf-8", "surrogateescape")).hexdigest()

    def crop(self, row: int) -> None:
        """The whole image is shown."""

    def card(self, row: int, _: Mapping[str, str]) -> list[tuple[str, str]]:
        """The name of the file."""
        return [("file", self.filepath(row).name)]


def draw(files: tuple[Path, ...], key: str) -> None:
    """Draw thumbnails in a row, or in two where the page is narrow."""
    pictures = Pictures(files)
    server().register_images(pictures.key, pictures)
    items = [Item(row, file.name) for row, file in enumerate(files)]
    gallery(items, collection=pictures.key, size=76, height=236, selectable=False, key=key)


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="edgecase-")
