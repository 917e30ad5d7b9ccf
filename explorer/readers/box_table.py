"""A table of images with a table of boxes beside it, as our exports write them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.data.records import Used
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.readers import table
from explorer.readers.frames import named_columns, read_frame
from explorer.readers.objects import ObjectRows, probability
from explorer.readers.table_labels import BOX_COLUMNS, TRUTH, boxes_beside, read_boxes
from explorer.readers.values import texts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import pandas as pd

    from explorer.data.labelled_images import Region
    from explorer.data.records import Dataset


_OF_IMAGES = ("filepath", "digest", "exported_as")
"""Columns of boxes that say something of their image."""


def recognises(source: Path, labels: Path | None) -> bool:
    """Whether this reader takes the source: a table of images with `NAME.boxes.csv` beside it."""
    return labels is None and table.recognises(source) and boxes_beside(source) is not None


def read(source: Path, labels: Path | None = None, predictions: Sequence[tuple[str, Path]] = ()) -> Dataset:  # noqa: ARG001 - readers of boxes are called alike
    """Read a table of images, as `table.read`, and the boxes beside it: ground truth, and of each model that it names.

    Raises:
        SourceError: a table cannot be read, or predictions are given beside those of the table.
    """
    if predictions:
        raise SourceError(f"Expected the predictions in the table of boxes beside {source}. Leave --predictions out.")
    rows, nameless = named_columns(read_frame(source), source)
    dataset = table.of_frame(_images(rows), nameless, source)
    path = boxes_beside(source)
    assert path
    frame = named_columns(read_frame(path), path)[0]
    models = [each for each in dict.fromkeys(texts(frame["of"])) if each] if "of" in frame else [TRUTH]
    tables, uses = {}, []
    skipped = list(dataset.skipped)
    for of in dict.fromkeys([TRUTH, *models]):
        regions, left_out, _ = read_boxes(path, frame, of)
        skipped += left_out
        tables[of], used = _table(of, regions, dataset.samples.index, path)
        uses.append(used)
    truth = tables.pop(TRUTH)
    return replace(
        dataset,
        ground_truth=truth,
        predictions=tables,
        task=Task.DETECTION,
        skipped=tuple(skipped),
        used=tuple(uses),
    )


def roles_of(source: Path) -> list[tuple[str, str]]:
    """Each column of a table of images that this reader takes, with what it is taken for, see `table.roles_of`.

    Of a subset of boxes only what says something of their images: the boxes are read from the table beside.
    """
    names = [str(name) for name in read_frame(source).columns]
    if not set(names) >= BOX_COLUMNS:
        return table.roles_of(source, {})
    roles = {"sample": "id", "filepath": "image", **dict.fromkeys(_OF_IMAGES[1:], "metadata")}
    return [(name, roles.get(name, "left out")) for name in names]


def _images(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of images; of a subset of boxes, whose rows are boxes, one for each image that these are on."""
    if not set(rows.columns) >= BOX_COLUMNS:
        return rows
    said = [name for name in _OF_IMAGES if name in rows.columns]
    return rows.drop_duplicates("sample")[["sample", *said]].rename(columns={"sample": "id"})


def _table(of: str, regions: dict[str, list[Region]], known: Collection[str], path: Path) -> tuple[pd.DataFrame, Used]:
    rows = ObjectRows()
    for sample, found in regions.items():
        for place, region in enumerate(found if sample in known else []):
            x, y, width, height = region.box or (0, 0, 0, 0)
            numbered = f"{'gt' if of == TRUTH else of}:{sample}#{place}"
            rows.add(region.id or numbered, sample, region.label, (x, y, width, height))
            rows.area.append(width * height)
            rows.crowd.append(False)
            score = probability(region.confidence)
            rows.confidence.append(float("nan") if score is None else score)
    given = sum(map(len, regions.values()))
    reason = "" if given == len(rows.ids) else "the table of images does not name theirs"
    return (rows.ground_truth() if of == TRUTH else rows.predictions()), Used(
        str(path), "boxes", len(rows.ids), given, reason
    )
