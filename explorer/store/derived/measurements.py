"""What was measured on images, by image content, that outlives a killed pass.

::

    FOLDER/
      whole.parquet        everything up to the last pass that ended
      part-0007.parquet    a batch of one that goes on, or was killed

Each file is there whole or not at all; one that a disk has damaged counts as not there, and its images are measured
again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.untrusted import MALFORMED
from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_KEY = "digest"


class Measurements:
    """One row per image content; any number of processes may read, one at a time may write."""

    def __init__(self, folder: Path) -> None:
        """Open what was measured, or prepare to start in a missing folder."""
        self._folder = folder
        self._whole = folder / "whole.parquet"
        files = [self._whole, *sorted(folder.glob("part-*.parquet"))]
        self._frames = [frame for file in files if (frame := _read(file)) is not None]
        self._next = len(files)

    @property
    def exists(self) -> bool:
        """Whether images were ever measured."""
        return self._folder.exists()

    @property
    def digests(self) -> set[str]:
        """The contents that were measured."""
        return {digest for frame in self._frames for digest in frame[_KEY]}

    def of(self, digests: Sequence[str]) -> pd.DataFrame:
        """What was measured on images, a row each, missing where it was not."""
        if not self._frames:
            return pd.DataFrame(index=pd.RangeIndex(len(digests)))
        return self._together().set_index(_KEY).reindex(list(digests)).reset_index(drop=True)

    def append(self, frame: pd.DataFrame) -> None:
        """Add images that are not there, a column `digest` among theirs; on disk when this returns.

        Raises:
            WorkspaceError: the disk is full or cannot be written; what was there before is unharmed.
        """
        self._write(frame, self._folder / f"part-{self._next:04}.parquet")
        self._frames.append(frame)
        self._next += 1

    def settle(self) -> None:
        """Make one file of all parts; also without any, so that it exists."""
        parts = list(self._folder.glob("part-*.parquet"))
        if self._frames and parts:
            self._write(self._together(), self._whole)
        for part in parts:
            part.unlink()
        self._folder.mkdir(parents=True, exist_ok=True)

    def _together(self) -> pd.DataFrame:
        return pd.concat(self._frames, ignore_index=True).drop_duplicates(_KEY)

    def _write(self, frame: pd.DataFrame, path: Path) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            scratch = path.with_suffix(".partial")
            frame.to_parquet(scratch, index=False, write_page_checksum=True)
            scratch.replace(path)
        except OSError as error:
            raise WorkspaceError(
                f"What was measured could not be saved in {self._folder}: {error.strerror}. What was saved before is "
                "safe: make room there and run the command again, and it goes on from there."
            ) from error


def _read(file: Path) -> pd.DataFrame | None:
    """What a file holds; None where it is not there or not as it was written."""
    try:
        return pd.read_parquet(file, page_checksum_verification=True)
    except FileNotFoundError:
        return None
    except MALFORMED:
        file.unlink(missing_ok=True)
        return None
