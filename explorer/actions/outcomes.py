"""What a model was judged on, as failure patterns count it: by comparing with labels, or by a round of review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.evaluate import counting_in
from explorer.actions.segments import groups_of
from explorer.evaluation.confusion import MISSED
from explorer.review.patterns import CORRECT, INCORRECT, Outcomes
from explorer.review.settling import settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.data.records import Int64
    from explorer.data.verdicts import Round
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.review.settling import Settled
    from explorer.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Reviewed:
    """A round, and what it came to for each item that anybody judged, by id."""

    round: Round
    items: Mapping[str, Settled]


def by_labels(view: View, points: Points, model: str | None, group_by: str | None) -> Outcomes:
    """What comparing with labels says on every point; of boxes, whether each labelled object is found.

    Args:
        view: the build.
        points: what models are judged on.
        model: which one; of none nothing is known.
        group_by: the column by which images hang together; None where each stands for itself.

    Raises:
        SourceError: there is no such column.
    """
    right, known = points.right_and_known(model)
    verdicts = np.where(known, np.where(right, CORRECT, INCORRECT), "").astype(object)
    labels, predictions = _said(points, model)
    unsaid = np.full(len(points), "", object)
    groups = _groups(view, points, group_by)
    return Outcomes(points.space.ids, verdicts, unsaid, labels, predictions, _confidences(points, model), groups)


def by_review(view: View, reviewed: Reviewed) -> Outcomes:
    """What a round came to on each item that was judged and is in the build; groups are those of its protocol."""
    protocol, known = reviewed.round.protocol, view.workspace.point_ids
    points = view.of_ids([each for each in reviewed.items if each in known], counting_in(view, protocol))
    rows = np.array(points.space.rows(reviewed.items), np.int64)
    ids = points.space.ids_of(rows)
    stand = [reviewed.items[each] for each in ids]
    model = view.workspace.model_now(protocol.model)
    labels, predictions = _said(points, model)
    return Outcomes(
        ids,
        np.array([one.verdict for one in stand], object),
        np.array([one.severity for one in stand], object),
        labels[rows],
        predictions[rows],
        _confidences(points, model)[rows],
        _groups(view, points, protocol.group or None)[rows],
    )


def newest_review(workspace: Workspace, model: str | None, name: str | None = None) -> Reviewed | None:
    """A round by its name, else the newest of a model in which anything was judged; None where there is none.

    Raises:
        ReviewError: no round has this name.
    """
    if name:
        return _reviewed(workspace, workspace.rounds.find(name))
    of_model = (one for one in workspace.rounds.all() if one.protocol.model and _is_of(workspace, one, model))
    found = (_reviewed(workspace, one) for one in reversed(list(of_model)))
    return next((one for one in found if one.items), None)


def within(view: View, points: Points, rows: Int64, images: Int64 | None, judged: Outcomes) -> Int64:
    """Rows of what was judged that are of a part: the same points, or what lies on the images of the part.

    Args:
        view: the build.
        points: what the part is of.
        rows: int64 (m,), the part.
        images: int64 (k,), the images that are meant whole; None where there is none.
        judged: by labels or by review.
    """
    of = view.of_ids(judged.ids)
    at = np.array(of.space.rows(judged.ids), np.int64)
    if of.name.of_points == points.name.of_points:
        return np.flatnonzero(np.isin(at, rows))
    whole = np.concatenate([points.space.sample_rows[rows], np.empty(0, np.int64) if images is None else images])
    return np.flatnonzero(np.isin(of.space.sample_rows[at], whole))


def _is_of(workspace: Workspace, one: Round, model: str | None) -> bool:
    return workspace.model_now(one.protocol.model) == model


def _reviewed(workspace: Workspace, one: Round) -> Reviewed:
    return Reviewed(one, {each.id: each for each in settled(one.protocol, workspace.verdicts.of(one.key))})


def _said(points: Points, model: str | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """What each point is called and taken for, str (n,) each."""
    labels = _names(points, "label")
    if not points.space.are_boxes:
        return labels, _names(points, f"{model}.prediction")
    right, known = points.right_and_known(model)
    return labels, np.where(known, np.where(right, labels, MISSED), "").astype(object)


def _names(points: Points, column: str) -> NDArray[Any]:
    """A column as text, empty where something is missing, str (n,)."""
    if column not in points.table:
        return np.full(len(points), "", object)
    values = points.table.frame[column].astype(object)
    return np.asarray(values.where(values.notna(), "").map(str), object)


def _confidences(points: Points, model: str | None) -> NDArray[np.float64]:
    column = f"{model}.confidence"
    if column not in points.table:
        return np.full(len(points), np.nan)
    return np.asarray(points.table.frame[column].to_numpy(np.float64, na_value=np.nan), np.float64)


def _groups(view: View, points: Points, column: str | None) -> NDArray[np.int64]:
    groups = groups_of(view, points, column)
    return points.space.sample_rows if groups is None else groups
