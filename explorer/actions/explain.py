"""Explaining a subset: what sets its members apart from all other points of their space."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.actions.evaluate import opening
from explorer.actions.search import model_of
from explorer.errors import ModelError, SubsetError
from explorer.points.live_subsets import living, table_of
from explorer.points.membership import member_rows
from explorer.points.opened_build import View
from explorer.points.points import Points  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.subsets.explain import Explanation, phrases_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Bool, Float32
    from explorer.store.workspace import Workspace
    from explorer.subsets.explain import Phrases


class Explained(NamedTuple):
    """The explanation of a subset, and the points that its rows are of."""

    explanation: Explanation
    points: Points


def explain_subset(workspace: Workspace, name: str, model: str | None = None) -> Explained:
    """The explanation of a subset against all other points of its members' space.

    Args:
        workspace: where it is.
        name: name or key of the subset.
        model: whose errors are looked at, from its best confidence on; by default the first one's.

    Raises:
        SubsetError: the subset is unknown, none of its members is in this build, or all points are members.
    """
    view = View(workspace)
    subset = living(workspace.subset(name), table_of(view))
    models = view.models
    of = model or next(iter(models), None)
    points = view.of_ids(subset.ids, opening(view, of))
    mask: Bool = np.zeros(len(points), np.bool_)
    mask[member_rows(points, subset)] = True
    if mask.all():
        raise SubsetError(f"“{subset.name}” holds all there is: there is nothing to compare it with.")
    phrases = phrases_for(points, lambda texts: model_of(workspace).encode_texts(texts))
    return Explained(points.explain(mask, of, models, phrases), points)


def phrases_for(points: Points, encode: Callable[[list[str]], Float32]) -> Phrases | None:
    """Words to describe points with; None where their vectors are not of pictures alone or nothing encodes texts.

    Args:
        points: what is described.
        encode: gives the unit vectors of texts; may raise ModelError.
    """
    if not points.space.are_pictures:
        return None
    try:
        return phrases_of(points.table, encode)
    except ModelError:
        return None
