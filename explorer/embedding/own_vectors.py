"""Vectors that the user brings instead of a CLIP model."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.records import Skipped
from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from explorer.data.records import Float32

_ID_COLUMNS = ("id", "image", "filepath")
_VECTOR_COLUMNS = ("vector", "vectors", "embedding", "embeddings")


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
        SourceError: the file cannot be read, or its shape does not fit.
    """
    readers: dict[str, Callable[[Path], tuple[list[str] | None, NDArray[np.generic]]]] = {
        ".npy": _read_npy,
        ".parquet": _read_table,
        ".csv": _read_table,
    }
    if path.suffix.lower() not in readers:
        raise SourceError(f"Expected vectors as .npy, .parquet or .csv, found {path.name}.")
    if not path.is_file():
        raise SourceError(f"Expected vectors in the file {path}, found no such file.")
    try:
        named, raw = readers[path.suffix.lower()](path)
    except (OSError, ValueError, EOFError) as error:
        reason = "it is no whole array of numbers" if path.suffix.lower() == ".npy" else error
        raise SourceError(f"The vectors {path} cannot be read: {reason}") from error
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
    return _matched(names, _floats(raw, path), ids)


def _read_npy(path: Path) -> tuple[None, NDArray[np.generic]]:
    return None, np.load(path, mmap_mode="r", allow_pickle=False)


def _read_table(path: Path) -> tuple[list[str], NDArray[np.generic]]:
    import pandas as pd

    csv = path.suffix.lower() == ".csv"
    frame = pd.read_csv(path, dtype=dict.fromkeys(_ID_COLUMNS, str)) if csv else pd.read_parquet(path)
    if frame.index.name in _ID_COLUMNS and frame.index.name not in frame.columns:
        frame = frame.reset_index()
    key = next((name for name in _ID_COLUMNS if name in frame.columns), None)
    if key is None:
        found = ", ".join(map(str, frame.columns))
        raise SourceError(f"Expected an id or image column in {path}, found {found}.")
    return [str(value) for value in frame[key]], _matrix(frame.drop(columns=key), path)


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
    known = set(ids)
    samples = dict(zip(files, ids, strict=False))
    count = Counter(Path(file).name for file in files)
    samples |= {name: sample for file, sample in samples.items() if count[name := Path(file).name] == 1}

    def sample(name: str) -> str:
        at = os.path.abspath(folder / name)  # noqa: PTH100 - resolve() would follow links
        return samples.get(at) or samples.get(name) or name

    return [name if name in known else sample(name) for name in named]


def _floats(raw: NDArray[np.generic], path: Path) -> NDArray[np.floating]:
    """The rows as floating-point numbers, refused where they are not a matrix of numbers."""
    if raw.ndim != 2 or raw.dtype.kind not in "fiu" or not raw.shape[1]:  # noqa: PLR2004 - rows and columns
        found = f"{raw.dtype} {raw.shape}"
        raise SourceError(f"Expected numbers of shape (samples, width) in {path}, found {found}.")
    return raw.astype(np.float64 if raw.dtype.itemsize > 4 else np.float32)  # noqa: PLR2004 - bytes


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
    """Rows at unit length, float32, and which of them have one; scaled first, so that no square overflows."""
    largest = np.abs(raw).max(axis=1, keepdims=True) if len(raw) else np.empty((0, 1))
    usable = np.isfinite(largest) & (largest > 0)
    scaled = np.divide(raw, largest, out=np.zeros(raw.shape, raw.dtype), where=usable)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit = np.divide(scaled, length, out=scaled, where=usable)
    return np.asarray(unit, np.float32), usable[:, 0]
