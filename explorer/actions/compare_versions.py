"""One model version against another: what got better and worse, overall, per subset, category and segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.analyzed import analyzed
from explorer.actions.drift import batch_drift, sentence
from explorer.actions.evaluate import opening
from explorer.actions.hygiene import counting, hygiene, known_leaks, left_out_words
from explorer.analysis.segments import Part, parts_of, parts_of_map
from explorer.analysis.versions import Versus, only, rates, surest_first, versus
from explorer.data.spaces import IMAGES
from explorer.errors import SourceError
from explorer.evaluation.classification import evaluate_classification
from explorer.evaluation.outcomes import outcomes
from explorer.points.chosen import chosen_categories, chosen_subsets, put_by_reviewers
from explorer.points.image_table import evaluated, judged_objects
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.drift import Drifted
    from explorer.actions.hygiene import Hygiene
    from explorer.analysis.segments import Judged
    from explorer.analysis.versions import Share
    from explorer.data.records import Bool, Int64
    from explorer.data.subsets import Subset
    from explorer.data.thresholds import Thresholds
    from explorer.points.chosen import Chosen
    from explorer.points.points import Points
    from explorer.store.workspace import Workspace

    At = Mapping[str, Thresholds]

EVERYTHING = "all"
"""The column, so to say, of the part that is all there is."""


@dataclass(frozen=True, eq=False)
class Compared:
    """What changed from one version to another.

    Attributes:
        before: the first model.
        after: the second.
        thresholds: which boxes count, by model.
        points: what they are judged on: images, or the objects to be found.
        judged: how many of these each one was judged on.
        overall: on all of them.
        categories: what of each counts, in their order.
        left_out: by the column and value of what is left out of, how many of its points do not count, because the model
            may have learnt from them.
        subsets: in the order given, with those on which nothing was judged left out.
        segments: values of columns and regions of the map, those that changed most surely first.
        false_alarms: of boxes, by the value of a category or subset, empty for all: the detections of each model that
            are of nothing, on the images that are meant whole.
        problems: why rules of subsets could not be asked, and of which categories nothing counts.
    """

    before: str
    after: str
    thresholds: At
    points: Points
    judged: tuple[int, int]
    overall: Versus
    categories: list[Versus]
    left_out: Mapping[tuple[str, str], int]
    subsets: list[Versus]
    segments: list[Versus]
    false_alarms: Mapping[tuple[str, str], tuple[int, int]]
    problems: list[str]


class Line(NamedTuple):
    """How a subset went over the versions.

    Attributes:
        subset: its name; empty for all.
        shares: by model, in the order in which they were added; those that were not judged on it are left out.
        too_few: whether there is too little to say of it.
    """

    subset: str
    shares: dict[str, Share]
    too_few: bool


def compare_versions(
    workspace: Workspace,
    before: str,
    after: str,
    *,
    group_by: str | None = None,
    count_leaking: bool = False,
    leave_out_leaking: bool = False,
) -> dict[str, Any]:
    """Compare two models of a workspace, of boxes each with the detections from its best confidence on.

    Args:
        workspace: with labels and the predictions of both.
        before: the first model.
        after: the second.
        group_by: a column by which images hang together: what the training split has of it counts in no category.
        count_leaking: count what of a category the models may have learnt from.
        leave_out_leaking: leave that out of everything: of all there is, subsets, segments, versions, confusion and
            errors.

    Returns:
        `before` and `after`, their names; `of`: images or objects; `metric`: accuracy or found; `thresholds` by model
        (boxes alone: iou, confidence); `judged` by model; `overall`, `categories`, `subsets`, `segments`: rows, the
        first one alone, of segments those that changed most surely first; `confusion` (classes, and rows by label: how
        many more the second model has in each cell; None for boxes); `errors` by TIDE's type and model (None for
        classes); `versions` [{subset, too_few, models: [{model, n, rate, low, high}]}], every model of the workspace,
        the first line with the subset None for all; `drift`, rows of `edgecase analyze` on how each batch differs from
        the build, and `drift_sentences`; `not_evaluated`, sentences. A row is {column, value, n, images, too_few,
        before: {rate, low, high}, after: {…}, difference: {value, low, high}, fixed, regressed, p, q}; of
        boxes `overall`, `categories` and `subsets` have `false_alarms` by model; `categories`, or everything, have
        `left_out`, how many points of each do not count. Rates have Wilson's interval, or of boxes one from drawing
        images again, the difference Newcombe's for pairs, p is McNemar's exact one, q Benjamini-Hochberg adjusted
        within its list; None where it cannot be said.

    Raises:
        SourceError: a model or the column is unknown, both are the same, there is nothing to judge them by, or no
            training split is known that is to be left out.
    """
    view = View(workspace)
    _refuse(view, before, after)
    at = best_thresholds(view)
    clean = known_leaks(analyzed(view, group_by=group_by)) if leave_out_leaking else None
    of_categories = None if count_leaking else clean or learnt(view, group_by)
    found = compared(view, before, after, at, workspace.subsets(), of_categories, everywhere=leave_out_leaking)
    drifts = batch_drifts(view)
    return {
        **_told(found),
        **_whole(view, found, clean),
        "versions": _lines(view, at, workspace.subsets(), clean),
        "drift": [row for one in drifts for row in one.rows],
        "drift_sentences": [sentence(one, view.images, surely=one.is_sure) for one in drifts],
    }


def learnt(view: View, group_by: str | None = None) -> Hygiene | None:
    """What the models of a build may have learnt from; None without categories, in which it would not count.

    Raises:
        SourceError: there is no column to group by as asked.
    """
    of = analyzed(view, group_by=group_by)
    return hygiene(of) if view.workspace.categories.in_use() else None


def batch_drifts(view: View) -> list[Drifted]:
    """Whether the images of each batch differ from those of the build; without those of too few images to say."""
    names = [str(batch["name"]) for batch in view.workspace.manifest.batches]
    return [one for name in names if (one := batch_drift(view.images, name))]


def _refuse(view: View, *models: str) -> None:
    for model in models:
        if model not in view.models:
            raise SourceError(f"Expected one of the models {', '.join(view.models) or '(none)'}, found {model!r}.")
    if len(set(models)) < len(models):
        raise SourceError(f"Expected two different models, found {models[0]!r} twice.")
    if not view.labelled:
        raise SourceError("This workspace has no labels to judge models by: build it with labels first.")


def best_thresholds(view: View) -> dict[str, Thresholds]:
    """From where on the boxes of each model count: its best F1, where the app opens."""
    return {model: opening(view, model) for model in view.models}


def compared(
    view: View,
    before: str,
    after: str,
    at: At,
    subsets: Sequence[Subset],
    clean: Hygiene | None,
    *,
    everywhere: bool = False,
) -> Compared:
    """What changed from one version to another.

    Args:
        view: the opened build, with labels.
        before: the first model.
        after: the second.
        at: which boxes count, by model.
        subsets: as they were decided.
        clean: what the models may have learnt from, which does not count in categories; None where all does.
        everywhere: it counts nowhere.
    """
    points = view.labels(at[before])
    kept = clean if everywhere else None
    first, second = (_judged(view, model, at, kept) for model in (before, after))
    chosen = chosen_subsets(view, points, subsets)
    put = put_by_reviewers(view.workspace.decisions)
    together = [*chosen, *chosen_subsets(view, points, put)], [*subsets, *put]
    categories = chosen_categories(*together, view.workspace.categories.in_use())
    if clean:
        categories = [counting(one, points, clean) for one in categories]
    if kept:
        chosen = [counting(one, points, kept) for one in chosen]
    empty = [one for one in [*categories, *chosen] if one.left_out and not len(one.part.rows)]
    everything = Part(EVERYTHING, "", np.arange(len(points)))
    columns = points.dividing(None, view.models)
    every = [*parts_of(points.table, columns), *parts_of_map(view.regions(points.name))]
    divided = [part for part in every if len(part.rows) < len(points)]
    overall = versus([everything], first, second)
    if not overall:
        raise SourceError(
            f"Expected something that both {before} and {after} predict and that has a label, found none"
            f"{', as what they may have learnt from is left out' if kept else ''}."
        )
    return Compared(
        before,
        after,
        at,
        points,
        (int((first.total > 0).sum()), int((second.total > 0).sum())),
        overall[0],
        versus([one.part for one in categories], first, second),
        {one.part[:2]: one.left_out for one in [*categories, *(chosen if kept else ())]}
        | _leaking([everything, *divided], points, kept),
        versus([one.part for one in chosen], first, second),
        surest_first(versus(divided, first, second)),
        _false_alarms(view, (before, after), at, [*categories, *chosen], kept) if view.has_boxes else {},
        [*(f"{one.part.value}: {one.problem}" for one in chosen if one.problem), *map(_nothing_counts, empty)],
    )


def _judged(view: View, model: str, at: At, clean: Hygiene | None) -> Judged:
    """What a model got right, of all points or of those that it cannot have learnt from."""
    points = view.labels(at[model])
    judged = points.judged(model)
    return only(judged, clean.counting(points.space.sample_rows)) if clean else judged


def _leaking(parts: Sequence[Part], points: Points, clean: Hygiene | None) -> dict[tuple[str, str], int]:
    """How many points of each part do not count; nothing where all do."""
    if clean is None:
        return {}
    leaks = ~clean.counting(points.space.sample_rows)
    return {one[:2]: int(leaks[one.rows].sum()) for one in parts}


def _nothing_counts(category: Chosen) -> str:
    return f"{category.part.value}: nothing of it counts. {left_out_words(category.left_out)}"


def change_on(view: View, before: str, after: str, at: At, subset: Subset) -> Versus | None:
    """How two models do on one subset; None where nothing on it was judged by both."""
    points = view.labels(at[before])
    first, second = points.judged(before), view.labels(at[after]).judged(after)
    return next(iter(versus([one.part for one in chosen_subsets(view, points, [subset])], first, second)), None)


def _false_alarms(
    view: View, models: tuple[str, str], at: At, chosen: Sequence[Chosen], clean: Hygiene | None
) -> dict[tuple[str, str], tuple[int, int]]:
    counts = clean.counting(np.arange(len(view.images))) if clean else 1
    first, second = (_of_nothing(view, model, at[model]) * counts for model in models)
    found = {(EVERYTHING, ""): (int(first.sum()), int(second.sum()))}
    for one in chosen:
        if one.images is not None:
            found[one.part[:2]] = int(first[one.images].sum()), int(second[one.images].sum())
    return found


def _of_nothing(view: View, model: str, at: Thresholds) -> Int64:
    """How many detections on each image are of nothing, int64 (n,)."""
    return view.points(IMAGES, at).table.frame[f"{model}.fp"].fillna(0).to_numpy(np.int64)


def lines(view: View, at: At, subsets: Sequence[Subset], clean: Hygiene | None = None) -> list[Line]:
    """How all there is, and each subset, went over every version of the workspace, without what `clean` leaves out."""
    points = view.labels()
    parts = [one.part for one in chosen_subsets(view, points, subsets)]
    everything = Part(EVERYTHING, "", np.arange(len(points)))
    found: dict[str, Line] = {}
    for model in view.models:
        for one in rates([everything, *parts], _judged(view, model, at, clean)):
            line = found.get(one.part.value, Line(one.part.value, {}, too_few=False))
            shares = {**line.shares, model: one.share}
            found[one.part.value] = Line(line.subset, shares, line.too_few or one.too_few)
    return list(found.values())


def confusion_difference(view: View, before: str, after: str, clean: Hygiene | None = None) -> pd.DataFrame:
    """How many more the second model has in each cell of its confusion matrix, of images that both were judged on.

    Returns:
        int64 (k, k), index labels, columns predictions, classes sorted.
    """
    frame = view.workspace.samples.loc[_counting(view, clean)]
    both = frame[["label", f"{before}.prediction", f"{after}.prediction"]].dropna()
    matrices = [evaluate_classification(both["label"].tolist(), both[column].tolist()) for column in both.columns[1:]]
    classes = sorted({name for one in matrices for name in one.classes})
    first, second = (
        pd.DataFrame(one.confusion, list(one.classes), list(one.classes)).reindex(
            index=classes, columns=classes, fill_value=0
        )
        for one in matrices
    )
    return second - first


def _counting(view: View, clean: Hygiene | None) -> Bool:
    """The images that count, bool (n,)."""
    every = np.arange(len(view.images))
    return clean.counting(every) if clean else np.ones(len(every), np.bool_)


def _errors(view: View, model: str, at: Thresholds, clean: Hygiene | None) -> Mapping[str, int]:
    """How many errors of each of TIDE's types a model makes on the images that count."""
    if clean is None:
        return evaluated(view.workspace, model, at).errors
    kept = view.workspace.index[_counting(view, clean)]
    ids, *tables = judged_objects(view.workspace, model)
    truth, made = (table[table["sample"].isin(kept)] for table in tables)
    return outcomes(ids[ids.isin(kept)], truth, made, iou=at.iou, confidence=at.confidence).errors


