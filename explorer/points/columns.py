"""What the columns of a point table are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.data.boxes import BOX
from explorer.data.outcomes import OUTCOMES
from explorer.data.records import BATCH, COCO_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLUMBING = frozenset({"filepath", "digest", COCO_ID})
PLUMBING_OF_IMAGES = PLUMBING | {"width", "height"}
PLUMBING_OF_BOXES = PLUMBING | {"sample", "truth", *BOX}
"""Columns that are no facts to colour by; of images, any other name may be metadata, `sample` and `x` too."""

COPY, MATCH, SIMILARITY = "copy_of", "matching_subset", "match_similarity"
"""Columns of added points: the image with the same bytes, the edge case they match, and how like it they are."""

RIGHT = frozenset({"correct", "tp"})
"""Values of an outcome that mean the model was right."""

COUNTED = ("tp", "fp", "fn")
"""Columns of a model, `MODEL.tp`, that count how it did on an image with boxes."""

ARROW = " → "
"""What stands between two models in the name of the column that compares them."""


def screen_names(model: str | None) -> dict[str, str]:
    """What columns are called on screen when one model is looked at, the most useful first."""
    return {
        f"{model}.fn": OUTCOMES["fn"].several,
        f"{model}.outcome": "Error",
        f"{model}.error": "Error type",
        f"{model}.fp": OUTCOMES["fp"].several,
        f"{model}.tp": OUTCOMES["tp"].several,
        f"{model}.confidence": "Confidence",
        f"{model}.iou": "IoU",
        "label": "Label",
        f"{model}.prediction": "Prediction",
        "split": "Split",
        "boxes": "Labelled boxes",
        BATCH: "Batch",
        MATCH: "Matching edge case",
        SIMILARITY: "Similarity to the match",
    }


def former_names(columns: Iterable[str], renamed: Mapping[str, str]) -> dict[str, str]:
    """The names that columns had when their models had others, and the name of each now.

    Args:
        columns: those of a table of points.
        renamed: names that models had, and the name of each now.
    """
    had: dict[str, list[str]] = {}
    for old, now in renamed.items():
        had.setdefault(now, [now]).append(old)

    def spellings(column: str) -> list[str]:
        if ARROW in column:
            before, after = column.split(ARROW, 1)
            return [f"{one}{ARROW}{other}" for one in had.get(before, [before]) for other in had.get(after, [after])]
        model, dot, role = column.rpartition(".")
        return [f"{one}{dot}{role}" for one in had.get(model, [])]

    return {spelling: column for column in columns for spelling in spellings(column) if spelling != column}
