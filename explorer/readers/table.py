"""A table of images: CSV, TSV, Parquet or JSON Lines, one row per image."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.records import MEASURED, Dataset, Skipped
from explorer.errors import SourceError
from explorer.readers.files import all_located
from explorer.readers.frames import READERS, is_nameless, named_columns, read_frame
from explorer.readers.values import class_names, inferred, numerals, shares, texts, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

UNNAMED_MODEL = "model"
"""Name of the model whose columns are plain `prediction` and `confidence`."""

IMAGE_COLUMNS = ("image", "filepath")
LABEL_COLUMNS = ("label", "ground_truth")

ROLES = ("image", "id", "label", "prediction", "confidence", "split", "group", "time", "latitude", "longitude")
"""What a column can be taken for, each the name of the column that is taken for it unasked."""

_ALIKE = {"image": IMAGE_COLUMNS, "label": LABEL_COLUMNS}
"""Roles that columns of several names have."""


class Columns(NamedTuple):
    """Which column of a table means what.

    Attributes:
        image: the image paths, None where the table has none.
        identity: the ids, None where the table has none.
        label: the labels, None where the table has none.
        predictions: for each model name its prediction column and its confidence column, if any.
    """

    image: str | None
    identity: str | None
    label: str | None
    predictions: Mapping[str, tuple[str, str | None]]


EXPORTED = "manifest.csv"
"""The table that our exports of images have beside these."""

_EXPORTED_AS, _EMBEDDING = "exported_as", "embedding"
"""Columns of our exports: where an image lies beside the table, and its vector."""


def is_exported(path: Path) -> bool:
    """Whether a table is that of an export of images."""
    return path.name == EXPORTED and path.is_file() and _EXPORTED_AS in read_frame(path).columns


def recognises(source: Path) -> bool:
    """Whether this reader takes the source."""
    return source.is_file() and source.suffix.lower() in READERS


def read(source: Path, columns: Mapping[str, str] = MappingProxyType({})) -> Dataset:
    """Read a table of images.

    Columns: `image` or `filepath`, relative to the table's folder; `label` or `ground_truth`; `prediction`
    and `confidence`, or `NAME.prediction` and `NAME.confidence` for each model; `split`; `id`, else the image
    path as written is the id; anything else is metadata with its type inferred. An empty path, an id that was
    there before and a confidence outside 0..1 are listed as skipped. An image that does not exist stays: whoever
    reads the images lists it, and vectors in the order of the table still fit. Where columns have other names,
    `columns` says which is what, see `with_roles`.

    Raises:
        SourceError: the table cannot be read, has no rows, no image column, or two columns for one thing, or none of
            its images exists.
    """
    frame, nameless = named_columns(read_frame(source), source)
    return of_frame(frame, nameless, source, columns)


def of_frame(
    frame: pd.DataFrame,
    nameless: Sequence[Skipped],
    source: Path,
    columns: Mapping[str, str] = MappingProxyType({}),
) -> Dataset:
    """What rows of images say, see `read`.

    Args:
        frame: the rows.
        nameless: what of their table was left out before.
        source: the table.
        columns: what their columns are, where they are called otherwise.

    Raises:
        SourceError: as `read`.
    """
    if not columns and source.name == EXPORTED and _EXPORTED_AS in frame.columns:
        columns = {"image": _EXPORTED_AS}
    frame, displaced = with_roles(frame, source, columns)
    known = columns_of(frame, source)
    if known.image is None:
        found = ", ".join(frame.columns) or "none"
        raise SourceError(
            f"Expected a column named image or filepath in {source}, found {found}. Another one is named with "
            "--column image=NAME."
        )
    frame, skipped = _usable_rows(frame, known, source)
    samples, left_out = _samples(frame, known, source)
    skipped += [*nameless, *displaced, *left_out]
    predictions = {}
    for name, (prediction, confidence) in known.predictions.items():
        predictions[name], doubtful = prediction_table(frame, prediction, confidence, source)
        skipped += doubtful
    return Dataset(samples, label_table(frame, known.label), predictions, skipped=tuple(skipped))


def with_roles(frame: pd.DataFrame, path: Path, columns: Mapping[str, str]) -> tuple[pd.DataFrame, list[Skipped]]:
    """Give columns the names of what they are.

    Args:
        frame: as `read_frame` gives it.
        path: its file.
        columns: the column of each role, one of `ROLES`, or `MODEL.prediction` and `MODEL.confidence`; an empty name
            says that no column is it.

    Returns:
        The frame, and what is left out: columns whose name says a role that another one was given.

    Raises:
        SourceError: a role or a column is not known, or a column has two roles.
    """
    for role in columns:
        if role not in ROLES and role.rpartition(".")[2] not in ("prediction", "confidence"):
            raise SourceError(f"Expected a role ({', '.join(ROLES)}), found {role!r}.")
    named = [name for name in columns.values() if name]
    unknown = [name for name in named if name not in frame.columns]
    if unknown or len(set(named)) < len(named):
        what = unknown[0] if unknown else "the same column twice"
        raise SourceError(f"Expected a column of {path} for each role ({', '.join(frame.columns)}), found {what}.")
    replaced = {each: role for role in columns for each in _ALIKE.get(role, (role,))}
    displaced = [name for name in frame.columns if name in replaced and name not in named]
    reason = "the column {!r} is left out: {} is said to be {}"
    skipped = [
        Skipped(str(path), reason.format(name, replaced[name], columns[replaced[name]] or "none")) for name in displaced
    ]
    renamed = {name: role for role, name in columns.items() if name}
    return frame.drop(columns=displaced).rename(columns=renamed), skipped


def roles_of(source: Path, columns: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each column of a table with what it is taken for: a role, `metadata`, or `left out`.

    Raises:
        SourceError: as for `read`.
    """
    frame = read_frame(source)
    renamed = {name: role for role, name in columns.items() if name}
    known = columns_of(with_roles(frame, source, columns)[0], source)
    roles = {known.image: "image", known.identity: "id", known.label: "label"}
    roles |= {name: name for pair in known.predictions.values() for name in pair if name}
    roles |= {name: name for name in ("split", "group", "time", "latitude", "longitude")}

    def role(name: str) -> str:
        now = renamed.get(name, name)
        if name not in renamed and any(name in _ALIKE.get(each, (each,)) for each in columns):
            return "left out"
        return roles.get(now) or ("left out" if is_nameless(now) or _why_not_metadata(now) else "metadata")

    return [(str(name), role(str(name))) for name in frame.columns]


