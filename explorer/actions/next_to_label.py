"""What to label next, each with its reason; what is tagged already is left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.actions.analyzed import NO_GAIN, Kind, NotComputed
from explorer.analysis.next_to_label import Pick, picks
from explorer.data.findings import Finding
from explorer.data.ids import printed_id
from explorer.data.spaces import predictions_of
from explorer.points.live_subsets import evaluate_rule, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.analysis.next_to_label import Why
    from explorer.data.records import Bool

NEXT = "next"

_UNKNOWN_CLASSES = 10
"""How many classes there may be where there are no labels."""

_WORDS: dict[Why, str] = {
    "typical": "typical of many like them",
    "covers": "like many that nothing chosen is near to",
    "far": "far from all others chosen",
    "unsure": "that a model is unsure of",
}


def _picked(of: Analyzed) -> list[Pick]:
    """The images to label: of a data set that is labelled in part those without, else all that are not tagged."""
    points = of.images
    if not points.space.neighbors.k:
        raise NotComputed("It takes at least two images to say which to label next.")
    labelled = _labelled(of)
    in_part = labelled.any() and not labelled.all()
    tagged = np.zeros(len(points), np.bool_)
    for subset in of.workspace.subsets():
        tagged[_images_of(of, evaluate_rule(subset, table_of(of.view)).subset.ids)] = True
    known = tagged | labelled if in_part else tagged
    if known.all():
        raise NotComputed("Every image is tagged or labelled already.")
    return picks(
        np.asarray(points.space.vectors),
        points.space.neighbors,
        ~known,
        known,
        _unsure(of),
        budget=of.budget,
        answers=int((known | labelled).sum()),
        classes=len(of.view.classes) or _UNKNOWN_CLASSES,
        seed=of.seed,
    )


def _labelled(of: Analyzed) -> Bool:
    points = of.images
    if of.view.has_boxes:
        rows = np.zeros(len(points), np.bool_)
        if of.view.labelled:
            rows[of.points.space.sample_rows] = True
        return rows
    frame = points.table.frame
    return frame["label"].notna().to_numpy(np.bool_) if "label" in frame else np.zeros(len(points), np.bool_)


def _images_of(of: Analyzed, ids: tuple[str, ...]) -> list[int]:
    """The images that these ids are, or that the boxes of these ids are on."""
    points = of.view.of_ids(ids)
    return [int(row) for row in points.space.sample_rows[points.space.rows(ids)]]


def _unsure(of: Analyzed) -> NDArray[np.float64] | None:
    """How unsure the model is of each image, 0..1: by its two likeliest classes, or how sure it says it is."""
    if of.model is None:
        return None
    points = of.images
    if of.view.has_boxes:
        return _unsure_of_boxes(of, of.model)
    given = of.workspace.probabilities(of.model)
    if given is not None and given.shape[1] > 1:
        likely = np.sort(given.reindex(list(points.space.ids)).to_numpy(np.float64), axis=1)
        return np.asarray(1 - (likely[:, -1] - likely[:, -2]), np.float64)
    column = f"{of.model}.confidence"
    return 1 - points.table.frame[column].to_numpy(np.float64, na_value=np.nan) if column in points.table else None


def _unsure_of_boxes(of: Analyzed, model: str) -> NDArray[np.float64]:
    """Of the detections on each image the one nearest to the confidence from which on they count: there it is 1."""
    found = of.view.points(predictions_of(model), of.points.at).table.frame
    confidence = found[f"{model}.confidence"].to_numpy(np.float64)
    unsure = np.full(len(of.images), np.nan)
    rows = of.workspace.samples.index.get_indexer(pd.Index(found["sample"].tolist()))
    np.fmax.at(unsure, rows, 1 - np.abs(confidence - of.points.at.confidence))
    return unsure


def _rows(of: Analyzed) -> list[Row]:
    ids = of.images.space.ids
    return [{"id": ids[one.row], "reason": _reason(of, one)} for one in of.once(NEXT, lambda: _picked(of))]


def _reason(of: Analyzed, one: Pick) -> str:
    match one.why:
        case "typical":
            return f"typical of {one.figure:,.0f} like it"
        case "covers":
            return f"covers {one.figure:,.0f} that nothing tagged or chosen is near to"
        case "far":
            return f"far from all that is chosen (similarity {one.figure:.2f})"
        case _:
            return f"{of.model} is unsure of it ({one.figure:.2f} of 1)"


def _found(of: Analyzed) -> list[Finding]:
    chosen = of.once(NEXT, lambda: _picked(of))
    if not chosen:
        return []
    ids = of.images.space.ids
    counts = Counter(one.why for one in chosen)
    told = ", ".join(f"{counts[why]:,} {words}" for why, words in _WORDS.items() if counts[why])
    many = of.images.space.counted(len(chosen))
    return [
        Finding(
            NEXT,
            "Next to label",
            f"{many} to label next: {told}.",
            tuple(ids[one.row] for one in chosen),
            {"n": len(chosen), **{str(why): count for why, count in counts.items()}},
            NO_GAIN * NO_GAIN * len(chosen) / len(ids),
        )
    ]


def _line(row: Mapping[str, str]) -> str:
    return f"{printed_id(row['id'])}: {row['reason']}"


KIND = Kind(
    name=NEXT,
    version=1,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="There is nothing to label.",
    options=("model", "seed", "encoder", "budget"),
    decisions=("subset",),
    cost=1.0,
    quick=True,
)
