"""Image vectors of one model, cached by image content, that outlive a killed build.

::

    FOLDER/
      meta.json     format, model key and width; written with the first batch
      vectors.f32   width little-endian float32 per row
      checks.bin    4 bytes per row: CRC-32 of its digest and its vector
      digests.bin   32 bytes per row: SHA-256 of the image file
      engines.json  what made them, and how exactly

A batch is on disk as vectors, and what made them is noted, before it is there as digests, so every whole digest
has both: a process killed at any moment loses at most the batch it was writing, and the next batch overwrites the
torn tail. A row whose check does not match, because a bit has turned over on the disk, counts as not there, and is
embedded again.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.engines import Ran
from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.data.records import Float32, Int64

FORMAT = 1

_ENGINES = "engines.json"

_DIGEST_BYTES = 32
_CHECK_BYTES = 4


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
        self._checks = folder / "checks.bin"
        self._digests = folder / "digests.bin"
        try:
            self.width = self._stored_width()
            keys = self._whole_rows()
            self._count = len(keys)
            self._rows = {digest: row for row, digest in enumerate(keys)}
            self._mapped = self.vectors
            self._expected = self._read_checks()
        except (OSError, ValueError, KeyError) as error:
            raise self._unusable(f"cannot be read ({error})") from error
        self.ran = ran_in(folder)

    def __len__(self) -> int:
        """Rows on disk, sound or not."""
        return self._count

    def __contains__(self, digest: str) -> bool:
        return self._row(bytes.fromhex(digest)) >= 0

    @property
    def vectors(self) -> Float32:
        """All vectors, float32 (rows, width), memory-mapped and read-only."""
        if not self._count:
            return np.empty((0, self.width), np.float32)
        return np.memmap(self._vectors, "<f4", mode="r", shape=(self._count, self.width))

    def rows(self, digests: Sequence[str]) -> Int64:
        """Find where digests are stored: int64 (n,), -1 where they are not, or not as they were written."""
        return np.fromiter((self._row(bytes.fromhex(digest)) for digest in digests), np.int64, len(digests))

    def _row(self, key: bytes) -> int:
        row = self._rows.get(key, -1)
        return row if row >= 0 and self._expected[row] == _check(key, self._mapped[row]) else -1

    def append(self, digests: Sequence[str], vectors: Float32, ran: Ran | None = None) -> None:
        """Add vectors under digests that are not stored yet; they are on disk when this returns.

        Args:
            digests: SHA-256 of the image files, hexadecimal, distinct.
            vectors: float32 (n, width).
            ran: what made them, kept in the place of what was kept of the same engine.

        Raises:
            WorkspaceError: the disk is full or cannot be written; what was stored before is unharmed.
        """
        keys = [bytes.fromhex(digest) for digest in digests]
        try:
            if not self.width:
                self._start(vectors.shape[1])
            rows = np.ascontiguousarray(vectors, "<f4")
            checks = np.array([_check(key, row) for key, row in zip(keys, rows, strict=True)], "<u4")
            _write(self._vectors, self._count * self.width * 4, rows.tobytes())
            _write(self._checks, self._count * _CHECK_BYTES, checks.tobytes())
            if ran:
                self._note(ran)
            _write(self._digests, self._count * _DIGEST_BYTES, b"".join(keys))
        except OSError as error:
            raise self._unsaved(error) from error
        known = dict(zip(keys, range(self._count, self._count + len(keys)), strict=True))
        self._count += len(keys)
        self._mapped, self._expected = self.vectors, np.concatenate([self._expected, checks])
        self._rows.update(known)  # last: other threads ask meanwhile

    def _note(self, ran: Ran) -> None:
        now = tuple(({one.title: one for one in self.ran} | {ran.title: ran}).values())
        if now != self.ran:
            scratch = self.folder / f"{_ENGINES}.partial"
            scratch.write_text(json.dumps([one._asdict() for one in now]), encoding="utf-8")
            scratch.replace(self.folder / _ENGINES)
            self.ran = now

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
        if self._vectors.stat().st_size < len(keys) * self.width * 4:
            raise self._unusable("is damaged: its digests and vectors do not match")
        return keys

    def _read_checks(self) -> NDArray[np.uint32]:
        """The check of each row; one that was never written is 0, which vouches for nothing."""
        held = self._checks.read_bytes()[: self._count * _CHECK_BYTES] if self._checks.exists() else b""
        return np.frombuffer(held.ljust(self._count * _CHECK_BYTES, b"\0"), "<u4")

    def _start(self, width: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        meta = {"format": FORMAT, "model": self.model, "width": width}
        scratch = self.folder.with_name(self.folder.name + ".partial")
        scratch.write_text(json.dumps(meta), encoding="utf-8")
        scratch.replace(self._meta)
        self.width = width

    def _unsaved(self, error: OSError) -> WorkspaceError:
        return WorkspaceError(
            f"Image vectors could not be saved in {self.folder}: {error.strerror}. Those saved before "
            "are safe: make room there and build again, and the build goes on from them."
        )

    def _unusable(self, what: str) -> WorkspaceError:
        return WorkspaceError(
            f"The folder of image vectors {self.folder} {what}. Delete it: the next build fills it again."
        )


def ran_in(folder: Path) -> tuple[Ran, ...]:
    """What made the vectors in a store's folder, the first first; empty where that is not noted, or damaged."""
    try:
        return tuple(Ran(**one) for one in json.loads((folder / _ENGINES).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return ()


def _check(key: bytes, vector: Float32) -> int:
    """CRC-32 of a row, never 0."""
    return zlib.crc32(vector.tobytes(), zlib.crc32(key)) or 1


def _write(path: Path, offset: int, data: bytes) -> None:
    """Put bytes at an offset, drop whatever was behind them, and wait until they are on disk."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
