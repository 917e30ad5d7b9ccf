"""What a model was judged on, as failure patterns count it: by comparing with labels, or by a round of review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.segments import groups_of
from explorer.evaluation.confusion import MISSED
from explorer.review.patterns import CORRECT, INCORRECT, Outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.verdicts import Round, Verdict
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.store.workspace import Workspace


class Reviewed(NamedTuple):
    """What a round came to.

    Attributes:
        round: the round.
        verdicts: all of its first readings and adjudications, by item.
        settled: the verdict that stands of each item on which reviewers agree, or an adjudicator decided.
    """

    round: Round
    verdicts: Mapping[str, Sequence[Verdict]]
    settled: Mapping[str, Verdict]


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
    """What a round says of each of its items; its groups are those of its protocol."""
    protocol = reviewed.round.protocol
    ids = [each for each in protocol.ids if each in view.workspace.point_ids]
    points = view.of_ids(ids)
    rows = points.space.rows(ids)
    settled = [reviewed.settled.get(each) for each in points.space.ids_of(rows)]
    verdicts = np.array([one.verdict if one else "" for one in settled], object)
    severities = np.array([one.severity if one else "" for one in settled], object)
    labels, predictions = (column[rows] for column in _said(points, protocol.model))
    sure = _confidences(points, protocol.model)[rows]
    groups = _groups(view, points, protocol.group or None)[rows]
    return Outcomes(points.space.ids_of(rows), verdicts, severities, labels, predictions, sure, groups)


def review_of(workspace: Workspace, model: str | None, name: str | None = None) -> Reviewed | None:
    """A round by its name, else the newest one of a model in which something was judged; None where there is none.

    Raises:
        ReviewError: no round has this name.
    """
    rounds = [workspace.rounds.find(name)] if name else [one for one in workspace.rounds.all() if _is_of(one, model)]
    for one in reversed(rounds):
        verdicts = [each for each in workspace.verdicts.of(one.key) if not each.is_repeat]
        if verdicts or name:
            return _reviewed(one, verdicts)
    return None


def _is_of(one: Round, model: str | None) -> bool:
    return not one.protocol.model or one.protocol.model == model


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
    return values.where(values.notna(), "").map(str).to_numpy(object)


def _confidences(points: Points, model: str | None) -> NDArray[np.float64]:
    column = f"{model}.confidence"
    if column not in points.table:
        return np.full(len(points), np.nan)
    return points.table.frame[column].to_numpy(np.float64, na_value=np.nan)


def _groups(view: View, points: Points, column: str | None) -> NDArray[np.int64]:
    groups = groups_of(view, points, column)
    return points.space.sample_rows if groups is None else groups
