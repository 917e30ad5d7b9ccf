"""Labels in tables: a row for each image, and of boxes a row for each in a table beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.frames import READERS, named_columns, read_frame
from explorer.readers.objects import unusable
from explorer.readers.table import LABEL_COLUMNS, columns_of
from explorer.readers.values import class_names, numbers, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

PLACES = ("manifest.csv", "*.csv", "*.parquet", "*.tsv", "*.jsonl", "*.ndjson")

TRUTH = "ground_truth"

_BOXES = ".boxes"
_DIGEST, _EXPORTED, _SAMPLE, _OF, _ID = "digest", "exported_as", "sample", "of", "id"
BOX_COLUMNS = frozenset([_SAMPLE, "label", *BOX])
"""Of a table that has a row for each box."""

_MEMBER = "added_by"
"""Of the table of a subset: its rows are the members, not all that is on their images."""

_PARTIAL = "its rows are the members of a subset: boxes that it does not name stay as they are"


def takes(path: Path) -> bool:
    """Whether a file is a table with labels, or boxes beside it."""
    if path.suffix.lower() not in READERS or path.suffix.lower() == ".txt":
        return False
    try:
        names = read_frame(path).columns
    except SourceError:
        return True  # whoever reads it says why it cannot be
    return boxes_beside(path) is not None or bool(set(LABEL_COLUMNS) & set(names))


def boxes_beside(path: Path) -> Path | None:
    """The table of boxes that belongs to one of images, as our exports write it; None where there is none."""
    named = [path.with_suffix(f"{_BOXES}{path.suffix}"), path.with_name(f"boxes{path.suffix}")]
    found = (each for each in (named if path.stem == "manifest" else named[:1]) if each.is_file())
    return next(found, None)


def lies_beside(path: Path) -> bool:
    """Whether a file is the table of boxes of another table, which says where it is."""
    if path.suffix.lower() not in READERS:
        return False
    stem = path.stem.removesuffix(_BOXES)
    named = path.with_name(f"{stem}{path.suffix}" if stem != path.stem else f"manifest{path.suffix}")
    return (stem != path.stem or path.stem == "boxes") and named.is_file()


def read_labels(path: Path) -> LabelFile:
    """The rows of a table of images, with their label; or, where there is a table of boxes, with these.

    An image whose label is empty has no answer. One that is named and has no box in the table of boxes has the answer
    that nothing is there. The table of a subset of boxes names some of the boxes on its images; the table beside it
    names all.

    Raises:
        SourceError: it is no table, names no images, has neither labels nor boxes, has what a model said alone, or says
            something else than the table beside it.
    """
    frame, nameless = named_columns(read_frame(path), path)
    beside = boxes_beside(path)
    if set(frame.columns) >= BOX_COLUMNS:
        if beside is None:
            found = _of_boxes(path, frame)
            return found._replace(skipped=[*nameless, *found.skipped])
        whole = _of_boxes(beside, named_columns(read_frame(beside), beside)[0])
        _refuse_differing(path, read_boxes(path, frame)[0], beside, whole)
        return whole
    if beside:
        boxes, skipped, unread = read_boxes(beside, named_columns(read_frame(beside), beside)[0])
        return LabelFile(_with_boxes(_images(frame, path, None), boxes, unread), has_boxes=True, skipped=skipped)
    label = columns_of(frame, path).label
    if label is None:
        wanted = " or ".join(LABEL_COLUMNS)
        raise SourceError(f"Expected a column {wanted} in {path}, found {', '.join(frame.columns)}.")
    return LabelFile(_images(frame, path, label), has_boxes=False, skipped=nameless)


def _of_boxes(path: Path, frame: pd.DataFrame) -> LabelFile:
    """What a table with a row for each box says of the images that it names."""
    if _OF in frame and TRUTH not in set(said := texts(frame[_OF])):
        models = ", ".join(sorted({each for each in said if each}))
        raise SourceError(
            f"Expected labelled boxes in {path}, found what {models} said. "
            "Bring back the table of boxes that was exported beside it."
        )
    partial = _MEMBER in frame
    boxes, skipped, unread = read_boxes(path, frame)
    names = dict.fromkeys(name for name in texts(frame[_SAMPLE]) if name)
    images = [LabelledImage(f"{path.name}, {name}", name, id=name, partial=partial) for name in names]
    told = [Skipped(path.name, _PARTIAL)] if partial else []
    return LabelFile(_with_boxes(images, boxes, unread), has_boxes=True, skipped=[*told, *skipped])


def _refuse_differing(path: Path, rows: Mapping[str, Sequence[Region]], beside: Path, whole: LabelFile) -> None:
    """Refuse two tables of which one was corrected and the other not: nobody says which.

    Raises:
        SourceError: a box is another in the two.
    """
    there = {(image.id, region.label, region.box) for image in whole.images for region in image.regions}
    for image, regions in rows.items():
        for one in regions:
            if (image, one.label, one.box) not in there:
                raise SourceError(
                    f"Expected the same boxes in {path} and {beside.name} beside it, found {one.id or one.label} of "
                    f"{image} different. Bring back the one that was corrected without the other."
                )


def _images(frame: pd.DataFrame, path: Path, label: str | None) -> list[LabelledImage]:
    known = columns_of(frame, path)
    if known.identity is None and known.image is None and _DIGEST not in frame:
        raise SourceError(f"Expected a column id, image or digest in {path}, found {', '.join(frame.columns)}.")
    columns = {"id": known.identity, "path": known.image, "digest": _DIGEST}
    if _EXPORTED in frame:
        columns["path"] = _EXPORTED
    said = {fact: _cells(frame, column) for fact, column in columns.items()}
    labels = class_names(frame[label]) if label else [None] * len(frame)
    return [
        LabelledImage(
            f"{path.name}, row {row}",
            said["path"][row - 1],
            id=said["id"][row - 1],
            digest=said["digest"][row - 1],
            regions=(Region(name),) if name else (),
            answered=label is None or name is not None,
        )
        for row, name in enumerate(labels, start=1)
    ]


def _cells(frame: pd.DataFrame, column: str | None) -> list[str]:
    return [cell or "" for cell in texts(frame[column])] if column in frame else [""] * len(frame)


def read_boxes(
    path: Path, frame: pd.DataFrame, of: str = TRUTH
) -> tuple[dict[str, list[Region]], list[Skipped], set[str]]:
    """The boxes of a table by the id of their image, the rows that are no boxes, and the ids of images that have such.

    Args:
        path: the table, for messages.
        frame: its rows, with `sample`, `label` and the box; where there is a column `of`, those of `of` count.
        of: `ground_truth`, or the name of a model.

    Raises:
        SourceError: a column is missing.
    """
    if not set(frame.columns) >= BOX_COLUMNS:
        missing = ", ".join(sorted(BOX_COLUMNS - set(frame.columns)))
        raise SourceError(f"Expected the columns {missing} in {path}, found {', '.join(frame.columns)}.")
    if _OF in frame:
        frame = frame[np.array([each == of for each in texts(frame[_OF])], np.bool_)]
    sides = [numbers(frame[side]) for side in BOX]
    confidence = numbers(frame["confidence"]) if "confidence" in frame else [float("nan")] * len(frame)
    names = (_cells(frame, _SAMPLE), [name or "" for name in class_names(frame["label"])], _cells(frame, _ID))
    found: dict[str, list[Region]] = {}
    skipped, unread = [], set()
    for row, sample, label, identity, score, x, y, width, height in zip(
        frame.index, *names, confidence, *sides, strict=True
    ):
        box = (float(x), float(y), float(width), float(height))
        reason = unusable(box) or ("" if sample and label else "it has no image or no label")
        if reason:
            skipped.append(Skipped(f"{path.name}, row {row + 1}", reason))
            unread.add(sample)
        else:
            known = None if pd.isna(score) else float(score)
            found.setdefault(sample, []).append(Region(label, box, identity, known))
    return found, skipped, unread


def _with_boxes(
    images: Iterable[LabelledImage], boxes: Mapping[str, Sequence[Region]], unread: Collection[str]
) -> list[LabelledImage]:
    named = ((image, image.id or image.path) for image in images)
    return [
        replace(image, regions=tuple(boxes.get(name, ())), answered=True, unread=name in unread)
        for image, name in named
    ]
