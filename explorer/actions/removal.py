"""How good models are without some of the images or boxes: what a subset that is marked for removal would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import analyzed
from explorer.actions.segments import ACCURACY, FOUND, WORDS, in_figures, measured_by, metrics
from explorer.analysis.measures import figure
from explorer.analysis.segments import drawn_again, rate_on
from explorer.errors import SubsetError
from explorer.points.live_subsets import named_subset
from explorer.stats.bootstrap import resampling
from explorer.stats.intervals import Figure  # noqa: TC001 - NamedTuple fields are evaluated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.actions.analyzed import Analyzed
    from explorer.actions.segments import Measured
    from explorer.data.records import Bool, Int64
    from explorer.data.subsets import Subset
    from explorer.points.opened_build import View
    from explorer.store.workspace import Workspace

ALL = ""
"""Stands for all images where a split is named."""


class Without(NamedTuple):
    """How good a model is with all images, and without those that would go.

    Attributes:
        model: its name.
        metric: one of those of `explorer.actions.segments`.
        split: on which images; `ALL` on every one.
        before: with all of them.
        after: without.
    """

    model: str
    metric: str
    split: str
    before: Figure
    after: Figure

    @property
    def sentence(self) -> str:
        """In words: `v1 in test: 90.0% correct of 60 (79.9% to 95.3%), without them 89.8% of 59 (79.5% to 95.3%).`."""
        where = f" in {self.split}" if self.split else ""
        before = self.said(self.before, f" {WORDS[self.metric]}")
        return f"{self.model}{where}: {before}, without them {self.said(self.after)}."

    def said(self, one: Figure, word: str = "") -> str:
        """One of the two in words: `89.8% of 59 (79.5% to 95.3%)`."""
        if not one.n:
            return "nothing is left"
        value, low, high = (in_figures(each, self.metric) for each in (one.value, one.low, one.high))
        return f"{value}{word} of {one.n:,} ({low} to {high})"

    @property
    def row(self) -> dict[str, Any]:
        """As JSON."""
        before, after = (one._asdict() for one in (self.before, self.after))
        return {**self._asdict(), "split": self.split or None, "before": before, "after": after}


class Leaving(NamedTuple):
    """What would go.

    Attributes:
        images: int64 (m,), rows of images.
        boxes: ids of single boxes, whose images stay.
    """

    images: Int64
    boxes: frozenset[str] = frozenset()


def to_be_removed(workspace: Workspace, names: Iterable[str] = (), *, marked: bool = False) -> list[Subset]:
    """The subsets of these names, and those that are marked for removal, with what their rules find.

    Raises:
        SubsetError: there is none.
    """
    keys = [*names, *(one.key for one in workspace.subsets() if one.remove and marked)]
    found = {one.key: one for one in (named_subset(workspace, key) for key in keys)}
    if not found:
        raise SubsetError(
            "Expected a subset that is marked for removal, found none. Mark one with `edgecase subset edit WORKSPACE "
            "NAME --remove`, or name one with --without."
        )
    return list(found.values())


def leaving(view: View, subsets: Sequence[Subset]) -> Leaving:
    """What the members of subsets are in the opened build."""
    ids = [each for one in subsets for each in one.ids]
    images = view.images.space
    rows = np.unique(np.array(images.rows(ids), np.int64))
    return Leaving(rows, frozenset(each for each in ids if each not in images.row_of))


def without(of: Analyzed, gone: Leaving, measures: Sequence[str] = ()) -> list[Without]:
    """How good the model is with and without something, on all and by split; empty where there is none to judge.

    Args:
        of: what is analysed.
        gone: what is left out.
        measures: names of metrics; accuracy, or of boxes what is found, unless given, and these also by split. Where
            single boxes go, only what is found can be said.
    """
    if of.model is None or not of.view.judges:
        return []
    main = FOUND if of.view.has_boxes else ACCURACY
    wanted = [main] if gone.boxes or not measures else list(measures)
    by_metric = {metric: measured_by(of.view, metric, of.model, of.points.at) for metric in wanted}
    found = []
    for metric, one in by_metric.items():
        stays = _stays(of, one, gone)
        for split, there in _splits(of, one) if metric == main else _everything(one):
            before, after = (_figure(one, rows, of.seed) for rows in (there, there & stays))
            found.append(Without(of.model, metric, split, before, after))
    return [one for one in found if one.before.n]


def _stays(of: Analyzed, one: Measured, gone: Leaving) -> Bool:
    """Which points are neither on an image that goes nor go themselves, bool (n,)."""
    stays = ~np.isin(one.measure.images, of.view.images.space.sample_rows[gone.images])
    stays[one.points.space.rows(gone.boxes)] = False
    return np.asarray(stays, np.bool_)


def _everything(one: Measured) -> list[tuple[str, Bool]]:
    return [(ALL, np.ones(len(one.measure.units), np.bool_))]


def _splits(of: Analyzed, one: Measured) -> list[tuple[str, Bool]]:
    """All points, then those of each split that images are in."""
    frame = of.view.samples.frame
    if "split" not in frame:
        return _everything(one)
    splits = np.asarray(frame["split"].astype(object).fillna(ALL).astype(str))[one.measure.images]
    named = [value for value in sorted(set(splits)) if value != ALL]
    return [*_everything(one), *((split, splits == split) for split in named)]


def _figure(one: Measured, there: Bool, seed: int) -> Figure:
    """The number of some points with its interval."""
    rows = np.flatnonzero(there)
    if one.judged:
        return rate_on(one.judged, rows, drawn_again(one.judged, seed=seed)).figure
    return figure(one.measure, rows, resampling(one.measure.images, seed=seed))[0]


def of_every_model(of: Analyzed, gone: Leaving, *, thoroughly: bool = False) -> list[Without]:
    """`without` for each model, at the thresholds where detection opens; `thoroughly` by every measure."""
    measures = metrics(of.view) if thoroughly else ()
    return [one for model in of.view.models for one in without(analyzed(of.view, model, seed=of.seed), gone, measures)]
