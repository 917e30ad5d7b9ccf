"""Labels and predictions that come in tables of their own, joined onto samples by id or by image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.records import Skipped, Used
from explorer.errors import SourceError
from explorer.readers.frames import named_columns, read_frame
from explorer.readers.names import SampleNames
from explorer.readers.table import (
    IMAGE_COLUMNS,
    LABEL_COLUMNS,
    UNNAMED_MODEL,
    Columns,
    columns_of,
    label_table,
    prediction_table,
)
from explorer.readers.values import class_names, shares, texts

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Dataset

_NOT_CLASSES = frozenset([*IMAGE_COLUMNS, *LABEL_COLUMNS, "id", "model", "split", "confidence"])
"""Columns of a table of probabilities that are not classes."""


def with_labels(dataset: Dataset, path: Path) -> Dataset:
    """Join a table of labels onto samples; other columns of it are not read.

    Args:
        dataset: the samples; a label in the table replaces the one that a sample has.
        path: a table with `id` or `image`, and `label` or `ground_truth`.

    Returns:
        The dataset with these labels. Rows without a sample are listed as skipped.

    Raises:
        SourceError: the table cannot be read, or lacks a column.
    """
    frame = read_frame(path)
    columns = columns_of(frame, path)
    if columns.label is None:
        raise SourceError(f"Expected a column named label in {path}, found {', '.join(frame.columns)}.")
    frame, skipped, used = _joined(frame, columns, path, dataset)
    given = label_table(frame, columns.label)
    replaced = dataset.ground_truth["sample"].isin(given["sample"])
    if replaced.any():
        skipped.append(Skipped(str(path), f"labels of the source that those given here replace: {replaced.sum()}"))
    kept = dataset.ground_truth[~replaced]
    labels = pd.concat([kept, given])
    ordered = labels.loc[[sample for sample in dataset.samples.index if sample in labels.index]]
    return replace(dataset, ground_truth=ordered, skipped=(*dataset.skipped, *skipped), used=(*dataset.used, used))


def with_predictions(dataset: Dataset, name: str, path: Path, *, beside: Path | None = None) -> Dataset:
    """Join one model's predictions onto samples, or the class probabilities of a model that is there already.

    Args:
        dataset: the samples.
        name: what the model is called.
        path: a table with `id` or `image`, and either `prediction` (or `NAME.prediction`) with a confidence
            if there is one, or one column of probabilities per class. Where it has a column `model`, the rows
            of this name count.
        beside: the folder that image paths start at, where that is not the table's.

    Returns:
        The dataset with one more model. With probabilities, the most probable class is the prediction and its
        probability the confidence; for a model that has predictions but no probabilities they are added, and its
        predictions stay. Rows without a sample are listed as skipped.

    Raises:
        SourceError: the name is empty or taken, or the table cannot be read or lacks a column.
    """
    frame, nameless = named_columns(_of_model(read_frame(path), name, path), path)
    columns = columns_of(frame, path)
    completes = name in dataset.predictions and name not in dataset.probabilities and not columns.predictions
    if not name or (name in dataset.predictions and not completes):
        raise SourceError(f"Expected a new name for the predictions in {path}, found {name!r}, which is taken.")
    frame, skipped, used = _joined(frame, columns, path, dataset, beside)
    skipped += nameless
    probabilities = dict(dataset.probabilities)
    if columns.predictions:
        table, doubtful = prediction_table(frame, *_columns_of_model(columns, name, path), path)
    else:
        probabilities[name], doubtful = _probabilities(frame, path)
        table = dataset.predictions[name] if completes else _most_probable(probabilities[name])
    return replace(
        dataset,
        predictions={**dataset.predictions, name: table},
        probabilities=probabilities,
        skipped=(*dataset.skipped, *skipped, *doubtful),
        used=(*dataset.used, used),
    )


def _of_model(frame: pd.DataFrame, name: str, path: Path) -> pd.DataFrame:
    """The rows of one model, where the table tells models apart."""
    if "model" not in frame.columns:
        return frame
    models = texts(frame["model"])
    if name not in models:
        found = ", ".join(sorted({model for model in models if model}))
        raise SourceError(f"Expected rows of the model {name!r} in {path}, found {found or 'no model'}.")
    return frame[[model == name for model in models]]


def _columns_of_model(columns: Columns, name: str, path: Path) -> tuple[str, str | None]:
    """Prediction and confidence column of a model: those with its name, or those without a name."""
    pair = columns.predictions.get(name, columns.predictions.get(UNNAMED_MODEL))
    if pair is None:
        found = ", ".join(column for column, _ in columns.predictions.values())
        raise SourceError(f"Expected a column named prediction or {name}.prediction in {path}, found {found}.")
    return pair


def _joined(
    frame: pd.DataFrame, columns: Columns, path: Path, dataset: Dataset, beside: Path | None = None
) -> tuple[pd.DataFrame, list[Skipped], Used]:
    """The rows that belong to a sample, indexed by its id, in the order of the samples; what does not; how many do."""
    key = columns.identity or columns.image
    if key is None:
        raise SourceError(f"Expected a column named id or image in {path}, found {', '.join(frame.columns)}.")
    names = SampleNames(list(dataset.samples.index), list(dataset.samples["filepath"]))
    rows: dict[str, int] = {}
    skipped = []
    for row, text in enumerate(texts(frame[key])):
        sample = names.find(text, beside or path.parent) if text else None
        if sample is None:
            skipped.append(Skipped(text or f"{path}, row {row + 1}", f"{path.name} names it, the source does not"))
        elif sample in rows:
            skipped.append(Skipped(sample, f"{path.name} names it twice; the first row is used"))
        else:
            rows[sample] = row
    if skipped and not rows:
        raise SourceError(
            f"Expected images of the source in {path}, found none. The first it names: "
            f"{skipped[0].filepath}. Relative paths start at the table's folder."
        )
    order = [sample for sample in dataset.samples.index if sample in rows]
    joined = frame.iloc[[rows[sample] for sample in order]]
    first = f"{skipped[0].filepath}, {skipped[0].reason}" if skipped else ""
    used = Used(str(path), "rows", len(rows), len(frame), first)
    return joined.set_axis(pd.Index(order, name="id", dtype=object)), skipped, used


def _probabilities(frame: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Skipped]]:
    """One float32 column per class, and the samples whose row is not of numbers from 0 to 1."""
    classes = [name for name in frame.columns if name not in _NOT_CLASSES]
    if not classes:
        raise SourceError(f"Expected a column named prediction, or one per class, in {path}, found neither.")
    values = np.column_stack([shares(frame[name]) for name in classes])
    usable = np.asarray(np.isfinite(values).all(axis=1), np.bool_)
    if 2 * usable.sum() < len(frame):
        raise SourceError(
            f"Expected a column named prediction, or probabilities from 0 to 1 for each class, in {path}, "
            f"found the columns {', '.join(classes[:5])} with other values."
        )
    named = class_names(pd.Series(classes, dtype=object))
    reason = f"its probabilities in {path.name} are not all from 0 to 1"
    skipped = [Skipped(str(sample), reason) for sample in frame.index[~usable]]
    return pd.DataFrame(values[usable].astype(np.float32), frame.index[usable], named), skipped


def _most_probable(probabilities: pd.DataFrame) -> pd.DataFrame:
    best = probabilities.to_numpy().argmax(axis=1)
    names = np.array(probabilities.columns, object)
    table = pd.DataFrame({"sample": probabilities.index, "label": names[best]}, probabilities.index, dtype=object)
    table["confidence"] = probabilities.to_numpy(np.float64).max(axis=1)
    return table
