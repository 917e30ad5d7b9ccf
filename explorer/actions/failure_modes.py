"""Where a model may fail: categories, or while there are none subsets and segments, with what was judged of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.analyze import KINDS, computed
from explorer.actions.categories import standings
from explorer.actions.compare_versions import EVERYTHING
from explorer.actions.hygiene import hygiene
from explorer.actions.outcomes import by_labels, by_review, newest_review, within
from explorer.actions.segment_findings import SEGMENTS
from explorer.analysis.segments import LEAST, Part
from explorer.points.chosen import Chosen, chosen_categories, chosen_subsets, put_by_reviewers
from explorer.points.live_subsets import evaluate_rule, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.analyzed import Analyzed
    from explorer.actions.categories import Standing
    from explorer.actions.hygiene import Hygiene
    from explorer.actions.outcomes import Reviewed
    from explorer.data.records import Int64
    from explorer.data.subsets import Subset
    from explorer.review.patterns import Outcomes

SEGMENT = "segment"
MOST_SEGMENTS = 8
"""Segments that are told where there are no categories: the worst of those that are surely worse."""


@dataclass(frozen=True, eq=False)
class Mode:
    """A part on which a model may fail.

    Attributes:
        kind: `category`, `subset`, `segment`, or `all` where there is none of these.
        name: what it is called; of a segment `column=value`.
        rows: int64 (m,), which of the points that models are judged on.
        outcomes: what was judged of it and counts: by the review where there is one, else by labels.
        leaking: how many of its points do not count, because the model may have learnt from them.
        standing: of a category.
        problem: why the rule of a subset could not be asked; else empty.
    """

    kind: str
    name: str
    rows: Int64
    outcomes: Outcomes
    leaking: int = 0
    standing: Standing | None = None
    problem: str = ""

    @property
    def too_few(self) -> bool:
        """Whether there is too little to say of it."""
        return int(self.outcomes.known.sum()) < LEAST


@dataclass(frozen=True, eq=False)
class Failures:
    """All parts on which a model may fail.

    Attributes:
        of: the build, the model, and the points that it is judged on.
        modes: in the order of the categories, or subsets first.
        by_labels: what comparing with labels says on every point.
        reviewed: the round whose verdicts count; None where labels do.
        outcomes: all that was judged and counts.
        hygiene: what the model may have learnt from.
        subsets: the living ones, with what their rules find.
    """

    of: Analyzed
    modes: Sequence[Mode]
    by_labels: Outcomes
    reviewed: Reviewed | None
    outcomes: Outcomes
    hygiene: Hygiene
    subsets: Sequence[Subset]


def failures(of: Analyzed, round_name: str | None = None) -> Failures:
    """Where a model may fail, judged by a round of review where there is one, else by comparing with labels.

    Args:
        of: the build and the model.
        round_name: of the review; the newest one of the model where none is named.

    Raises:
        ReviewError: no round has this name.
        SourceError: there is no column to group by as asked.
    """
    clean = hygiene(of)
    labelled = by_labels(of.view, of.points, of.model, clean.group_by)
    reviewed = newest_review(of.workspace, of.model, round_name)
    judged = by_review(of.view, reviewed) if reviewed else labelled
    living = [evaluate_rule(one, table_of(of.view)).subset for one in of.workspace.subsets()]
    counting = judged.of(np.flatnonzero(clean.counting(_images_of(of, judged.ids))))
    modes = [_mode(of, one, standing, counting, clean) for one, standing in _parts(of, living, clean)]
    return Failures(of, modes, labelled, reviewed, counting, clean, living)


def _parts(of: Analyzed, subsets: Sequence[Subset], clean: Hygiene) -> list[tuple[Chosen, Standing | None]]:
    """The categories in use; where there are none subsets and what is surely worse; where nothing is, everything."""
    categories = of.workspace.categories.in_use()
    if categories:
        subsets = [*subsets, *put_by_reviewers(of.workspace.decisions)]
    found = chosen_subsets(of.view, of.points, subsets)
    if categories:
        standing = standings(of.view, categories, subsets, of.model, of.points.at, clean)
        return list(zip(chosen_categories(found, subsets, categories), standing, strict=True))
    everything = Chosen(Part(EVERYTHING, "Everything", np.arange(len(of.points))), None)
    return [(one, None) for one in [*found, *_worst_segments(of)] or [everything]]


def _worst_segments(of: Analyzed) -> list[Chosen]:
    """The segments that the analysis finds, those first of which mending could gain the most."""
    found = computed(of, [KINDS[SEGMENTS]], lambda _: None)[SEGMENTS].told.found[:MOST_SEGMENTS]
    rows = [np.array(sorted(of.points.space.rows(one.ids)), np.int64) for one in found]
    return [Chosen(Part(SEGMENT, one.title, some), None) for one, some in zip(found, rows, strict=True)]


def _mode(of: Analyzed, one: Chosen, standing: Standing | None, judged: Outcomes, clean: Hygiene) -> Mode:
    rows = one.part.rows
    leaking = int((~clean.counting(of.points.space.sample_rows[rows])).sum())
    outcomes = judged.of(within(of.view, of.points, rows, one.images, judged))
    return Mode(one.part.column, one.part.value, rows, outcomes, leaking, standing, one.problem)


def _images_of(of: Analyzed, ids: Sequence[str]) -> Int64:
    """The row of the image that each point is, or is on, int64 (n,)."""
    points = of.view.of_ids(ids)
    return points.space.sample_rows[np.array(points.space.rows(ids), np.int64)]
