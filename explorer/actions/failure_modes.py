"""Where a model may fail: categories, or while there are none subsets and segments, with what was judged of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from explorer.actions.analyze import KINDS, computed, known_findings
from explorer.actions.categories import standings
from explorer.actions.compare_versions import EVERYTHING
from explorer.actions.findings import Known
from explorer.actions.hygiene import hygiene
from explorer.actions.outcomes import by_labels, by_review, newest_review, within
from explorer.actions.segment_findings import SEGMENTS
from explorer.analysis.segments import LEAST, Part
from explorer.data.categories import Category
from explorer.data.subsets import Subset
from explorer.points.chosen import Chosen, chosen_categories, chosen_subsets, put_by_reviewers
from explorer.points.live_subsets import evaluate_rule, table_of
from explorer.store.decisions.categories import Categories
from explorer.store.decisions.decided_findings import DecidedFindings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.analyzed import Analyzed
    from explorer.actions.categories import Standing
    from explorer.actions.hygiene import Hygiene
    from explorer.actions.outcomes import Reviewed
    from explorer.data.records import Int64
    from explorer.review.patterns import Outcomes
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.subsets import Decisions

SEGMENT = "segment"
MOST_SEGMENTS = 8
"""Segments that are told where there are no categories: the worst of those that are surely worse."""


About: TypeAlias = "Category | Subset | Known"
"""What people keep with it what is to be done."""


class _Chosen(NamedTuple):
    """A part, what it is, and how far a category is covered."""

    part: Chosen
    about: About | None = None
    standing: Standing | None = None


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
        about: the category, subset or finding that it is, with which people keep what is to be done; else None.
        problem: why the rule of a subset could not be asked; else empty.
    """

    kind: str
    name: str
    rows: Int64
    outcomes: Outcomes
    leaking: int = 0
    standing: Standing | None = None
    about: About | None = None
    problem: str = ""

    @property
    def actions(self) -> tuple[str, ...]:
        """What people say is to be done; empty where nobody did."""
        return _actions_of(self.about)

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
    modes = [_mode(of, one, counting, clean) for one in _parts(of, living, clean)]
    return Failures(of, modes, labelled, reviewed, counting, clean, living)


def recommend(decisions: Decisions, about: About, actions: Sequence[str], *, author: str) -> Event:
    """Keep what is to be done about a part, in place of what a report drafts; none for the draft.

    Raises:
        CategoryError: an action is none, or they are those of the category already.
        SubsetError: one cannot be stored, or they are those of the subset already.
        FindingError: they are those of the finding already.
        WorkspaceError: the database cannot be written.
    """
    if isinstance(about, Category):
        return Categories(decisions).edit(about.key, author=author, actions=list(actions))
    if isinstance(about, Subset):
        return decisions.edit_subset(about.key, author=author, actions=actions)
    found = DecidedFindings(decisions)
    return found.recommend(about.finding, about.key, actions, author=author, model=about.model)


def _actions_of(about: About | None) -> tuple[str, ...]:
    decided = about.decided if isinstance(about, Known) else about
    return decided.actions if decided else ()


def _parts(of: Analyzed, subsets: Sequence[Subset], clean: Hygiene) -> list[_Chosen]:
    """The categories in use; where there are none subsets and what is surely worse; where nothing is, everything."""
    categories = of.workspace.categories.in_use()
    if categories:
        subsets = [*subsets, *put_by_reviewers(of.workspace.decisions)]
    found = chosen_subsets(of.view, of.points, subsets)
    if categories:
        standing = standings(of.view, categories, subsets, of.model, of.points.at, clean)
        parts = chosen_categories(found, subsets, categories)
        return list(map(_Chosen, parts, categories, standing))
    everything = _Chosen(Chosen(Part(EVERYTHING, "Everything", np.arange(len(of.points))), None))
    return [*map(_Chosen, found, subsets), *_worst_segments(of)] or [everything]


def _worst_segments(of: Analyzed) -> list[_Chosen]:
    """The segments that the analysis finds, those first of which mending could gain the most."""
    told = {SEGMENTS: computed(of, [KINDS[SEGMENTS]], lambda _: None)[SEGMENTS].told}
    found = known_findings(of, told)[:MOST_SEGMENTS]
    rows = [np.array(sorted(of.points.space.rows(one.finding.ids)), np.int64) for one in found]
    parts = [Part(SEGMENT, one.finding.title, some) for one, some in zip(found, rows, strict=True)]
    return [_Chosen(Chosen(part, None), one) for part, one in zip(parts, found, strict=True)]


def _mode(of: Analyzed, chosen: _Chosen, judged: Outcomes, clean: Hygiene) -> Mode:
    one, rows = chosen.part, chosen.part.part.rows
    leaking = int((~clean.counting(of.points.space.sample_rows[rows])).sum())
    outcomes = judged.of(within(of.view, of.points, rows, one.images, judged))
    return Mode(one.part.column, one.part.value, rows, outcomes, leaking, chosen.standing, chosen.about, one.problem)


def _images_of(of: Analyzed, ids: Sequence[str]) -> Int64:
    """The row of the image that each point is, or is on, int64 (n,)."""
    points = of.view.of_ids(ids)
    return points.space.sample_rows[np.array(points.space.rows(ids), np.int64)]