def _whole(view: View, found: Compared, clean: Hygiene | None) -> dict[str, Any]:
    """What is said of classes or boxes alone."""
    models = (found.before, found.after)
    if view.has_boxes:
        done = {model: _errors(view, model, found.thresholds[model], clean) for model in models}
        kinds = done[found.before]
        return {
            "thresholds": {model: found.thresholds[model]._asdict() for model in models},
            "confusion": None,
            "errors": {kind: {model: done[model][kind] for model in models} for kind in kinds},
        }
    more = confusion_difference(view, *models, clean)
    return {
        "thresholds": None,
        "confusion": {"classes": list(more.columns), "rows": more.to_numpy().tolist()},
        "errors": None,
    }


def _told(found: Compared) -> dict[str, Any]:
    boxes = found.points.space.are_boxes
    return {
        "before": found.before,
        "after": found.after,
        "of": "objects" if boxes else "images",
        "metric": "found" if boxes else "accuracy",
        "judged": {found.before: found.judged[0], found.after: found.judged[1]},
        "overall": _row(found.overall, found),
        "categories": [_row(one, found) for one in found.categories],
        "subsets": [_row(one, found) for one in found.subsets],
        "segments": [_row(one, found) for one in found.segments],
        "not_evaluated": found.problems,
    }


