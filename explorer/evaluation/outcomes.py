"""What became of every detection and every object, as tables to colour, filter and count by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from explorer.evaluation.scenes import scenes
from explorer.evaluation.tide import BACKGROUND_IOU, ERRORS, Overlaps, tide_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.data.records import Int64
    from explorer.evaluation.scenes import Scenes

OUTCOMES = ("tp", "fp", "fn", "ignored")
"""Found or right, a false alarm, not found, and what counts as none of these."""

_T = TypeVar("_T", np.int64, np.float64)


def _or_none(names: Sequence[str] | pd.Index) -> NDArray[np.object_]:
    """Names, and behind them None, where -1 points."""
    return np.append(np.asarray(names, object), [None])


_OUTCOMES, _ERRORS = _or_none(OUTCOMES), _or_none(ERRORS)


@dataclass(frozen=True)
class Outcomes:
    """Per object, at one IoU and one confidence threshold.

    Attributes:
        detections: index object id, one row per detection; all columns but `iou` are text, None where not
            applicable; everything is None (`iou` NaN) where the confidence is below the threshold. `outcome`: tp, fp
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
        tables = (self.detections, self.detections, self.ground_truth)
        return {name: int((table["outcome"] == name).sum()) for name, table in zip(OUTCOMES, tables, strict=False)}


@dataclass(frozen=True)
class Prepared:
    """What becomes of detections at one confidence threshold, before it is said what counts as found.

    Attributes:
        made: ids of all detections.
        rows: int64, those at or above the threshold.
        objects: ids of the objects.
        scenes: these as arrays.
        overlaps: which of them overlap.
    """

    made: pd.Index
    rows: Int64
    objects: pd.Index
    scenes: Scenes
    overlaps: Overlaps

    @cached_property
    def made_or_none(self) -> NDArray[np.object_]:
        """The ids of all detections, and behind them None."""
        return _or_none(self.made)

    @cached_property
    def objects_or_none(self) -> NDArray[np.object_]:
        """The same of the objects."""
        return _or_none(self.objects)


def prepared(
    samples: Sequence[str] | pd.Index, ground_truth: pd.DataFrame, predictions: pd.DataFrame, confidence: float = 0.0
) -> Prepared:
    """Prepare detections for `outcomes_at`; see `outcomes`."""
    rows = np.flatnonzero(~(predictions["confidence"].to_numpy(np.float64) < confidence))
    arrays = scenes(samples, ground_truth, predictions.iloc[rows])
    return Prepared(predictions.index, rows, ground_truth.index, arrays, Overlaps.of(arrays))


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
        ground_truth: the objects on them; see `explorer.evaluation.scenes.scenes`.
        predictions: the model's detections on them.
        iou: an object counts as found from this IoU on.
        confidence: detections below are left out.
        background: a detection shows background up to this IoU.
    """
    return outcomes_at(prepared(samples, ground_truth, predictions, confidence), iou, background)


def outcomes_at(prepared: Prepared, iou: float, background: float = BACKGROUND_IOU) -> Outcomes:
    """The outcomes of prepared detections, where an object counts as found from this IoU on; see `outcomes`."""
    arrays, rows, made, objects = prepared.scenes, prepared.rows, prepared.made, prepared.objects
    errors = tide_errors(arrays, iou, background, prepared.overlaps)
    right, wrong = errors.matched >= 0, (errors.matched < 0) & ~errors.ignored
    object_ids = prepared.objects_or_none
    detections = pd.DataFrame(
        {
            "outcome": _named(_OUTCOMES, _spread(np.select([right, wrong], [0, 1], 3), rows, made, -1), made),
            "error": _named(_ERRORS, _spread(np.where(wrong, errors.error, -1), rows, made, -1), made),
            "iou": _spread(errors.iou, rows, made, np.nan),
            "matched": _named(object_ids, _spread(errors.matched, rows, made, -1), made),
            "nearest": _named(object_ids, _spread(errors.nearest, rows, made, -1), made),
        }
    )
    finder = _spread(rows[right], errors.matched[right], objects, -1)
    there = pd.DataFrame(
        {
            "outcome": _named(_OUTCOMES, np.select([finder >= 0, arrays.ignore], [0, 3], 2), objects),
            "error": _named(_ERRORS, errors.missed, objects),
            "iou": _spread(errors.iou[right], errors.matched[right], objects, np.nan),
            "matched": _named(prepared.made_or_none, finder, objects),
            "confidence": _spread(arrays.confidence[right], errors.matched[right], objects, np.nan),
        }
    )
    return Outcomes(detections, there, errors.counts())


def _spread(values: NDArray[_T], rows: Int64, index: pd.Index, missing: float) -> NDArray[_T]:
    """Values at their rows, and what stands for missing at all others."""
    spread = np.full(len(index), missing, values.dtype)
    spread[rows] = values
    return spread


def _named(names: NDArray[np.object_], places: Int64, index: pd.Index) -> pd.Series:
    return pd.Series(names[places], index, object)
