"""Vectors that the user brings instead of a CLIP model."""

from __future__ import annotations

import os
import tokenize
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.frames import named_columns, read_frame
from explorer.readers.names import SampleNames
from explorer.readers.values import texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from explorer.data.records import Float32

_ID_COLUMNS = ("id", "image", "filepath")
_VECTOR_COLUMNS = ("vector", "vectors", "embedding", "embeddings")

_AT_ONCE = 4_096
"""Rows that are brought to unit length at a time."""

_TORN = (OSError, ValueError, EOFError, SyntaxError, MemoryError, RecursionError, OverflowError, tokenize.TokenError)
"""What NumPy raises of a header that is torn, or promises more than the file holds."""


class _Raw(NamedTuple):
    """Vectors as a file has them: what each row is named, None where it is in the order of the samples."""

    names: list[str] | None
    vectors: NDArray[np.generic]
    skipped: list[Skipped]


class OwnVectors(NamedTuple):
    """Vectors brought by the user.

    Attributes:
        ids: the samples that have a usable vector, in the order of the samples.
        vectors: float32 (n, d), unit rows.
        skipped: samples without a usable vector, and vectors without a sample.
    """

    ids: tuple[str, ...]
    vectors: Float32
    skipped: tuple[Skipped, ...]


def read_vectors(
    path: Path, ids: Sequence[str], files: Sequence[str] = (), *, beside: Path | None = None
) -> OwnVectors:
    """Read vectors for samples from a file.

    Args:
        path: `.npy`, one row per sample in the order of `ids`; or Parquet or CSV with an `id` (or `image`)
            column, and either one column of lists or one numeric column per dimension.
        ids: the samples.
        files: the samples' images, absolute, where rows may also be named by a path (relative ones start at the
            folder of `path`), or by a file name that only one sample has.
        beside: the folder that relative paths start at, where that is another one.

    Returns:
        The usable vectors, brought to unit length. Vectors with NaN or infinity, or of length zero, are
        listed as skipped, and so are samples without a vector and vectors without a sample.

    Raises:
        SourceError: the file cannot be read, its shape does not fit, or it has no usable vector.
    """
    if path.suffix.lower() not in {".npy", ".parquet", ".csv"}:
        raise SourceError(f"Expected vectors as .npy, .parquet or .csv, found {path.name}.")
    if not os.path.isfile(path):  # noqa: PTH113 - a name that is too long is a no here, not an error
        raise SourceError(f"Expected vectors in the file {path}, found no such file.")
    named, raw, skipped = (_read_npy if path.suffix.lower() == ".npy" else _read_table)(path)
    if raw.ndim == 0:
        raise SourceError(f"Expected numbers of shape (samples, width) in {path}, found a single value.")
    if named is None and len(raw) != len(ids):
        raise SourceError(
            f"Expected one row per sample in {path}: {len(ids)}, found {len(raw)}. "
            "Vectors for some samples only go into a Parquet file with an id column."
        )
    names = list(ids) if named is None else _as_ids(named, ids, files, beside or path.parent)
    if ids and set(ids).isdisjoint(names):
        first = f"the first is named {names[0]!r}" if names else "it has no rows"
        raise SourceError(
            f"Expected vectors of the source's samples, such as {ids[0]!r}, in {path}, found none: {first}."
        )
    own = _matched(names, _floats(raw, path), ids)
    if ids and not own.ids:
        raise SourceError(f"Expected vectors of finite numbers in {path}, found none: all are zero, NaN or infinite.")
    return own._replace(skipped=(*skipped, *own.skipped))


def _read_npy(path: Path) -> _Raw:
    try:
        return _Raw(None, np.lib.format.open_memmap(path, mode="r"), [])
    except _TORN as error:
        raise SourceError(f"The vectors {path} cannot be read: it is no whole array of numbers.") from error


def _read_table(path: Path) -> _Raw:
    frame, skipped = named_columns(read_frame(path, typed=_ID_COLUMNS), path)
    key = next((name for name in _ID_COLUMNS if name in frame.columns), None)
    if key is None:
        raise SourceError(f"Expected an id or image column in {path}, found {', '.join(frame.columns)}.")
    try:
        return _Raw([name or "" for name in texts(frame[key])], _matrix(frame.drop(columns=key), path), skipped)
    except ValueError as error:
        raise SourceError(f"The vectors {path} cannot be read: {error}") from error