def columns_of(frame: pd.DataFrame, path: Path) -> Columns:
    """Find the columns that have a meaning.

    Raises:
        SourceError: two columns stand for one thing.
    """
    names = list(frame.columns)
    models: dict[str, tuple[str, str | None]] = {}
    for name in names:
        stem, dot, role = name.rpartition(".")
        if role == "prediction" and (stem or not dot):
            model = stem or UNNAMED_MODEL
            if model in models:
                raise SourceError(f"Expected one prediction column per model in {path}, found two for {model!r}.")
            confidence = f"{stem}{dot}confidence"
            models[model] = (name, confidence if confidence in names else None)
    return Columns(
        _only(names, IMAGE_COLUMNS, path),
        _only(names, ("id",), path),
        _only(names, LABEL_COLUMNS, path),
        models,
    )


def _only(names: Sequence[str], wanted: Sequence[str], path: Path) -> str | None:
    """The one column of several equal names."""
    found = [name for name in names if name in wanted]
    if len(found) > 1:
        raise SourceError(f"Expected one of the columns {' and '.join(wanted)} in {path}, found {', '.join(found)}.")
    return found[0] if found else None


def _usable_rows(frame: pd.DataFrame, columns: Columns, path: Path) -> tuple[pd.DataFrame, list[Skipped]]:
    """Rows with an image path and an id of their own, indexed by id, with the column `filepath`."""
    if not len(frame):
        raise SourceError(f"Expected a row for each image in {path}, found columns without rows.")
    images = _paths(frame[columns.image], path)
    ids = texts(frame[columns.identity]) if columns.identity else images
    named = np.array([bool(image and sample) for image, sample in zip(images, ids, strict=True)], np.bool_)
    again = named & pd.Series(ids, dtype=object).where(named).duplicated().to_numpy()
    rows = np.flatnonzero(named & ~again).tolist()
    skipped = [_unusable(row, images[row], ids[row], path) for row in np.flatnonzero(~named | again).tolist()]
    filepaths = all_located([str(images[row]) for row in rows], path.parent)
    if not any(map(os.path.isfile, filepaths)):
        missing = [Skipped(filepath, "the file does not exist") for filepath in filepaths[:1]]
        first = [*missing, *skipped][0]
        raise SourceError(
            f"Expected images that exist in {path}, found none in {len(frame)} rows. The first: "
            f"{first.filepath}: {first.reason}. Relative paths start at the table's folder."
        )
    usable = frame.drop(columns=columns.image).iloc[rows]
    usable = usable.set_axis(pd.Index([ids[row] for row in rows], name="id", dtype=object))
    usable.insert(0, "filepath", filepaths)
    return usable, skipped


