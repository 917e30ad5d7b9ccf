"""The figures of every model in a workspace: what `edgecase evaluate` prints and the Evaluate page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from explorer.data.spaces import Task
from explorer.data.thresholds import Thresholds
from explorer.errors import SourceError
from explorer.evaluation.best_f1 import best_f1_confidence
from explorer.evaluation.classification import calibration, evaluate_classification, top_k
from explorer.evaluation.detection import evaluate_detection
from explorer.points.cache import Cache
from explorer.points.image_table import evaluated, judged_objects

if TYPE_CHECKING:
    from explorer.data.verdicts import Protocol
    from explorer.evaluation.detection import DetectionMetrics
    from explorer.points.opened_build import View
    from explorer.store.workspace import Workspace


BEST_F1: Final = "best-f1"
"""In place of a confidence: the one at which a model's F1 is best."""


def evaluate(
    workspace: Workspace,
    model: str | None = None,
    *,
    iou: float = 0.5,
    confidence: float | Literal["best-f1"] = 0.0,
) -> dict[str, dict[str, Any]]:
    """Evaluate one model, or all.

    Args:
        workspace: with labels and predictions.
        model: name of one model; None for all.
        iou: in detection, an object counts as found from this IoU on.
        confidence: in detection, tp, fp and fn count detections from this confidence on, or from each
            model's best; COCO's figures count all.

    Returns:
        By model; in detection AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, tp, fp, fn, errors (by TIDE's type),
        iou, confidence; in classification n, accuracy, macro_f1, ece, top_3 and top_5 where there are probabilities,
        confusion (classes, and rows by label). None for what cannot be said.

    Raises:
        SourceError: the model is unknown, there is nothing to compare with, or the IoU is none.
    """
    if not 0 < iou <= 1:
        raise SourceError(f"Expected an IoU above 0 and up to 1, found {iou}.")
    known = workspace.manifest.predictions
    if model is not None and model not in known:
        raise SourceError(f"Expected one of the models {', '.join(known) or '(none)'}, found {model!r}.")
    if not known:
        raise SourceError(
            "This workspace has no predictions: add them with `edgecase build … --predictions NAME=FILE`."
        )
    return {
        name: _FIGURES[workspace.task](workspace, name, Thresholds(iou, confidence_of(workspace, name, confidence)))
        for name in ([model] if model else known)
    }


def confidence_of(workspace: Workspace, model: str, given: float | Literal["best-f1"]) -> float:
    """A confidence as it was given, or the model's best.

    Raises:
        SourceError: the best is asked for where there are no boxes.
    """
    if given != BEST_F1:
        return given
    if workspace.task is not Task.DETECTION:
        raise SourceError(
            f"Expected a number as confidence, found {BEST_F1}: only detections of boxes have a best one."
        )
    return best_confidence(workspace, model)


def best_confidence(workspace: Workspace, model: str) -> float:
    """From which confidence on a detector's F1 is best, over all classes at IoU 0.5; 0 without labels."""
    return best_f1_confidence(*judged_objects(workspace, model))


def opening(view: View, model: str | None) -> Thresholds:
    """From where on boxes count as long as nobody says otherwise: where the model's F1 is best, as the app opens."""
    if model is None or model not in view.models or not (view.has_boxes and view.judges):
        return Thresholds()
    best = _openings.get((view.key, model), lambda: best_confidence(view.workspace, model))
    return Thresholds(confidence=best)


_openings: Cache[float] = Cache()


def counting_in(view: View, protocol: Protocol) -> Thresholds:
    """From where on boxes count in a round of review: as its protocol says, else as the app opens with its model."""
    fixed, else_ = dict(protocol.thresholds), opening(view, view.workspace.model_now(protocol.model))
    return Thresholds(fixed.get("iou", else_.iou), fixed.get("confidence", else_.confidence))


def detection_metrics(workspace: Workspace, model: str) -> DetectionMetrics:
    """COCO's figures of one model."""
    return evaluate_detection(*judged_objects(workspace, model))


def _boxes(workspace: Workspace, model: str, at: Thresholds) -> dict[str, Any]:
    summary = detection_metrics(workspace, model).summary()
    done = evaluated(workspace, model, at)
    figures = {name: _number(value) for name, value in summary.items()}
    return {**figures, **done.counts, "errors": done.errors, **at._asdict()}


def _labels(workspace: Workspace, model: str, _: Thresholds) -> dict[str, Any]:
    frame = workspace.samples
    if "label" not in frame:
        raise SourceError("This workspace has no labels to compare with: add a label column, or --labels FILE.")
    metrics = evaluate_classification(frame["label"].tolist(), frame[f"{model}.prediction"].tolist())
    outcome = frame[f"{model}.outcome"]
    known = outcome.notna().to_numpy(np.bool_)
    sure = frame[f"{model}.confidence"].to_numpy(np.float64, na_value=np.nan)[known]
    ece = calibration(sure, (outcome == "correct").to_numpy(np.bool_)[known]).ece
    return {
        "n": metrics.n,
        "accuracy": _number(metrics.accuracy),
        "macro_f1": _number(metrics.macro_f1),
        "ece": _number(ece),
        **{f"top_{k}": _number(share) for k, share in _top_k(workspace, model).items()},
        "confusion": {"classes": list(metrics.classes), "rows": metrics.confusion.tolist()},
    }


_FIGURES = {Task.CLASSIFICATION: _labels, Task.DETECTION: _boxes}


def _top_k(workspace: Workspace, model: str) -> dict[int, float]:
    """Share of samples whose label is among the k most probable classes; empty without probabilities."""
    given = workspace.probabilities(model)
    if given is None:
        return {}
    labels = workspace.samples["label"].reindex(given.index).tolist()
    return top_k([label if isinstance(label, str) else None for label in labels], given, (3, 5))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
