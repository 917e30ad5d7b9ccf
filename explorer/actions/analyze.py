"""What the analyses of a workspace say, by kind: what `edgecase analyze` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.analyzed import Analyzed, NotComputed
from explorer.actions.evaluate import best_confidence
from explorer.actions.findings import (
    AGREEMENT,
    DUPLICATES,
    OUTLIERS,
    SEGMENTS,
    compared,
    conflicts,
    copies_of,
    first_look,
    odd,
    outliers_of,
    splits,
)
from explorer.analysis.segments import REGION
from explorer.data.keys import artefact_key
from explorer.data.thresholds import Thresholds
from explorer.errors import SourceError
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.analysis.segments import Segment
    from explorer.data.findings import Finding
    from explorer.store.workspace import Workspace


def analyze(
    workspace: Workspace, kinds: Sequence[str] = (), model: str | None = None, *, seed: int = 42
) -> dict[str, Any]:
    """Run the analyses of a workspace.

    Args:
        workspace: what is analysed.
        kinds: which analyses, see `KINDS`; all where none is named.
        model: whose errors are looked at; the first model's where none is named.
        seed: of what is drawn at random.

    Returns:
        The kinds that were asked for, each a list: `segments` [{column, value, n, images, metric, rate, low, high,
        elsewhere, odds_ratio, p, q, too_few}]; `outliers` [{id, score, flagged}], the farthest first; `duplicates`
        [{ids, kind, similarity, conflict, splits}], conflicts first; `findings` [{kind, title, sentence, ids, figures,
        score, key}], best first. What cannot be computed is an empty list, with its reason under `not_computed`.

    Raises:
        SourceError: a kind or the model is unknown.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise SourceError(f"Expected kinds among {', '.join(KINDS)}, found {', '.join(unknown)}.")
    of = _analyzed(workspace, model, seed)
    said: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for kind in kinds or KINDS:
        try:
            said[kind] = KINDS[kind](of)
        except NotComputed as reason:
            said[kind], reasons[kind] = [], str(reason)
    return {**said, "not_computed": reasons}


def _analyzed(workspace: Workspace, model: str | None, seed: int) -> Analyzed:
    known = workspace.manifest.predictions
    if model is not None and model not in known:
        raise SourceError(f"Expected one of the models {', '.join(known) or '(none)'}, found {model!r}.")
    view, name = View(workspace), model or next(iter(known), None)
    at = Thresholds()
    if name and view.has_boxes and view.judges:
        at = at._replace(confidence=best_confidence(workspace, name))  # where the app opens
    return Analyzed(workspace, view, view.labels(at) if view.labelled else view.images, name, seed)


def _segments(of: Analyzed) -> list[dict[str, Any]]:
    by = compared(of.view, of.points, of.model)
    if by is None or by.metric is AGREEMENT:
        raise NotComputed("There is nothing to judge a model by: it takes labels and the predictions of a model.")
    return [{**_row(one), "metric": by.metric.name} for one in by.segments]


def _row(one: Segment) -> dict[str, Any]:
    named = {"name": one.part.region.name} if one.part.region else {}
    return {**one.figures, **named, "images": one.images, "too_few": one.too_few}


def _outliers(of: Analyzed) -> list[dict[str, Any]]:
    points = of.view.images
    if not points.space.neighbors.k:
        raise NotComputed("It takes at least two images to be far from each other.")
    found = outliers_of(points)
    order = np.argsort(-np.nan_to_num(found.score, nan=-1.0), kind="stable")
    return [
        {"id": points.space.ids[row], "score": float(found.score[row]), "flagged": bool(found.flagged[row])}
        for row in order
    ]


def _duplicates(of: Analyzed) -> list[dict[str, Any]]:
    points = of.view.images
    rows = [
        {
            "ids": points.space.ids_of(one.rows),
            "kind": one.kind,
            "similarity": one.similarity,
            "conflict": conflicts(points, one),
            "splits": splits(points, one),
        }
        for one in copies_of(points)
    ]
    return sorted(rows, key=lambda row: not row["conflict"])


def _findings(of: Analyzed) -> list[dict[str, Any]]:
    found = first_look(of.view, of.points, of.model).findings
    kinds = {one.kind for one in found}
    found += [one for one in odd(of.view.images) if one.kind not in kinds]
    return [{**vars(one), "key": _key(one)} for one in sorted(found, key=lambda one: -one.score)]


def _key(one: Finding) -> str:
    """What a finding is recognised by after another build: its definition, or what it is of."""
    defined = {name: one.figures[name] for name in ("column", "value", "metric") if name in one.figures}
    is_defined = defined and defined["column"] != REGION  # a region is called by its rank on one map
    return artefact_key(kind=one.kind, of=defined if is_defined else sorted(one.ids))


KINDS: dict[str, Callable[[Analyzed], list[dict[str, Any]]]] = {
    SEGMENTS: _segments,
    OUTLIERS: _outliers,
    DUPLICATES: _duplicates,
    "findings": _findings,
}
"""The analyses that there are, in the order in which they are printed."""
