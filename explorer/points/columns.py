"""What the columns of a point table are for."""

from __future__ import annotations

from explorer.data.boxes import BOX
from explorer.data.outcomes import OUTCOMES

PLUMBING = frozenset({"filepath", "digest"})
PLUMBING_OF_IMAGES = PLUMBING | {"width", "height"}
PLUMBING_OF_BOXES = PLUMBING | {"sample", "truth", *BOX}
"""Columns that are no facts to colour by; of images, any other name may be metadata, `sample` and `x` too."""

BATCH, ORIGINAL = "batch", "original"
"""The column that says with which batch an image came, and what it says of those of the build."""

COPY, MATCH, SIMILARITY = "copy_of", "matching_subset", "match_similarity"
"""Columns of added points: the image with the same bytes, the edge case they match, and how like it they are."""

RIGHT = frozenset({"correct", "tp"})
"""Values of an outcome that mean the model was right."""


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
