"""Image vectors of one model, cached by image content, that outlive a killed build.

::

    FOLDER/
      meta.json     format, model key and width; written with the first batch
      vectors.f32   width little-endian float32 per row
      digests.bin   32 bytes per row: SHA-256 of the image file

A batch is on disk as vectors before it is there as digests, so every whole digest has its vector: a process
killed at any moment loses at most the batch it was writing, and the next batch overwrites the torn tail.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.records import Float32, Int64

FORMAT = 1

_DIGEST_BYTES = 32


class VectorStore:
    """The vectors of one model; any number of processes may read, one at a time may write."""

    def __init__(self, folder: Path, model: str) -> None:
        """Open a store, or prepare to start one in a missing or empty folder.

        Args:
            folder: the store's own folder.
            model: key of the model that makes the vectors.

        Raises:
            WorkspaceError: the folder holds something else, another model's vectors, or damaged files.
        """
        self.folder = folder
        self.model = model
        self._meta = folder / "meta.json"
        self._vectors = folder / "vectors.f32"
        self._digests = folder / "digests.bin"
        try:
            self.width = self._stored_width()
            self._rows = {digest: row for row, digest in enumerate(self._whole_rows())}
        except (OSError, ValueError, KeyError) as error:
            raise self._unusable(f"cannot be read ({error})") from error

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, digest: str) -> bool:
        return bytes.fromhex(digest) in self._rows

    @property
    def vectors(self) -> Float32:
        """All vectors, float32 (rows, width), memory-mapped and read-only."""
        if not self._rows:
            return np.empty((0, self.width), np.float32)
        return np.memmap(self._vectors, "<f4", mode="r", shape=(len(self._rows), self.width))

    def rows(self, digests: Sequence[str]) -> Int64:
        """Find where digests are stored: int64 (n,), -1 where they are not."""
        found = (self._rows.get(bytes.fromhex(digest), -1) for digest in digests)
        return np.fromiter(found, np.int64, len(digests))

    def append(self, digests: Sequence[str], vectors: Float32) -> None:
        """Add vectors under digests that are not stored yet; they are on disk when this returns.

        Args:
            digests: SHA-256 of the image files, hexadecimal, distinct.
            vectors: float32 (n, width).

        Raises:
            WorkspaceError: the disk is full or cannot be written; what was stored before is unharmed.
        """
        keys = [bytes.fromhex(digest) for digest in digests]
        try:
            if not self.width:
                self._start(vectors.shape[1])
            _write(self._vectors, len(self) * self.width * 4, np.asarray(vectors, "<f4").tobytes())
            _write(self._digests, len(self) * _DIGEST_BYTES, b"".join(keys))
        except OSError as error:
            raise WorkspaceError(
                f"Image vectors could not be saved in {self.folder}: {error.strerror}. Those saved before "
                "are safe: make room there and build again, and the build goes on from them."
            ) from error
        self._rows.update(zip(keys, range(len(self), len(self) + len(keys)), strict=True))

    def _stored_width(self) -> int:
        """Width of the vectors in the folder, 0 where none were stored yet."""
        if not self._meta.exists():
            if self.folder.is_dir() and any(self.folder.iterdir()):
                raise self._unusable("holds files that are not image vectors")
            return 0
        meta = json.loads(self._meta.read_text(encoding="utf-8"))
        if (meta["format"], meta["model"]) != (FORMAT, self.model):
            raise self._unusable(f"was made for format {meta['format']} and model {meta['model']}")
        return int(meta["width"])

    def _whole_rows(self) -> list[bytes]:
        """The digests that are completely there, in order."""
        if not self._digests.exists():
            return []
        digests = self._digests.read_bytes()
        starts = range(0, len(digests) - _DIGEST_BYTES + 1, _DIGEST_BYTES)
        keys = [digests[start : start + _DIGEST_BYTES] for start in starts]
        if self._vectors.stat().st_size < len(keys) * self.width * 4 or len(set(keys)) < len(keys):
            raise self._unusable("is damaged: its digests and vectors do not match")
        return keys

    def _start(self, width: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        meta = {"format": FORMAT, "model": self.model, "width": width}
        scratch = self.folder.with_name(self.folder.name + ".partial")
        scratch.write_text(json.dumps(meta), encoding="utf-8")
        scratch.replace(self._meta)
        self.width = width

    def _unusable(self, what: str) -> WorkspaceError:
        return WorkspaceError(
            f"The folder of image vectors {self.folder} {what}. Delete it: the next build fills it again."
        )


def _write(path: Path, offset: int, data: bytes) -> None:
    """Put bytes at an offset, drop whatever was behind them, and wait until they are on disk."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
