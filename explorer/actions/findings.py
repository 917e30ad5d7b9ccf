"""Where to look first: the parts of the points on which a model is worst, and what else is odd about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.duplicates import Copies, copies
from explorer.analysis.outliers import Outliers, outliers
from explorer.analysis.segments import LEAST, Judged, Segment, parts_of, parts_of_map, segments, worst
from explorer.data.columns import Categorical
from explorer.data.findings import Finding
from explorer.data.spaces import LABELS
from explorer.signals.neighborhood import DISAGREEMENT, neighbor_distance
from explorer.signals.registry import registered

if TYPE_CHECKING:
    from explorer.data.records import Int64
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.stats.intervals import Rate

SEGMENTS, OUTLIERS, DUPLICATES = "segments", "outliers", "duplicates"
"""Kinds of findings, as `edgecase analyze` calls them."""

_NO_GAIN = 0.01
"""What cannot be told to gain anything ranks behind what can, by the share of points it is about."""

_MIXED = 0.25


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
    """The segments of points, and what they are compared by."""

    segments: list[Segment]
    judged: Judged
    metric: Metric


def compared(view: View, points: Points, model: str | None) -> Compared | None:
    """Every segment and region of points by how a model does, or without one by how labels agree; None with neither."""
    judged, metric = points.judged(model), _metric(points, model)
    if not judged.overall.n:
        judged, metric = _agreement(points), AGREEMENT
    if not judged.overall.n:
        return None
    parts = [*parts_of(points.table, points.dividing(model, view.models)), *parts_of_map(view.regions(points.name))]
    return Compared(segments(parts, judged), judged, metric)


class FirstLook(NamedTuple):
    """What to look at first, or why there is nothing.

    Attributes:
        findings: best first.
        nothing: a sentence where there are none, else empty.
    """

    findings: list[Finding]
    nothing: str


def first_look(view: View, points: Points, model: str | None, most: int | None = None) -> FirstLook:
    """What to look at first among points, best first.

    Places where a model is surely worse than elsewhere, and where there is nothing to judge it by, where neighbours
    disagree with the label; then outliers, and copies, which are among the first `most` too.
    """
    by = compared(view, points, model)
    places = _places(view, points, model, by) if by else []
    others = odd(points) if not by or by.metric is AGREEMENT else []
    shown = places if most is None else places[: most - len(others)]
    return FirstLook([*shown, *others], "" if shown or others else _nothing(by))


def _nothing(by: Compared | None) -> str:
    if not by or by.metric is AGREEMENT:
        return "Nothing stands out: no image is far from all others, and none is a copy of another."
    tried = sum(not one.too_few for one in by.segments)
    if not tried:
        return f"No part has the {LEAST} images that it takes to say whether it is worse than the rest."
    return f"No part is clearly worse than the rest: {tried:,} of at least {LEAST} images were compared."


def odd(points: Points) -> list[Finding]:
    """Outliers and copies among points, one finding each."""
    return [one for one in (_outliers(points), _duplicates(points)) if one]


def outliers_of(points: Points) -> Outliers:
    """How far points are from their neighbours."""
    return outliers(neighbor_distance(points.space.neighbors))


def copies_of(points: Points) -> list[Copies]:
    """The copies among images."""
    space = points.space
    return copies(space.neighbors, space.vectors, points.table.frame["digest"].tolist())


def conflicts(points: Points, copied: Copies) -> bool:
    """Whether copies have different labels."""
    if "label" not in points.table:
        return False
    return points.table.frame["label"].iloc[copied.rows].dropna().nunique() > 1


def splits(points: Points, copied: Copies) -> list[str]:
    """The splits that copies are in."""
    if "split" not in points.table:
        return []
    return sorted(points.table.frame["split"].iloc[copied.rows].dropna().astype(str).unique())


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


def _places(view: View, points: Points, model: str | None, by: Compared) -> list[Finding]:
    follows = {signal.name for signal in registered() if signal.of == "graph"} | {f"{model}.prediction"}
    tried = [one for one in by.segments if one.part.column not in follows]  # what follows from errors is no cause
    names = points.colourings(model, view.models)
    return [
        _place(one, points, names.get(one.part.column, one.part.column), by.metric) for one in worst(tried, by.judged)
    ]


def _place(one: Segment, points: Points, column: str, metric: Metric) -> Finding:
    title = _region_title(one.part.rows, one, points) if one.part.region else f"{column} {one.part.value}"
    figures = {**one.figures, "metric": metric.name}
    ids = tuple(points.space.ids_of(one.part.rows))
    return Finding(SEGMENTS, title, f"{title}: {_told(one.here, one.rest, metric)}.", ids, figures, one.gain)


def _told(here: Rate, rest: Rate, metric: Metric) -> str:
    digits = 0 if abs(here.value - rest.value) >= 0.01 else 1  # noqa: PLR2004 - else both would be the same number
    percent = [f"{each:.{digits}%}" for each in (here.value, here.low, here.high, rest.value)]
    said = metric.sentence.format(rate=percent[0], n=f"{here.n:,}")
    return f"{said} ({percent[1]} to {percent[2]}), elsewhere {percent[3]}"


def _region_title(rows: Int64, one: Segment, points: Points) -> str:
    """A region by its name, or by what it lies between."""
    assert one.part.region
    if one.part.region.name:
        return f"Region {one.part.region.name}"
    column = points.table["label"] if "label" in points.table else None
    if isinstance(column, Categorical):
        counts = np.bincount(column.codes[rows][column.codes[rows] >= 0], minlength=len(column.values))
        mixed = [column.values[i] for i in np.argsort(-counts, kind="stable")[:2] if counts[i] >= _MIXED * len(rows)]
        if len(mixed) > 1:
            return f"Between {mixed[0]} and {mixed[1]}"
    return "A mixed region"


def _outliers(points: Points) -> Finding | None:
    if not points.space.have_map:
        return None
    found = outliers_of(points)
    rows = np.flatnonzero(found.flagged)
    if not len(rows):
        return None
    rows = rows[np.argsort(-found.score[rows], kind="stable")]
    verb = "lies" if len(rows) == 1 else "lie"
    sentence = f"{points.space.counted(len(rows))} {verb} far from everything else: outliers, or rare but valid kinds."
    return Finding(
        OUTLIERS,
        "Outliers",
        sentence,
        tuple(points.space.ids_of(rows)),
        {"n": len(rows), "of": len(points)},
        _NO_GAIN * len(rows) / len(points),
    )


def _duplicates(points: Points) -> Finding | None:
    if points.space.are_boxes or not (groups := copies_of(points)):
        return None
    conflicting = [conflicts(points, one) for one in groups]
    leaking = [len(splits(points, one)) > 1 for one in groups]
    first = sorted(range(len(groups)), key=lambda i: (not conflicting[i], not leaking[i]))
    rows = np.concatenate([groups[i].rows for i in first])
    counts = {"conflicts": sum(conflicting), "across_splits": sum(leaking)}
    words = {"conflicts": "with different labels", "across_splits": "across splits"}
    more = ", ".join(f"{count:,} {words[name]}" for name, count in counts.items() if count)
    several = "1 group" if len(groups) == 1 else f"{len(groups):,} groups"
    return Finding(
        DUPLICATES,
        "Copies",
        f"{points.space.counted(len(rows))} in {several} of copies{': ' * bool(more)}{more}.",
        tuple(points.space.ids_of(rows)),
        {"n": len(rows), "groups": len(groups), **counts},
        _NO_GAIN * len(rows) / len(points) / 2,
    )
