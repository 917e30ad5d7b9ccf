"""How good a model is on each part of a workspace, by any measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.analysis.measures import MacroF1, Measure, Ratio, average_precision
from explorer.analysis.segments import (
    Judged,
    Segment,
    beside,
    crossed,
    measured,
    parts_of,
    parts_of_map,
    segments,
    worst_first,
)
from explorer.data.bins import QUARTILES
from explorer.data.columns import Categorical
from explorer.data.spaces import IMAGES
from explorer.errors import SourceError
from explorer.points.cache import Cache
from explorer.points.image_table import judged_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.analysis.segments import Part
    from explorer.data.bins import Bins
    from explorer.data.records import Int64
    from explorer.data.thresholds import Thresholds
    from explorer.points.opened_build import View
    from explorer.points.points import Points

ACCURACY, FOUND, F1, FP, FN, AP = "accuracy", "found", "f1", "fp_per_image", "fn_per_image", "AP"
OF_LABELS, OF_BOXES = (ACCURACY, F1), (FOUND, F1, FP, FN, AP)
"""What models are measured by: single labels, and boxes."""

_average_precisions: Cache[Measure] = Cache(8)


class Measured(NamedTuple):
    """What a model is measured by, on which points.

    Attributes:
        points: images, or for what is found the objects to be found.
        measure: of each of them.
        judged: the same where it is a rate.
    """

    points: Points
    measure: Measure
    judged: Judged | None = None


class Segmented(NamedTuple):
    """Segments by one measure.

    Attributes:
        metric: its name.
        overall: of all points.
        segments: worst first, those of which too little is known last.
        points: which their rows are of.
    """

    metric: str
    overall: float
    segments: list[Segment]
    points: Points


def metrics(view: View) -> tuple[str, ...]:
    """Names of what the models of a build can be measured by."""
    return OF_BOXES if view.has_boxes else OF_LABELS


def measured_by(view: View, metric: str, model: str, at: Thresholds) -> Measured:
    """What a model is measured by.

    Raises:
        SourceError: these models cannot be measured so.
    """
    if metric not in metrics(view):
        raise SourceError(f"Expected a metric among {', '.join(metrics(view))}, found {metric!r}.")
    if metric in (ACCURACY, FOUND):
        points = view.labels(at)
        judged = points.judged(model)
        return Measured(points, judged.measure, judged)
    points = view.points(IMAGES, at)
    if metric == AP:
        return Measured(points, _average_precisions.get((view.key, model), lambda: _average_precision(view, model)))
    return Measured(points, _macro_f1(points, model) if not view.has_boxes else _of_boxes(points, model, metric))


def _average_precision(view: View, model: str) -> Measure:
    ids, truth, made = judged_objects(view.workspace, model)
    rows = np.array(view.images.space.rows(ids), np.int64)
    return average_precision(rows, len(view.images), ids, truth, made)


def _macro_f1(points: Points, model: str) -> Measure:
    frame = points.table.frame
    codes, classes = pd.factorize(pd.concat([frame["label"], frame[f"{model}.prediction"]]))
    label, predicted = np.split(codes.astype(np.int64), 2)
    known = np.asarray((label >= 0) & (predicted >= 0), np.int64)
    return MacroF1(label, predicted, len(classes), units=known, images=points.space.sample_rows)


def _of_boxes(points: Points, model: str, metric: str) -> Measure:
    """F1 over all classes, or how many boxes an image has that are wrong or were missed."""
    counts = points.table.frame[[f"{model}.{role}" for role in ("tp", "fp", "fn")]]
    known = np.asarray(counts.notna().all(axis=1), np.int64)
    tp, fp, fn = counts.fillna(0).to_numpy(np.float64).T
    images = points.space.sample_rows
    if metric == F1:
        return Ratio(2 * tp, 2 * tp + fp + fn, units=known, images=images)
    wrong = fp if metric == FP else fn
    return Ratio(wrong, known.astype(np.float64), units=known, images=images, sign=-1, bounded=False)


def groups_of(view: View, points: Points, column: str | None) -> Int64 | None:
    """What hangs together among points by a column of their images; an image without a value is a group of its own.

    Raises:
        SourceError: there is no such column.
    """
    if column is None:
        return None
    if column not in view.samples:
        known = ", ".join(map(str, view.samples.frame.columns))
        raise SourceError(f"Expected a column of the images to group by ({known}), found {column!r}.")
    coded = view.samples[column]
    if isinstance(coded, Categorical):
        groups, missing = coded.codes.astype(np.int64), coded.codes < 0
    else:
        groups, missing = np.unique(coded.values, return_inverse=True)[1], ~np.isfinite(coded.values)
    groups = np.where(missing, len(groups) + np.arange(len(groups)), groups)
    return np.asarray(groups[points.space.sample_rows], np.int64)


def dividing(view: View, metric: str, model: str, points: Points) -> list[str]:
    """The columns that segments are made by: of the mean over classes no class itself."""
    classes = {"label", f"{model}.prediction"} if metric == F1 and not view.has_boxes else set()
    return [column for column in points.dividing(model, view.models) if column not in classes]


def segmented(
    view: View,
    model: str,
    at: Thresholds,
    metric: str = "",
    *,
    columns: Sequence[str] | None = None,
    two_way: bool = False,
    bins: Bins = QUARTILES,
    against: str | None = None,
    group_by: str | None = None,
    seed: int = 42,
) -> Segmented:
    """How good a model is on each part.

    Args:
        view: the build.
        model: which one.
        at: which boxes count.
        metric: one of `metrics`; the first where none is named.
        columns: what divides the points; all that do, and the regions of their map, where none are named.
        two_way: whether the parts are what two columns have in common.
        bins: how number columns are cut.
        against: another model beside it.
        group_by: a column whose values name what is not independent.
        seed: of what is drawn at random.

    Raises:
        SourceError: the metric, a column or a model is unknown.
    """
    metric = metric or metrics(view)[0]
    for one in filter(None, (model, against)):
        _known(one, view.models, "models")
    by = measured_by(view, metric, model, at)
    parts = _parts(view, by.points, dividing(view, metric, model, by.points), columns, bins, two_way=two_way)
    groups = groups_of(view, by.points, group_by)
    found = (
        segments(parts, by.judged, groups, seed=seed) if by.judged else measured(parts, by.measure, groups, seed=seed)
    )
    if against:
        found = beside(found, by.measure, measured_by(view, metric, against, at).measure, groups, seed=seed)
    return Segmented(metric, by.measure.value(np.flatnonzero(by.measure.units)), worst_first(found), by.points)


def _parts(
    view: View, points: Points, offered: Sequence[str], columns: Sequence[str] | None, bins: Bins, *, two_way: bool
) -> Iterable[Part]:
    if columns is None:
        return [*parts_of(points.table, offered, bins), *parts_of_map(view.regions(points.name))]
    for column in columns:
        _known(column, [str(name) for name in points.table.frame], "columns")
    if not two_way:
        return list(parts_of(points.table, columns, bins))
    if len(columns) != 2:  # noqa: PLR2004 - two-way
        raise SourceError(f"Expected two columns for a two-way table, found {len(columns)}.")
    return list(crossed(*(list(parts_of(points.table, [column], bins)) for column in columns)))


def _known(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        raise SourceError(f"Expected one of the {what} {', '.join(known) or '(none)'}, found {name!r}.")


def rows_of(table: Segmented) -> list[dict[str, Any]]:
    """The segments as plain values: what `--json` prints."""
    return [_row(one, table) for one in table.segments]


def _row(one: Segment, table: Segmented) -> dict[str, Any]:
    said: dict[str, Any] = {**one.figures, "images": one.images, "too_few": one.too_few}
    if one.part.region:
        said |= {"name": one.part.region.name, "title": one.part.region.title}
    if one.groups is not None:
        said["groups"] = one.groups
    if one.paired:
        figure, difference = one.paired.figure, one.paired.difference
        said["against"] = {"rate": figure.value, "low": figure.low, "high": figure.high}
        apart = {"value": difference.value, "low": difference.low, "high": difference.high}
        said["difference"] = {**apart, "p": one.paired.p, "q": one.paired.q}
    return {**said, "overall": table.overall, "metric": table.metric}


def called(row: Mapping[str, Any]) -> str:
    """What a segment is called, as the command line prints it."""
    return str(row.get("title") or f"{row['column']} {row['value']}")


def figures_line(row: Mapping[str, Any]) -> str:
    """What is told of a segment, as the command line prints it."""
    if row["too_few"]:
        groups = f", {row['groups']} groups" if "groups" in row else ""
        return f"too few to say ({row['images']} images{groups})"
    said, low, high = (in_figures(row[name], row["metric"]) for name in ("rate", "low", "high"))
    words = WORDS[row["metric"]]
    known = f", q = {row['q']:.2g}" if np.isfinite(row["q"]) else ""
    return (
        f"{said} {words} of {row['n']:,} ({low} to {high}), overall {in_figures(row['overall'], row['metric'])}{known}"
    )


WORDS = {ACCURACY: "correct", FOUND: "found", F1: "F1", FP: "false alarms per image", FN: "missed per image", AP: "AP"}
"""What each measure is called."""


def in_figures(value: float, metric: str) -> str:
    """A number of a measure: shares in percent."""
    return f"{value:.1%}" if metric in (ACCURACY, FOUND) else f"{value:.3f}" if metric in (F1, AP) else f"{value:.2f}"
