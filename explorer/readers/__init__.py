"""Reading what the user has, in whatever format, into one `Dataset`.

A further format is one more module with a recogniser and a reader, and one more line in `_FORMATS`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from explorer.data.records import Skipped
from explorer.errors import SourceError, UnmatchedError
from explorer.readers import box_table, coco, folder, labelled, table, yolo
from explorer.readers.described import description
from explorer.readers.files import is_unicode
from explorer.readers.frames import READERS
from explorer.readers.predictions import with_labels, with_predictions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Dataset, Used

_LEAST = 0.1
"""Labels and predictions of which a smaller share belongs to the images are most likely of others."""

_BOX_FORMATS = (
    (labelled.recognises, labelled.read, "labels of a labelling tool"),
    (box_table.recognises, box_table.read, "a table with one of boxes"),
    (coco.recognises, coco.read, "COCO"),
    (yolo.recognises, yolo.read, "YOLO"),
)
"""Formats whose labels and predictions may be many to an image, and are joined by the reader itself."""

FOLDER = "a folder of images"
"""What a folder is taken for in which no file says what boxes the images have."""

_FORMATS = (
    (folder.recognises, folder.read, FOLDER),
    (table.recognises, table.read, "a table"),
)

NO_COLUMNS: Mapping[str, str] = MappingProxyType({})


def kind_of(source: Path, labels: Path | None = None) -> str:
    """What a source is taken for, in words such as a folder of images or COCO; empty where no reader takes it."""
    source = _described(source, labels)
    of_boxes = [kind for recognises, _, kind in _BOX_FORMATS if recognises(source, labels)]
    of_images = [kind for recognises, _, kind in _FORMATS if recognises(source)]
    return next(iter([*of_boxes, *of_images]), "")


def read(
    source: Path,
    labels: Path | None = None,
    predictions: Sequence[tuple[str, Path]] = (),
    columns: Mapping[str, str] = NO_COLUMNS,
    *,
    allow_unmatched: bool = False,
) -> Dataset:
    """Read a source and join labels and predictions onto it.

    Args:
        source: a folder of images; a CSV, TSV, Parquet or JSON Lines table of them; a COCO file; a YOLO dataset; or a
            folder with one of the last two in it.
        labels: a table of labels, see `with_labels`; or a COCO file, see `coco.read`.
        predictions: model names, each with a table of its predictions, see `with_predictions`; or with a file of
            COCO results; or with a folder of YOLO text files, see `yolo.read`.
        columns: of a table of images, which column is what, see `table.with_roles`.
        allow_unmatched: take labels and predictions of which less than a tenth belongs to the images.

    Returns:
        The samples that exist, with labels and predictions; everything that was left out is in its `skipped`.

    Raises:
        SourceError: a file is missing or of no known format, or lacks what it must have; or of labels or predictions
            little belongs to the images.
    """
    for path in (source, *filter(None, [labels]), *(path for _, path in predictions)):
        if not is_unicode(str(path.absolute())):
            raise SourceError(f"Expected a path in Unicode, found {str(path)!a}. Rename that folder or file.")
    if not os.path.exists(source):  # noqa: PTH110 - a name too long is a no here, not an error
        raise SourceError(f"Expected a folder of images or a table of them at {source}, found nothing.")
    if columns and not table.recognises(source):
        raise SourceError(f"Expected a table of images where columns are named, found {source}. Leave --column out.")
    dataset = _read(_described(source, labels), labels, predictions, columns)
    return replace(dataset, skipped=(*dataset.skipped, *little_used(dataset.used, allow_unmatched=allow_unmatched)))


def _described(source: Path, labels: Path | None) -> Path:
    """The file that says what boxes the images of a folder have, else the source itself."""
    return (description(source) if labels is None and source.is_dir() else None) or source


def _read(
    source: Path, labels: Path | None, predictions: Sequence[tuple[str, Path]], columns: Mapping[str, str]
) -> Dataset:
    for recognises, read_boxes, _ in _BOX_FORMATS:
        if recognises(source, labels):
            return read_boxes(source, labels, predictions)
    reader = next((reader for recognises, reader, _ in _FORMATS if recognises(source)), None)
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


def little_used(used: Sequence[Used], *, allow_unmatched: bool) -> Iterator[Skipped]:
    """Say of which files less than half belongs to the images; refuse one of which nothing does, or hardly anything.

    Raises:
        SourceError: of one nothing belongs to them.
        UnmatchedError: of one less than a tenth does, and that is not asked for.
    """
    for one in used:
        if one.given and not one.used:
            raise SourceError(
                f"Expected {one.what} on the images of the source in {one.filepath}, found none to use: {one.reason}."
            )
        share = f"{one.used:,} of {one.given:,} {one.what} are used"
        if one.used < _LEAST * one.given and not allow_unmatched:
            raise UnmatchedError(
                f"Expected {one.what} on the images of the source in {one.filepath}, found that {share}; of the first "
                f"that is not, {one.reason}. If that is meant, add --allow-unmatched."
            )
        if 2 * one.used < one.given:
            yield Skipped(one.filepath, share)
