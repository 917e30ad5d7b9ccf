"""The confidence threshold at which a detector's F1 is best: where it trades misses for false alarms most evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.evaluation.thresholds import boxes_made

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def best_f1_confidence(
    samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame, *, iou: float = 0.5
) -> float:
    """The confidence from which on detections count, so that F1 over all classes together is best.

    Args:
        samples: ids of the samples to look at.
        ground_truth: the objects on them; see `explorer.evaluation.scenes.scenes`.
        predictions: the model's detections on them; those without a confidence have no part in it.
        iou: an object counts as found from this IoU on.

    Returns:
        The threshold with the fewest decimals, two or more, that keeps just those detections; 0 where all are kept, or
        where nothing can be found. Of equally good ones the lowest.
    """
    made = boxes_made(samples, ground_truth, predictions[predictions["confidence"].notna()], iou=iou)
    found = made.sweep()
    return found.threshold(found.best_f1()) if made.right.any() else 0.0
