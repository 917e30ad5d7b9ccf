"""What an exporter is given, and what it gives back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.data.records import Skipped  # noqa: TC001 - dataclass fields are part of the interface
from explorer.data.whole import whole_file
from explorer.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True)
class Package:
    """One subset, ready to be written.

    Attributes:
        table: index id; `filepath`, `digest`, label, predictions, then how each image came to be a member:
            `origin`, `score`, `added_by`, `added_at`.
        about: the manifest's facts on the subset, the workspace and the model.
    """

    table: pd.DataFrame
    about: Mapping[str, Any]

    def manifest(self) -> str:
        """The manifest as JSON text: the facts, then each image with its digest and reason."""
        images = [
            {"id": sample, **{name: _plain(value) for name, value in row.items()}}
            for sample, row in self.table.astype(object).where(self.table.notna(), None).iterrows()
        ]
        return json.dumps({**self.about, "images": images}, indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class Written:
    """What an export wrote, what it could not, and what was at that place before, under its new name."""

    path: Path
    images: int
    left_out: tuple[Skipped, ...] = ()
    kept: Path | None = None


def _plain(value: object) -> object:
    """A value JSON can hold: numpy numbers become Python's, anything else its text."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return plain if plain is None or isinstance(plain, bool | int | float | str) else str(plain)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a temporary name and rename it, so that a failure leaves no half file.

    Raises:
        ExportError: the disk is full, or the place cannot be written or names no file.
    """
    if not path.name:
        raise ExportError(f"Expected the name of a file to write, found {str(path)!r}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            write(draft)
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written ({error}). Choose another place or free some space; nothing was left "
            "half written."
        ) from error