def _matrix(columns: pd.DataFrame, path: Path) -> NDArray[np.generic]:
    """The column of lists of numbers, or where there is none the numeric columns side by side."""
    lists = [str(name) for name in columns if _holds_lists(columns[name])]
    named = [name for name in lists if name.lower() in _VECTOR_COLUMNS]
    numeric = columns.select_dtypes("number")
    if len(named) == 1:
        return _stacked(columns[named[0]])
    if len(lists) == 1 and numeric.shape[1] < 2:  # noqa: PLR2004 - one number beside it is no vector
        return _stacked(columns[lists[0]])
    if lists:
        found = ", ".join([*lists, *map(str, numeric.columns)])
        raise SourceError(f"Expected one column of vectors in {path}, found {found}. Name the one to use `vector`.")
    if not numeric.shape[1]:
        raise SourceError(f"Expected one column of lists, or numeric columns, in {path}, found neither.")
    return numeric.to_numpy()


def _holds_lists(column: pd.Series) -> bool:
    """Whether cells are lists of numbers, as far as the first that is there says."""
    first = next((cell for cell in column if cell is not None), np.nan)
    return np.ndim(first) == 1 and np.asarray(first).dtype.kind in "fiu"


def _stacked(column: pd.Series) -> NDArray[np.float64]:
    """One row for each list; a missing one is NaN, which is listed as skipped."""
    width = next(len(cell) for cell in column if np.ndim(cell))
    nothing = np.full(width, np.nan)
    return np.stack([np.asarray(cell, np.float64) if np.ndim(cell) else nothing for cell in column])


def _as_ids(named: list[str], ids: Sequence[str], files: Sequence[str], folder: Path) -> list[str]:
    """The id of the sample that each row names in whatever way; a name of none stays as it is."""
    names = SampleNames(ids, files)
    return [names.find(name, folder) or name for name in named]


def _floats(raw: NDArray[np.generic], path: Path) -> NDArray[np.floating]:
    """The rows as floating-point numbers, refused where they are not a matrix of numbers."""
    if raw.ndim != 2 or raw.dtype.kind not in "fiu" or not raw.shape[1]:  # noqa: PLR2004 - rows and columns
        found = f"{raw.dtype} {raw.shape}"
        raise SourceError(f"Expected numbers of shape (samples, width) in {path}, found {found}.")
    return raw.astype(np.float64 if raw.dtype.itemsize > 4 else np.float32, copy=False)  # noqa: PLR2004 - bytes


def _matched(named: list[str], raw: NDArray[np.floating], ids: Sequence[str]) -> OwnVectors:
    """Bring rows into the order of the samples, saying which of either side has no partner."""
    unit, usable = _unit(raw)
    row_of: dict[str, int] = {}
    for row, name in enumerate(named):
        row_of.setdefault(name, row)
    skipped = [Skipped(sample, "there is no vector for it") for sample in ids if sample not in row_of]
    skipped += [Skipped(name, "its vector has no sample") for name in sorted(row_of.keys() - set(ids))]
    if len(row_of) < len(named):
        twice = sorted(name for name, count in Counter(named).items() if count > 1)
        skipped += [Skipped(name, "it has several vectors; the first is used") for name in twice]
    present = [(sample, row_of[sample]) for sample in ids if sample in row_of]
    reason = "its vector is zero, or not finite"
    skipped += [Skipped(sample, reason) for sample, row in present if not usable[row]]
    kept = [(sample, row) for sample, row in present if usable[row]]
    return OwnVectors(tuple(sample for sample, _ in kept), unit[[row for _, row in kept]], tuple(skipped))


def _unit(raw: NDArray[np.floating]) -> tuple[Float32, NDArray[np.bool_]]:
    """Rows at unit length, float32, and which of them have one; some at a time, which stay near the processor."""
    unit, usable = np.empty(raw.shape, np.float32), np.empty(len(raw), np.bool_)
    for start in range(0, len(raw), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        unit[part], usable[part] = _unit_rows(raw[part])
    return unit, usable


def _unit_rows(raw: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Rows at unit length; scaled first, so that no square overflows."""
    largest = np.abs(raw).max(axis=1, keepdims=True)
    usable = np.isfinite(largest) & (largest > 0)
    scaled = np.divide(raw, largest, out=np.zeros(raw.shape, raw.dtype), where=usable)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.divide(scaled, length, out=scaled, where=usable), usable[:, 0]
