"""Labelled boxes that are probably wrong, and objects that nobody labelled, the most likely first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.analyzed import NotComputed
from explorer.actions.evaluate import detection_metrics
from explorer.analysis.object_issues import Boxes, box_doubts, least_doubt
from explorer.data.boxes import BOX, overlap
from explorer.data.spaces import LABELS, predictions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.actions.analyzed import Analyzed
    from explorer.analysis.object_issues import BoxDoubts
    from explorer.data.records import Bool

LOCATION, CLASS, MISSING, EMPTY = "badly located", "another class", "not labelled", "without area"
"""The votes on a box."""

_SURE = 0.5
"""Quantile of the confidence of right detections from which on one is sure."""


class ObjectIssues(NamedTuple):
    """Labelled boxes and missing objects, and which of them are probably wrong.

    Attributes:
        rows: as of `explorer.actions.label_issues.rows`, the most likely wrong first.
        suspects: those that ObjectLab itself would call wrong, in the same order.
    """

    rows: list[dict[str, Any]]
    suspects: list[dict[str, Any]]


class _Objects(NamedTuple):
    """Boxes of one kind by image: their table, and the same as corners."""

    tables: list[pd.DataFrame]
    boxes: list[Boxes]


def object_issues(of: Analyzed) -> ObjectIssues:
    """What labelled boxes, and detections that lack a label, are probably wrong.

    The latter have no `given`; of a box that is badly located the class suggested is the one it has.

    Raises:
        NotComputed: there are no labels or no model.
    """
    if of.model is None or not of.view.labelled:
        raise NotComputed("It takes labels and a model's detections to say which boxes do not fit.")
    truth, detections = (of.view.points(name, of.points.at).table.frame for name in (LABELS, predictions_of(of.model)))
    confidence = f"{of.model}.confidence"
    right = detections.loc[detections[f"{of.model}.outcome"] == "tp", confidence]
    sure = float(right.quantile(_SURE)) if len(right) else 1.0
    classes = pd.Index(sorted({*truth["label"].dropna(), *detections["label"].dropna()}))
    usable = _usable(truth)
    given = _by_image(truth[usable], None, of.workspace.ids, classes)
    seen = _by_image(detections[_usable(detections)], confidence, of.workspace.ids, classes)
    doubts = box_doubts(given.boxes, seen.boxes, len(classes), sure=sure, counts=of.points.at.confidence)
    said = [_row(str(each), label, label, {EMPTY: 1.0}) for each, label in truth.loc[~usable, "label"].items()]
    for labels, boxes, table, found, doubt in zip(*given, *seen, doubts, strict=True):
        said += _of_labels(labels, doubt, _suggested(boxes, found, sure, classes))
        said += _of_missing(table, doubt)
    rows = sorted(said, key=lambda row: -row["score"])
    precision = detection_metrics(of.workspace, of.model).per_class()["AP"]
    least = {str(label): least_doubt(value) for label, value in precision.items()}
    return ObjectIssues(rows, [row for row in rows if row["score"] >= least.get(str(_class_of(row)), 1.0)])


def _class_of(row: dict[str, Any]) -> str | None:
    """The class that a box is of: the given one, of a missing object the detected one."""
    label: str | None = row["suggested"] if row["given"] is None else row["given"]
    return label


def _of_labels(labels: pd.DataFrame, doubt: BoxDoubts, suggested: Sequence[str | None]) -> Iterator[dict[str, Any]]:
    given = zip(labels.index, labels["label"], suggested, doubt.location, doubt.other_class, strict=True)
    for each, label, other, location, swapped in given:
        is_swapped = other is not None and swapped > location
        yield _row(each, label, other if is_swapped else label, {LOCATION: float(location), CLASS: float(swapped)})


def _of_missing(detections: pd.DataFrame, doubt: BoxDoubts) -> Iterator[dict[str, Any]]:
    for row in map(int, np.flatnonzero(np.isfinite(doubt.missing))):
        each, label = detections.index[row], str(detections["label"].iloc[row])
        yield _row(each, None, label, {MISSING: float(doubt.missing[row])})


def _row(each: str, given: str | None, suggested: str | None, votes: dict[str, float]) -> dict[str, Any]:
    return {"id": each, "given": given, "suggested": suggested, "score": max(votes.values()), "votes": votes}


def _suggested(labels: Boxes, detections: Boxes, sure: float, classes: pd.Index) -> list[str | None]:
    """The class of the sure detection of another class that each labelled box shares most with, None without one."""
    mine, theirs = np.divmod(np.arange(len(labels.classes) * len(detections.classes)), max(1, len(detections.classes)))
    iou = overlap(_sides(detections)[:, theirs], _sides(labels)[:, mine], np.zeros(len(mine), np.bool_))
    other = (labels.classes[mine] != detections.classes[theirs]) & (detections.confidence[theirs] >= sure)
    shared = np.where(other, iou, 0).reshape(len(labels.classes), len(detections.classes))
    if not shared.size:
        return [None] * len(shared)
    called = classes[detections.classes]
    return [str(called[int(row.argmax())]) if row.max() > 0 else None for row in shared]


def _sides(boxes: Boxes) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Float64 (4, m), rows as in `BOX`."""
    return np.vstack([boxes.corners[:, :2].T, (boxes.corners[:, 2:] - boxes.corners[:, :2]).T])


def _usable(frame: pd.DataFrame) -> Bool:
    """Boxes that have an area and a class."""
    return np.asarray((frame["width"] > 0) & (frame["height"] > 0) & frame["label"].notna(), np.bool_)


def _by_image(frame: pd.DataFrame, confidence: str | None, ids: Sequence[str], classes: pd.Index) -> _Objects:
    rows = frame.groupby("sample", sort=False, observed=True).indices
    tables = [frame.iloc[rows.get(each, [])] for each in ids]
    return _Objects(tables, [_boxes(one, confidence, classes) for one in tables])


def _boxes(frame: pd.DataFrame, confidence: str | None, classes: pd.Index) -> Boxes:
    box = frame[list(BOX)].to_numpy(np.float64)
    corners = np.hstack([box[:, :2], box[:, :2] + box[:, 2:]])
    sure = np.ones(len(frame)) if confidence is None else frame[confidence].to_numpy(np.float64)
    return Boxes(corners, np.asarray(classes.get_indexer(pd.Index(frame["label"].tolist())), np.int64), sure)
