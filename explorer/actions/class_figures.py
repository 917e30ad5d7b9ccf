"""How good a model is on each class and from each confidence on, and from which one it is best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.segments import groups_of
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.evaluation.thresholds import boxes_made, labels_made
from explorer.points.cache import Cache
from explorer.points.image_table import judged_objects
from explorer.stats.bootstrap import interval, resampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64
    from explorer.data.thresholds import Thresholds
    from explorer.evaluation.thresholds import Costs, Made, Sweep
    from explorer.points.opened_build import View
    from explorer.stats.bootstrap import Resampling
    from explorer.store.workspace import Workspace

STEPS = 101
"""Thresholds that are listed, from 0 to 1."""

_made: Cache[Made] = Cache(8)


class ClassFigures(NamedTuple):
    """One class at one threshold; `low` and `high` are 95% intervals by drawing images, or groups of them, again.

    Attributes:
        label: the class.
        n: how many there are to find.
        made: how many predictions of it count.
        tp: how many of these are right.
        precision: (value, low, high), NaN where none counts.
        recall: (value, low, high), NaN where there is none to find.
        f1: (value, low, high).
        images: on how many images it is, or is predicted.
    """

    label: str
    n: int
    made: int
    tp: int
    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    f1: tuple[float, float, float]
    images: int


def predictions_made(view: View, model: str, iou: float) -> Made:
    """What a model predicted, right or wrong: matched once for all thresholds.

    Raises:
        SourceError: there are no labels to compare with.
    """
    return _made.get((view.key, model, iou), lambda: _predictions(view.workspace, model, iou))


def _predictions(workspace: Workspace, model: str, iou: float) -> Made:
    if workspace.task is Task.DETECTION:
        return boxes_made(*judged_objects(workspace, model), iou=iou)
    frame = workspace.samples
    if "label" not in frame:
        raise SourceError("This workspace has no labels to compare with: add a label column, or --labels FILE.")
    return labels_made(frame["label"], frame[f"{model}.prediction"], frame[f"{model}.confidence"])


def class_figures(
    made: Made, confidence: float = 0.0, groups: Int64 | None = None, *, seed: int = 42
) -> list[ClassFigures]:
    """Every class, in the order of their names.

    Args:
        made: what was predicted.
        confidence: from which on a prediction counts.
        groups: int64 (images,), what hangs together, where that is more than what is on one image.
        seed: of what is drawn at random.
    """
    images = 1 + int(max(made.image.max(initial=-1), made.there_on.max(initial=-1)))
    drawn = resampling(np.arange(images) if groups is None else groups, seed=seed)  # of one image all hang together
    counts = ~(made.sure < confidence)
    return [_one(name, label, made, counts, drawn) for label, name in enumerate(made.classes)]


def _one(name: str, label: int, made: Made, counts: Bool, drawn: Resampling) -> ClassFigures:
    mine = counts & (made.label == label)
    on = [made.image[mine & made.right], made.image[mine], made.there_on[made.there == label]]
    sums = np.column_stack([np.bincount(drawn.pool[images], minlength=drawn.pools) for images in on])
    tp, predicted, n = (len(images) for images in on)
    of_tp, of_predicted, of_n = drawn.replicas(sums.astype(np.float64)).T
    known = [np.unique(drawn.group[images]) for images in on[1:]]
    either = len(np.union1d(*known))

    return ClassFigures(
        name,
        n,
        predicted,
        tp,
        _share((tp, predicted), (of_tp, of_predicted), len(known[0])),
        _share((tp, n), (of_tp, of_n), len(known[1])),
        _share((2 * tp, predicted + n), (2 * of_tp, of_predicted + of_n), either),
        len(np.union1d(on[1], on[2])),
    )


def _share(of: tuple[int, int], replicas: tuple[Float64, Float64], groups: int) -> tuple[float, float, float]:
    """Part over whole with its interval, of what is on so many groups."""
    (part, whole), (parts, wholes) = of, replicas
    value = part / whole if whole else float("nan")
    shares: NDArray[np.float64] = np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0)
    return (value, *interval(value, shares, groups, bounded=True))


def image_groups(view: View, model: str, column: str | None) -> Int64 | None:
    """What hangs together among the images that `predictions_made` counts, by a column.

    Raises:
        SourceError: there is no such column.
    """
    groups = groups_of(view, view.images, column)
    if groups is None or not view.has_boxes:
        return groups
    ids = judged_objects(view.workspace, model)[0]
    return np.asarray(groups[view.images.space.rows(ids)], np.int64)


def class_rows(
    view: View, model: str, at: Thresholds, costs: Costs, *, group_by: str | None = None, seed: int = 42
) -> list[dict[str, Any]]:
    """The same as plain values, each with its own best threshold: what `--json` prints."""
    made = predictions_made(view, model, at.iou)
    groups, rows = image_groups(view, model, group_by), []
    for label, one in enumerate(class_figures(made, at.confidence, groups, seed=seed)):
        shares = {
            f"{name}{end}": value
            for name in ("precision", "recall", "f1")
            for end, value in zip(("", "_low", "_high"), getattr(one, name), strict=True)
        }
        counts = {"n": one.n, "tp": one.tp, "fp": one.made - one.tp, "fn": one.n - one.tp}
        rows.append({"label": one.label, **counts, **shares, "best": best_of(made.sweep(label), costs)})
    return rows


def best_of(found: Sweep, costs: Costs) -> dict[str, Any]:
    """Where F1 is best, and where the errors cost least."""
    return {"f1": row_at(found, found.best_f1(), costs), "cost": row_at(found, found.cheapest(costs), costs)}


def threshold_rows(found: Sweep, costs: Costs) -> list[dict[str, Any]]:
    """The counts at thresholds from 0 to 1."""
    return [
        {**row_at(found, found.at(confidence), costs), "confidence": round(float(confidence), 4)}
        for confidence in np.linspace(0, 1, STEPS)
    ]


def row_at(found: Sweep, place: int, costs: Costs) -> dict[str, Any]:
    """The counts at one threshold; its confidence is None where nothing is kept."""
    tp, fp, fn = (int(of[place]) for of in (found.tp, found.fp, found.fn))
    threshold = found.threshold(place)
    return {
        "confidence": threshold if np.isfinite(threshold) else None,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "precision": tp / (tp + fp) if tp + fp else None,
        "recall": tp / found.total if found.total else None,
        "f1": float(found.f1[place]),
        "cost": float(found.cost(costs)[place]),
    }
