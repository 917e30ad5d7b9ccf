"""What images or objects are taken for by a model, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.spaces import LABELS, predictions_of
from explorer.evaluation.confusion import FALSE_ALARM, MISSED, Confusion, confusion
from explorer.points.cache import Cache
from explorer.points.image_table import judged_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Bool, Int64
    from explorer.data.thresholds import Thresholds
    from explorer.points.opened_build import View
    from explorer.points.points import Points


class Cells(NamedTuple):
    """What e entries are called and taken for.

    Attributes:
        labels: names of the rows: classes, and of boxes what stands for no object.
        predictions: names of the columns: the same classes, and of boxes what stands for no detection.
        label: int64 (e,), the row of each entry.
        predicted: int64 (e,), its column.
        at: int64 (e,), the row of its point.
        is_detection: bool (e,), whether that is among the model's detections rather than what is labelled.
        labelled: the points that are labelled: images, or objects.
        detections: the model's detections; None without boxes.
    """

    labels: tuple[str, ...]
    predictions: tuple[str, ...]
    label: Int64
    predicted: Int64
    at: Int64
    is_detection: Bool
    labelled: Points
    detections: Points | None

    @property
    def counts(self) -> Int64:
        """How many entries stand in each cell, int64 (labels, predictions)."""
        shape = len(self.labels), len(self.predictions)
        return np.bincount(self.label * shape[1] + self.predicted, minlength=shape[0] * shape[1]).reshape(shape)

    def rows(self, label: str, predicted: str) -> tuple[Int64, Points]:
        """The points of one cell."""
        if label not in self.labels or predicted not in self.predictions:
            return np.empty(0, np.int64), self.labelled
        inside = (self.label == self.labels.index(label)) & (self.predicted == self.predictions.index(predicted))
        points = self.detections if label == FALSE_ALARM and self.detections else self.labelled
        return self.at[inside], points

    def of(self, classes: Sequence[str]) -> Int64:
        """The counts of other classes in their order, 0 where one does not occur here."""
        places = [[*names] for names in (self.labels, self.predictions)]
        frame = pd.DataFrame(self.counts, places[0], places[1])
        extra = [[FALSE_ALARM], [MISSED]] if self.detections else [[], []]
        wanted = frame.reindex(index=[*classes, *extra[0]], columns=[*classes, *extra[1]], fill_value=0)
        return wanted.to_numpy(np.int64)


class _Matched(NamedTuple):
    """A matching, and the rows of its objects and detections among their points."""

    confusion: Confusion
    objects: Int64
    detections: Int64


_matched: Cache[_Matched] = Cache(8)


def cells(view: View, model: str, at: Thresholds) -> Cells:
    """What a model takes images or objects for, at some thresholds; another confidence needs no matching anew."""
    return _of_boxes(view, model, at) if view.has_boxes else _of_labels(view, model)


def _of_labels(view: View, model: str) -> Cells:
    frame = view.images.table.frame
    known = np.flatnonzero(frame["label"].notna().to_numpy() & frame[f"{model}.prediction"].notna().to_numpy())
    named = [frame[column].iloc[known].astype(str) for column in ("label", f"{model}.prediction")]
    classes = pd.Index(sorted({*named[0], *named[1]}), dtype=object)
    label, predicted = (np.asarray(classes.get_indexer(pd.Index(of, dtype=object)), np.int64) for of in named)
    names = tuple(classes)
    return Cells(names, names, label, predicted, known, np.zeros(len(known), np.bool_), view.images, None)


def _of_boxes(view: View, model: str, at: Thresholds) -> Cells:
    objects, detections = view.points(LABELS, at), view.points(predictions_of(model), at)
    key = (view.key, model, at.iou)
    matched = _matched.get(key, lambda: _match(view, model, at.iou, objects, detections))
    found, taken = matched.confusion, matched.confusion.at(at.confidence)
    none = len(found.classes)
    there, alarm = taken.predicted >= 0, taken.labelled == none
    return Cells(
        (*found.classes, FALSE_ALARM),
        (*found.classes, MISSED),
        np.append(found.label[there], np.full(alarm.sum(), none)),
        np.append(taken.predicted[there], found.made[alarm]),
        np.append(matched.objects[there], matched.detections[alarm]),
        np.append(np.zeros(there.sum(), np.bool_), np.ones(alarm.sum(), np.bool_)),
        objects,
        detections,
    )


def _match(view: View, model: str, iou: float, objects: Points, detections: Points) -> _Matched:
    ids, truth, made = judged_objects(view.workspace, model)
    rows = [
        np.array(points.space.rows(table.index), np.int64) for points, table in ((objects, truth), (detections, made))
    ]
    return _Matched(confusion(ids, truth, made, iou=iou), rows[0], rows[1])
