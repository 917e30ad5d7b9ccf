"""Reading what the user has, in whatever format, into one `Dataset`.

A further format is one more module with a recogniser and a reader, and one more line in `_FORMATS`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from explorer.errors import SourceError
from explorer.readers import coco, folder, table, yolo
from explorer.readers.files import READERS
from explorer.readers.predictions import with_labels, with_predictions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Dataset

_BOX_FORMATS = (
    (coco.recognises, coco.read),
    (yolo.recognises, yolo.read),
)
"""Formats whose labels and predictions are many to an image, and are joined by the reader itself."""

_FORMATS = (
    (folder.recognises, folder.read),
    (table.recognises, table.read),
)

_KINDS: dict[object, str] = {
    coco.read: "COCO",
    yolo.read: "YOLO",
    folder.read: "a folder of images",
    table.read: "a table",
}


NO_COLUMNS: Mapping[str, str] = MappingProxyType({})


def kind_of(source: Path, labels: Path | None = None) -> str:
    """What a source is taken for: a folder of images, a table, COCO or YOLO; empty where no reader takes it."""
    of_boxes = [_KINDS[read] for recognises, read in _BOX_FORMATS if recognises(source, labels)]
    of_images = [_KINDS[read] for recognises, read in _FORMATS if recognises(source)]
    return next(iter([*of_boxes, *of_images]), "")


def read(
    source: Path,
    labels: Path | None = None,
    predictions: Sequence[tuple[str, Path]] = (),
    columns: Mapping[str, str] = NO_COLUMNS,
) -> Dataset:
    """Read a source and join labels and predictions onto it.

    Args:
        source: a folder of images; a CSV, TSV, Parquet or JSON Lines table of them; a COCO file; or a YOLO dataset.
        labels: a table of labels, see `with_labels`; or a COCO file, see `coco.read`.
        predictions: model names, each with a table of its predictions, see `with_predictions`; or with a file of
            COCO results; or with a folder of YOLO text files, see `yolo.read`.
        columns: of a table of images, which column is what, see `table.with_roles`.

    Returns:
        The samples that exist, with labels and predictions; everything that was left out is in its `skipped`.

    Raises:
        SourceError: a file is missing or of no known format, or lacks what it must have.
    """
    if not source.exists():
        raise SourceError(f"Expected a folder of images or a table of them at {source}, found nothing.")
    if columns and not table.recognises(source):
        raise SourceError(f"Expected a table of images where columns are named, found {source}. Leave --column out.")
    for recognises, read_boxes in _BOX_FORMATS:
        if recognises(source, labels):
            return read_boxes(source, labels, predictions)
    reader = next((reader for recognises, reader in _FORMATS if recognises(source)), None)
    if reader is None:
        raise SourceError(
            f"Expected a folder of images, or a table ending in {', '.join(READERS)}, found {source.name}."
        )
    dataset = table.read(source, columns) if columns else reader(source)
    if labels:
        dataset = with_labels(dataset, labels)
    for name, path in predictions:
        dataset = with_predictions(dataset, name, path)
    return dataset