def _unusable(row: int, image: str | None, sample: str | None, path: Path) -> Skipped:
    """Why a row is left out: it names no image, has no id, or has one that was there before."""
    if image and sample:
        return Skipped(image, f"the id {sample!r} is in the table already; its first row is used")
    what = "id" if image else "image path"
    return Skipped(image or f"{path}, row {row + 1}", f"its {what} is empty")


def _paths(column: pd.Series, path: Path) -> list[str | None]:
    first = next((cell for cell in column if cell is not None), None)
    if isinstance(first, dict | list | np.ndarray):
        held = f"structs of {' and '.join(map(str, first))}" if isinstance(first, dict) else "lists"
        raise SourceError(
            f"Expected paths of image files in the column {column.name} of {path}, found {held}. Save the images as "
            "files, and their paths in this column."
        )
    return texts(column)


def _samples(frame: pd.DataFrame, columns: Columns, path: Path) -> tuple[pd.DataFrame, list[Skipped]]:
    """File path, split and metadata of each sample, and the columns that could not become metadata."""
    spoken_for = {"filepath", "split", columns.identity, columns.label}
    spoken_for |= {name for pair in columns.predictions.values() for name in pair}
    samples = {"filepath": frame["filepath"]}
    if "split" in frame:
        samples["split"] = words(frame["split"])
    skipped = []
    for name in (name for name in frame.columns if name not in spoken_for):
        reason = _why_not_metadata(name)
        if not reason:
            try:
                samples[name] = inferred(frame[name])
            except SourceError as error:
                reason = str(error)
        if reason:
            skipped.append(Skipped(str(path), f"the column {name!r} is left out: {reason}"))
    return pd.DataFrame(samples, frame.index), skipped


def _why_not_metadata(name: str) -> str:
    if name in MEASURED:
        return "that is measured on the image itself"
    if name == _EMBEDDING:
        return "it holds vectors, which --vectors takes"
    return "there is no prediction column for it" if name.rpartition(".")[2] == "confidence" else ""


def label_table(frame: pd.DataFrame, column: str | None) -> pd.DataFrame:
    """Ground truth from a frame indexed by sample id; rows without a label are left out."""
    labels = class_names(frame[column]) if column else [None] * len(frame)
    table = pd.DataFrame({"sample": frame.index, "label": labels}, frame.index, dtype=object)
    return table[table["label"].notna()]


def prediction_table(
    frame: pd.DataFrame, prediction: str, confidence: str | None, path: Path
) -> tuple[pd.DataFrame, list[Skipped]]:
    """One model's predictions from a frame indexed by sample id; rows without one are left out.

    Returns:
        The table, and the samples whose confidence is no number from 0 to 1 (it is then unknown, NaN).

    Raises:
        SourceError: that is so for most of them.
    """
    table = label_table(frame, prediction)
    table["confidence"] = np.nan
    if confidence is None:
        return table, []
    cells, values = numerals(frame[confidence]), shares(frame[confidence])
    usable = ~np.isnan(values)
    doubtful = [
        (sample, cell)
        for sample, cell, fits in zip(frame.index, cells, usable, strict=True)
        if cell is not None and not fits
    ]
    if len(doubtful) > usable.sum():
        cell = doubtful[0][1]
        advice = "Write decimals with a point." if "," in cell else "Divide percentages by 100."
        raise SourceError(
            f"Expected numbers from 0 to 1 in the column {confidence} of {path}, found {cell} and more. {advice}"
        )
    table["confidence"] = pd.Series(values, frame.index)[table.index]
    reason = f"its {confidence} is {{}}, not 0 to 1, and is taken as unknown"
    return table, [Skipped(sample, reason.format(cell)) for sample, cell in doubtful]
