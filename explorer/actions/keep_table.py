"""Data that a notebook has in memory, kept in the workspace as a table that any later build can read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.keys import artefact_key
from explorer.errors import SourceError
from explorer.readers.files import located
from explorer.readers.table import IMAGE_COLUMNS
from explorer.readers.values import texts
from explorer.store.derived.artefacts import fresh_folder
from explorer.store.derived.building import building
from explorer.store.paths import WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VECTOR_COLUMNS = ("vector", "embedding")
"""What a column of arrays is called that are the images' vectors."""


class KeptTable(NamedTuple):
    """A table in the workspace, and the file of its vectors where it had a column of them."""

    table: Path
    vectors: Path | None


def keep_table(
    workspace: Path, rows: pd.DataFrame | Sequence[Mapping[str, Any]], vectors: str | None = None
) -> KeptTable:
    """Keep a table of images as received data of a workspace, which need not exist yet.

    An id is the column or index `id`, else the image's path as given; relative paths start at the current folder.

    Args:
        workspace: its folder.
        rows: a table with a column `image` or `filepath`, or a record for each image.
        vectors: the column of arrays that are the images' vectors, where there is one.

    Raises:
        SourceError: there is no such column, or a cell cannot be written down.
        WorkspaceError: a build is running, or the workspace cannot be written.
    """
    frame = rows.copy() if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if frame.index.name is not None and frame.index.name not in frame:
        frame = frame.reset_index()
    frame.columns = [str(name) for name in frame.columns]
    image = next((name for name in IMAGE_COLUMNS if name in frame), None)
    if image is None:
        raise SourceError(f"Expected a column image or filepath, found {', '.join(frame.columns) or 'no column'}.")
    if "id" not in frame:
        frame["id"] = texts(frame[image])
    here = Path.cwd()
    frame[image] = [path and located(path, here) for path in texts(frame[image])]
    without = frame.drop(columns=[name for name in (vectors, *VECTOR_COLUMNS) if name in frame])
    files = {"table.parquet": _written(_plain(without))}
    if vectors is not None:
        files["vectors.parquet"] = _written(_vectors(frame, vectors))
    place = WorkspacePaths(workspace).tables / artefact_key(**files)
    with building(workspace), fresh_folder(place) as scratch:
        for name, content in files.items():
            (scratch / name).write_bytes(content)
    return KeptTable(place / "table.parquet", place / "vectors.parquet" if vectors is not None else None)


def forget_other_tables(workspace: Path, kept: KeptTable) -> None:
    """Delete the tables that a later one has taken the place of."""
    for folder in WorkspacePaths(workspace).tables.glob("*/"):
        if folder != kept.table.parent:
            shutil.rmtree(folder, ignore_errors=True)


def _vectors(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    if column not in frame:
        raise SourceError(f"Expected a column {column!r} of vectors, found {', '.join(frame.columns)}.")
    known = frame[frame[column].notna()]
    lists = [np.asarray(cell, np.float32) for cell in known[column]]
    if len({cell.shape for cell in lists}) != 1 or lists[0].ndim != 1:
        raise SourceError(f"Expected one array of numbers for each image in {column!r}, all equally long.")
    return pd.DataFrame({"id": known["id"], "vector": lists})


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of mixed kinds as text, as files of text hold them; what is of one kind stays."""
    texts_of = {}
    for name in map(str, frame):
        if frame[name].dtype == object and len({type(cell) for cell in frame[name].dropna()}) > 1:
            texts_of[name] = pd.Series(texts(frame[name]), frame.index, object)
    return frame.assign(**texts_of)


def _written(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa

    try:
        content: bytes = frame.to_parquet(index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise SourceError(f"Expected cells of text, numbers, dates or lists, found others: {error}") from error
    return content
