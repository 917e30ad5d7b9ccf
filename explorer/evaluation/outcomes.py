"""What became of every detection and every object, as tables to colour, filter and count by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.evaluation.matching import scenes
from explorer.evaluation.tide import BACKGROUND_IOU, ERRORS, tide_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.records import Int64

FOUND, WRONG, NOT_FOUND, IGNORED = "tp", "fp", "fn", "ignored"


@dataclass(frozen=True)
class Outcomes:
    """Per object, at one IoU and one confidence threshold.

    Attributes:
        detections: index object id, one row per detection; all columns but `iou` are text, None where unknown or
            not applicable, and None (NaN) throughout where the confidence is below the threshold. `outcome`: tp, fp
            or ignored (on a crowd or an ignored object). `error`: for fp, one of
            `explorer.evaluation.tide.ERRORS` but missed. `matched`: for tp, the id of the object found. `nearest`:
            the id of the object that was found, or that the error is about, or that is overlapped most. `iou`:
            float64, with that object, 0 where there is none.
        ground_truth: index object id, one row per object. `outcome`: tp (found), fn or ignored. `error`: for fn,
            missed, or else the error of the surest detection that points at it. `matched`: for tp, the id of the
            detection that found it. `iou`, `confidence`: float64, of that detection, NaN where there is none.
        errors: number of errors of each type, as TIDE's package counts them (those of ignored detections among
            them).
    """

    detections: pd.DataFrame
    ground_truth: pd.DataFrame
    errors: dict[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """Number of tp, fp and fn."""
        columns = {FOUND: self.detections, WRONG: self.detections, NOT_FOUND: self.ground_truth}
        return {name: int((table["outcome"] == name).sum()) for name, table in columns.items()}


def outcomes(
    samples: Sequence[str] | pd.Index,
    ground_truth: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    iou: float = 0.5,
    confidence: float = 0.0,
    background: float = BACKGROUND_IOU,
) -> Outcomes:
    """Say of each detection whether it is right, else why not, and of each object whether it was found.

    All detections at or above the threshold are matched, without COCO's limit of 100 per image and class; a detection
    without a confidence is always among them.

    Args:
        samples: ids of the samples to look at.
        ground_truth: the objects on them; see `explorer.evaluation.matching.scenes`.
        predictions: the model's detections on them.
        iou: an object counts as found from this IoU on.
        confidence: detections below are left out.
        background: a detection shows background up to this IoU.
    """
    kept = predictions[~(predictions["confidence"] < confidence)]
    arrays = scenes(samples, ground_truth, kept)
    errors = tide_errors(arrays, iou, background)
    right = errors.matched >= 0
    outcome = np.select([right, errors.ignored], [FOUND, IGNORED], WRONG).astype(object)
    detections = pd.DataFrame(
        {
            "outcome": outcome,
            "error": _pick(ERRORS, np.where(outcome == WRONG, errors.error, -1)),
            "iou": errors.iou,
            "matched": _pick(ground_truth.index, errors.matched),
            "nearest": _pick(ground_truth.index, errors.nearest),
        },
        kept.index,
    )
    by = np.full(len(ground_truth), -1)
    by[errors.matched[right]] = np.flatnonzero(right)
    missing = by < 0
    there = pd.DataFrame(
        {
            "outcome": np.select([~missing, arrays.ignore], [FOUND, IGNORED], NOT_FOUND).astype(object),
            "error": _pick(ERRORS, errors.missed),
            "iou": np.where(missing, np.nan, np.append(errors.iou, np.nan)[by]),
            "matched": _pick(kept.index, by),
            "confidence": np.where(missing, np.nan, np.append(arrays.confidence, np.nan)[by]),
        },
        ground_truth.index,
    )
    return Outcomes(detections.reindex(predictions.index), there, errors.counts())


def _pick(names: Sequence[str] | pd.Index, places: Int64) -> list[str | None]:
    """Names at places, None for -1."""
    known = [*names, None]
    return [known[place] for place in places]
