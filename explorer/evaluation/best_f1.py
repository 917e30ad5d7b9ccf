"""The confidence threshold at which a detector's F1 is best: where it trades misses for false alarms most evenly."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

import numpy as np

from explorer.evaluation.matching import match
from explorer.evaluation.scenes import scenes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_DECIMALS = range(2, 17)


def best_f1_confidence(
    samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame, *, iou: float = 0.5
) -> float:
    """The confidence from which on detections count, so that F1 over all classes together is best.

    Detections choose their objects in order of confidence, so those above a threshold are matched alike whatever lies
    below it: one matching answers for all thresholds.

    Args:
        samples: ids of the samples to look at.
        ground_truth: the objects on them; see `explorer.evaluation.scenes.scenes`.
        predictions: the model's detections on them; those without a confidence have no part in it.
        iou: an object counts as found from this IoU on.

    Returns:
        The threshold with the fewest decimals, two or more, that keeps just those detections; 0 where all are kept, or
        where nothing can be found. Of equally good ones the lowest.
    """
    arrays = scenes(samples, ground_truth, predictions[predictions["confidence"].notna()])
    matches = match(arrays, (iou,))
    counts = ~matches.ignored[:, 0, 0]
    order = np.argsort(-arrays.confidence, kind="stable")
    order = order[counts[order]]
    sure, right = arrays.confidence[order], matches.truth[order, 0, 0] >= 0
    found, made = np.cumsum(right), np.arange(1, len(right) + 1)
    f1 = 2 * found / (made + int((~arrays.ignore).sum()))
    last = np.flatnonzero(np.append(sure[:-1] != sure[1:], True))  # equal confidences come all or none
    if not len(sure) or not found[-1]:
        return 0.0
    place = last[len(last) - 1 - np.argmax(f1[last][::-1])]
    return 0.0 if place == len(sure) - 1 else _rounded(sure[place + 1], sure[place])


def _rounded(above: float, upto: float) -> float:
    """The number above one and up to another that has the fewest decimals."""
    shorter = (round(floor(upto * 10**decimals) / 10**decimals, decimals) for decimals in _DECIMALS)
    return next((number for number in shorter if above < number <= upto), float(upto))