def _row(one: Versus, found: Compared) -> dict[str, Any]:
    alarms = found.false_alarms.get(one.part[:2])
    region = one.part.region
    named = {"name": region.name, "title": region.title} if region else {}
    return {
        "column": one.part.column,
        "value": one.part.value,
        **named,
        "n": one.before.n,
        "images": one.images,
        "too_few": one.too_few,
        "before": _ends(one.before),
        "after": _ends(one.after),
        "difference": one.difference._asdict(),
        "fixed": len(one.fixed),
        "regressed": len(one.regressed),
        "p": one.p,
        "q": one.q,
        **({"false_alarms": dict(zip((found.before, found.after), alarms, strict=True))} if alarms else {}),
        **({"left_out": found.left_out[one.part[:2]]} if one.part[:2] in found.left_out else {}),
    }


def _ends(share: Share) -> dict[str, float]:
    return {"rate": share.value, "low": share.low, "high": share.high}


def _lines(view: View, at: At, subsets: Sequence[Subset], clean: Hygiene | None) -> list[dict[str, Any]]:
    return [
        {
            "subset": line.subset or None,
            "too_few": line.too_few,
            "models": [{"model": model, "n": one.n, **_ends(one)} for model, one in line.shares.items()],
        }
        for line in lines(view, at, subsets, clean)
    ]
