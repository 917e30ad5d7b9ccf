"""Derived files: immutable, named by a key made of everything they depend on, safe to delete."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.keys import artefact_key
from explorer.data.records import Embeddings, Layout, Neighbors
from explorer.data.spaces import Space
from explorer.data.untrusted import MALFORMED
from explorer.data.whole import PARTIAL, told_as
from explorer.errors import WorkspaceError
from explorer.store.derived.checksums import damaged_in, write_checksums

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


_LONGEST_FILE = 255
"""Bytes of a file's name on every usual disk."""


def damaged(path: Path, error: Exception) -> WorkspaceError:
    """Say that a derived file cannot be used, and how it is repaired."""
    return WorkspaceError(
        f"The derived file {path} cannot be read ({error}). Run `edgecase build` again with the same source: it "
        "makes the file anew; subsets and other decisions are kept."
    )


def objects_file(space: str) -> str:
    """The file of a space's boxes, or of a model's probabilities: a model may be called anything, a file may not."""
    return f"objects-{artefact_key(space=space)}.parquet"


@contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """Fill a temporary folder that gets checksums and takes the target's name only once it is complete."""
    scratch = target.with_name(f"{PARTIAL}{uuid.uuid4().hex}")
    try:
        with told_as(scratch, target):
            scratch.mkdir(parents=True)  # not by `tempfile`, whose folders are closed to others whatever the umask
            yield scratch
            write_checksums(scratch)
            if not target.exists():
                scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_json(path: Path, value: object) -> None:
    """Replace a JSON file in one step; what is on disk is always one whole version."""
    scratch = path.with_name(path.name + ".partial")
    with told_as(scratch, path), scratch.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def write_array(path: Path, array: np.ndarray) -> None:
    """As `np.save`, which on a full disk says neither that it is full nor which file it was."""
    whole = np.ascontiguousarray(array)
    try:
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
            file.write(whole.reshape(-1).view(np.uint8).data)  # times have no buffer of their own
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def read_array(path: Path, rows: int) -> Any:  # noqa: ANN401 - each file's own dtype
    """An array, memory-mapped."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except MALFORMED as error:
        raise damaged(path, error) from error
    if len(array) != rows:
        raise damaged(path, ValueError(f"expected {rows:,} rows, found {len(array):,}"))
    return array


def is_whole(folder: Path) -> bool:
    """Whether an artefact was made before; a damaged one is cleared away, to be made anew."""
    if damaged_in(folder):
        shutil.rmtree(folder, ignore_errors=True)
    return folder.exists()


def save_column(folder: Path, name: str, values: np.ndarray) -> None:
    """Write a column of numbers, times or texts as an artefact of its own."""
    with fresh_folder(folder) as scratch:
        write_array(scratch / _column_file(name), values)


def load_column(folder: Path, name: str, rows: int) -> Any:  # noqa: ANN401 - each column's own dtype
    """A column as it was saved, (rows,): numbers and times as they are, texts as objects, None for empty ones."""
    values = np.array(read_array(folder / _column_file(name), rows))
    return np.array([str(text) or None for text in values], object) if values.dtype.kind == "U" else values


def _column_file(name: str) -> str:
    """A column may be called anything, as models may; a file may not."""
    file, plain = f"{name}.npy", name.replace(".", "").replace("_", "")
    is_usual = plain.isascii() and plain.isalnum() and len(file) <= _LONGEST_FILE
    return file if is_usual else f"{artefact_key(column=name)}.npy"


class SpaceFiles:
    """One space's vectors and graph in a folder, and its layout: there too, or where it is a further one in its own."""

    def __init__(self, folder: Path, ids: tuple[str, ...], layout: Path | None = None) -> None:
        self.folder = folder
        self.ids = ids
        self.map = layout or folder

    def save(self, embeddings: Embeddings, graph: Neighbors, layout: Layout) -> None:
        """Write everything, or nothing."""
        with fresh_folder(self.folder) as scratch:
            write_array(scratch / "vectors.npy", embeddings.vectors)
            write_array(scratch / "neighbors.npy", graph.indices)
            write_array(scratch / "similarities.npy", graph.similarities)
            about = {"space": embeddings.space, "model": embeddings.model, "recall": graph.recall}
            _write_layout(scratch, layout, about)

    def save_layout(self, layout: Layout) -> None:
        """Write a further map of vectors that are there."""
        with fresh_folder(self.map) as scratch:
            _write_layout(scratch, layout, {})

    def after(self, earlier: SpaceFiles | None) -> SpaceFiles:
        """These files; after an earlier map its own if it is of the same points, or else those of one that goes on."""
        if earlier is None:
            return self
        if earlier.map.name.startswith(self.map.name):
            return earlier
        if self.exists:
            return self
        goes_on = self.map.with_name(f"{self.map.name}-{artefact_key(earlier=earlier.map.name)[:8]}")
        return SpaceFiles(goes_on if self.map == self.folder else self.folder, self.ids, goes_on)

    @property
    def exists(self) -> bool:
        """Whether this space was computed before; damaged files are cleared away, to be made anew."""
        return is_whole(self.map) and (self.map == self.folder or is_whole(self.folder))

    def embeddings(self) -> Embeddings:
        """Load the vectors, memory-mapped."""
        about = _about(self.folder, ("space", "model"))
        return Embeddings(self.ids, self._array("vectors"), about["model"], Space(about["space"]))

    def neighbors(self) -> Neighbors:
        """Load the graph."""
        recall = _about(self.folder, ("recall",))["recall"]
        return Neighbors(self._array("neighbors"), self._array("similarities"), recall)

    def layout(self) -> Layout:
        """Load the map."""
        trust = _about(self.map, ("trustworthiness",))["trustworthiness"]
        return Layout(
            self.ids,
            read_array(self.map / "layout.npy", len(self.ids)),
            read_array(self.map / "neighbors_kept.npy", len(self.ids)),
            float("nan") if trust is None else trust,
        )

    def _array(self, name: str) -> Any:  # noqa: ANN401 - each file's own dtype
        return read_array(self.folder / f"{name}.npy", len(self.ids))


def _write_layout(folder: Path, layout: Layout, about: Mapping[str, object]) -> None:
    write_array(folder / "layout.npy", layout.xy)
    write_array(folder / "neighbors_kept.npy", layout.neighbors_kept)
    trust = None if np.isnan(layout.trustworthiness) else round(layout.trustworthiness, 6)
    write_json(folder / "space.json", {**about, "trustworthiness": trust})


def _about(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """What a folder says of its arrays, which must be these things at least."""
    path = folder / "space.json"
    try:
        about: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {name: about[name] for name in names}
    except MALFORMED as error:
        raise damaged(path, error) from error
