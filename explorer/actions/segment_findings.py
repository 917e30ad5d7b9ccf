"""Segments as findings: the parts of the points on which a model is surely worse than elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import Kind, NotComputed
from explorer.actions.segments import called, figures_line, groups_of, metrics, rows_of, segmented
from explorer.analysis.segments import LEAST, Judged, Segment, parts_of, parts_of_map, segments, worst
from explorer.data.findings import Finding
from explorer.data.spaces import LABELS
from explorer.signals.neighborhood import DISAGREEMENT
from explorer.signals.registry import registered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.data.records import Int64
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.stats.intervals import Figure, Rate

SEGMENTS = "segments"

_MOST_BY_LABELS = 3
"""Without predictions: neighbours that contradict a label are a hint, and hide neither outliers nor copies."""


class Metric(NamedTuple):
    """What a rate is of.

    Attributes:
        name: `accuracy`, `found` or `label agreement`.
        sentence: how the rate of a segment is told, with `rate` and `n`.
    """

    name: str
    sentence: str


ACCURACY = Metric("accuracy", "{rate} correct of {n}")
FOUND = Metric("found", "{rate} found of {n}")
OBJECTS_FOUND = Metric("found", "{rate} of {n} objects found")
AGREEMENT = Metric("label agreement", "{rate} of {n} have the label of most of their neighbours")


class Compared(NamedTuple):
    """The segments of points, what they are compared by, and what of the points hangs together."""

    segments: list[Segment]
    judged: Judged
    metric: Metric
    groups: Int64 | None = None


def compared(
    view: View, points: Points, model: str | None, group_by: str | None = None, *, seed: int = 42
) -> Compared | None:
    """Every segment and region of points by how a model does, or without one by how labels agree; None with neither."""
    judged, metric = points.judged(model), _metric(points, model)
    if not judged.overall.n:
        judged, metric = _agreement(points), AGREEMENT
    if not judged.overall.n:
        return None
    parts = [*parts_of(points.table, points.dividing(model, view.models)), *parts_of_map(view.regions(points.name))]
    groups = groups_of(view, points, group_by)
    return Compared(segments(parts, judged, groups, seed=seed), judged, metric, groups)


def _metric(points: Points, model: str | None) -> Metric:
    if f"{model}.tp" in points.table:
        return OBJECTS_FOUND
    return FOUND if points.space.are_boxes and points.name.of_points == LABELS else ACCURACY


def _agreement(points: Points) -> Judged:
    """On which points most of the neighbours have the same label."""
    if DISAGREEMENT not in points.table:
        none = np.zeros(len(points), np.int64)
        return Judged(none, none, points.space.sample_rows)
    differing = points.table.frame[DISAGREEMENT].to_numpy(np.float64)
    known = np.isfinite(differing)
    return Judged((known & (differing < 0.5)).astype(np.int64), known.astype(np.int64), points.space.sample_rows)  # noqa: PLR2004 - most


def places(view: View, points: Points, model: str | None, by: Compared) -> list[Finding]:
    """The segments on which a model is surely worse, each as a finding, best first."""
    follows = {signal.name for signal in registered() if signal.of == "graph"} | {f"{model}.prediction"}
    tried = [one for one in by.segments if one.part.column not in follows]  # what follows from errors is no cause
    names = points.colourings(model, view.models)
    listed = worst(tried, by.judged, groups=by.groups)
    return [_place(one, points, names.get(one.part.column, one.part.column), by.metric) for one in listed]


def _place(one: Segment, points: Points, column: str, metric: Metric) -> Finding:
    title = one.part.region.title if one.part.region else f"{column} {one.part.value}"
    figures = {**one.figures, "metric": metric.name}
    ids = tuple(points.space.ids_of(one.part.rows))
    return Finding(SEGMENTS, title, f"{title}: {_told(one.here, one.rest, metric)}.", ids, figures, one.gain)


def _told(here: Figure | Rate, rest: Figure | Rate, metric: Metric) -> str:
    digits = 0 if abs(here.value - rest.value) >= 0.01 else 1  # noqa: PLR2004 - else both would be the same number
    percent = [f"{each:.{digits}%}" for each in (here.value, here.low, here.high, rest.value)]
    said = metric.sentence.format(rate=percent[0], n=f"{here.n:,}")
    return f"{said} ({percent[1]} to {percent[2]}), elsewhere {percent[3]}"


def _rows(of: Analyzed) -> list[Row]:
    by = _compared(of)
    if by is None or by.metric is AGREEMENT:
        raise NotComputed("There is nothing to judge a model by: it takes labels and the predictions of a model.")
    assert of.model
    rows: list[Row] = []
    names = metrics(of.view)
    for place, metric in enumerate(names):
        rows += rows_of(segmented(of.view, of.model, of.points.at, metric, group_by=of.group_by, seed=of.seed))
        of.told(SEGMENTS, place + 1, len(names))
    return rows


def _compared(of: Analyzed) -> Compared | None:
    return of.once(SEGMENTS, lambda: compared(of.view, of.points, of.model, of.group_by, seed=of.seed))


def _found(of: Analyzed) -> list[Finding]:
    by = _compared(of)
    found = places(of.view, of.points, of.model, by) if by else []
    if not found:
        raise NotComputed(_nothing(by))
    return found[:_MOST_BY_LABELS] if by and by.metric is AGREEMENT else found


def _nothing(by: Compared | None) -> str:
    if not by or by.metric is AGREEMENT:
        return "Nothing stands out: no image is far from all others, and none is a copy of another."
    tried = sum(not one.too_few for one in by.segments)
    if not tried:
        return f"No part has the {LEAST} images that it takes to say whether it is worse than the rest."
    return f"No part is clearly worse than the rest: {tried:,} of at least {LEAST} images were compared."


def _line(row: Mapping[str, Any]) -> str:
    return f"{called(row)}: {figures_line(row)}"


KIND = Kind(
    name=SEGMENTS,
    version=2,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="There is no column to divide the images by, and their map has no regions.",
    options=("model", "group_by", "seed"),
    cost=40.0,
    quick=True,
)
