"""What people chose, as parts of the points on which models are judged: subsets, and the categories they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.segments import Part
from explorer.data.subsets import Membership, Subset
from explorer.points.live_subsets import evaluate_rule, table_of
from explorer.store.decisions.categories import Categories
from explorer.store.decisions.rounds import Rounds
from explorer.store.decisions.state import same_name
from explorer.store.decisions.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.data.categories import Category
    from explorer.data.records import Int64
    from explorer.data.verdicts import Verdict
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.store.decisions.log import Log

SUBSET, CATEGORY = "subset", "category"
REVIEWS = "reviews"
"""What stands for a subset where reviewers put images into a category."""


class Chosen(NamedTuple):
    """A subset, or all subsets of a category.

    Attributes:
        part: which of the points that models are judged on.
        images: int64 (k,), the rows of the images that are meant whole; None where single objects are.
        problem: why the rule of a subset could not be asked, a sentence; else empty.
        left_out: how many of its points are left out, because the model may have learnt from them.
    """

    part: Part
    images: Int64 | None
    problem: str = ""
    left_out: int = 0


def chosen_subsets(view: View, points: Points, subsets: Sequence[Subset]) -> list[Chosen]:
    """The subsets as they are now. Of images with boxes the objects on them are meant, of detections too.

    Args:
        view: the opened build.
        points: what models are judged on: images, or the objects to be found.
        subsets: as they were decided.
    """
    ask = table_of(view)
    living = [evaluate_rule(subset, ask) for subset in subsets]
    return [_chosen(view, points, subset.name, subset.ids, problem) for subset, problem in living]


def chosen_categories(
    found: Sequence[Chosen], subsets: Sequence[Subset], categories: Iterable[Category]
) -> list[Chosen]:
    """The categories, each with all that is in any of its subsets.

    Args:
        found: the subsets, see `chosen_subsets`.
        subsets: the same.
        categories: in whatever order.
    """
    return [_together(category.name, _of(category, found, subsets)) for category in categories]


def put_by_reviewers(log: Log) -> list[Subset]:
    """What reviewers put into each category, in whatever round, as if it were a subset of that category.

    An example that was retired from the category is none, whoever put it there.
    """
    said: dict[str, list[Verdict]] = {}
    given = Verdicts(log)
    retired = {same_name(name): one.retired_examples for one in Categories(log).all() for name in one.names}
    for one in Rounds(log).all():
        for verdict in given.of(one.key):
            for name in map(same_name, verdict.categories):
                if verdict.id not in retired.get(name, ()):
                    said.setdefault(name, []).append(verdict)
    return [_reviewed(name, verdicts) for name, verdicts in said.items()]


def _reviewed(category: str, verdicts: Sequence[Verdict]) -> Subset:
    members = {one.id: Membership(one.id, REVIEWS, None, one.reviewer, one.time) for one in verdicts}
    made = min(one.time for one in verdicts)
    return Subset("", REVIEWS, "", category, "", None, None, "", made, made, members=members)


def _of(category: Category, found: Sequence[Chosen], subsets: Sequence[Subset]) -> list[Chosen]:
    names = set(map(same_name, category.names))
    return [one for one, subset in zip(found, subsets, strict=True) if same_name(subset.category) in names]


def _together(name: str, members: Sequence[Chosen]) -> Chosen:
    none = np.empty(0, np.int64)
    rows = np.unique(np.concatenate([none, *(one.part.rows for one in members)]))
    whole = [one.images for one in members if one.images is not None]
    images = np.unique(np.concatenate([none, *whole])) if len(whole) == len(members) else None
    problem = " ".join(filter(None, (one.problem for one in members)))
    return Chosen(Part(CATEGORY, name, rows), images, problem)


def _chosen(view: View, points: Points, name: str, ids: Sequence[str], problem: str) -> Chosen:
    rows = np.array(sorted(points.space.rows(ids)), np.int64)
    if len(rows) or not points.space.are_boxes:
        return Chosen(Part(SUBSET, name, rows), None if points.space.are_boxes else rows, problem)
    others = view.of_ids(ids)
    images = np.unique(others.space.sample_rows[others.space.rows(ids)])
    rows = np.flatnonzero(np.isin(points.space.sample_rows, images))
    return Chosen(Part(SUBSET, name, rows), images, problem)
