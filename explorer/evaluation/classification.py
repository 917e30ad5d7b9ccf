"""How right a classifier is, class by class, and how far its confidence can be believed.

Accuracy, precision, recall, F1 and the confusion matrix are scikit-learn's; calibration is that of Guo et al. 2017,
"On Calibration of Modern Neural Networks".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64

CALIBRATION_BINS = 15
HISTOGRAM_BINS = 20
TOP = (1, 3, 5)


@dataclass(frozen=True)
class ClassificationMetrics:
    """Figures of one model on the n samples whose label and prediction are both known.

    Attributes:
        classes: the k classes that occur as a label or a prediction, sorted.
        confusion: int64 (k, k), rows are labels, columns predictions.
        accuracy: share of right predictions, NaN where n is 0.
        macro_f1: mean F1 over the classes, NaN where n is 0.
        per_class: index class; `precision` (NaN where never predicted), `recall` (NaN where there is none), `f1`,
            `support` (samples of the class), `predicted` (samples taken for it).
    """

    classes: tuple[str, ...]
    confusion: Int64
    accuracy: float
    macro_f1: float
    per_class: pd.DataFrame

    @property
    def n(self) -> int:
        """Samples that the figures rest on."""
        return int(self.confusion.sum())


def evaluate_classification(labels: Sequence[str | None], predicted: Sequence[str | None]) -> ClassificationMetrics:
    """Compare predictions with labels.

    Args:
        labels: (n,), None or NaN where unknown.
        predicted: (n,), in the same order.
    """
    pairs = pd.DataFrame({"label": list(labels), "predicted": list(predicted)}, dtype=object).dropna()
    classes = pd.Index(sorted({*pairs["label"], *pairs["predicted"]}), dtype=object)
    k = len(classes)
    cells = classes.get_indexer(pd.Index(pairs["label"])) * k + classes.get_indexer(pd.Index(pairs["predicted"]))
    confusion = np.bincount(cells, minlength=k * k).reshape(k, k)
    hits, support, made = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    per_class = pd.DataFrame(
        {
            "precision": _share(hits, made),
            "recall": _share(hits, support),
            "f1": _share(2 * hits, support + made),
            "support": support,
            "predicted": made,
        },
        pd.Index(classes, name="label"),
    )
    n = len(pairs)
    accuracy = float(hits.sum() / n) if n else float("nan")
    return ClassificationMetrics(tuple(classes), confusion, accuracy, float(per_class["f1"].mean()), per_class)


def _share(part: Int64, whole: Int64) -> Float64:
    share: Float64 = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share


def top_k(labels: Sequence[str | None], probabilities: pd.DataFrame, ks: Sequence[int] = TOP) -> dict[int, float]:
    """Share of samples whose label is among the k most probable classes.

    Args:
        labels: (n,), None or NaN where unknown, which are left out.
        probabilities: (n, classes), in the same order; a label that is no column is never among them.
        ks: which k; those not below the number of classes are left out, as they say nothing.
    """
    given = pd.Series(list(labels), dtype=object)
    known = given.notna().to_numpy()
    truth = pd.Index(probabilities.columns, dtype=object).get_indexer(pd.Index(given[known], dtype=object))
    ranked = np.argsort(probabilities.to_numpy()[known], axis=1, kind="stable")[:, ::-1]
    hit = ranked == truth[:, None]
    return {
        k: float(hit[:, :k].any(axis=1).mean()) if known.any() else float("nan")
        for k in ks
        if k < probabilities.shape[1]
    }


@dataclass(frozen=True)
class Calibration:
    """How often a model is right, against how sure it says it is.

    Attributes:
        ece: expected calibration error, the mean gap between confidence and accuracy over all samples; NaN where
            there are none.
        bins: one row per bin of confidence: `low` (excluded, save 0), `high` (included), `n`, mean `confidence` and
            `accuracy`, NaN where the bin is empty.
    """

    ece: float
    bins: pd.DataFrame


def calibration(confidence: Float64, right: Bool, *, bins: int = CALIBRATION_BINS) -> Calibration:
    """Measure calibration in bins of equal width.

    Args:
        confidence: float64 (n,) from 0 to 1, NaN where unknown, which are left out.
        right: bool (n,).
        bins: how many.
    """
    known = ~np.isnan(confidence)
    confidence, right = confidence[known], right[known]
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], confidence)
    n = np.bincount(place, minlength=bins)
    sure = _share(np.bincount(place, confidence, bins), n)
    true = _share(np.bincount(place, right, bins), n)
    gaps = np.abs(sure - true)[n > 0]
    ece = float(np.average(gaps, weights=n[n > 0])) if len(gaps) else float("nan")
    columns = {"low": edges[:-1], "high": edges[1:], "n": n, "confidence": sure, "accuracy": true}
    return Calibration(ece, pd.DataFrame(columns))


def confidence_histogram(confidence: Float64, right: Bool, *, bins: int = HISTOGRAM_BINS) -> pd.DataFrame:
    """Count right and wrong predictions by confidence.

    Returns:
        One row per bin of equal width: `low`, `high` (included in the last bin only), and the counts `right` and
        `wrong`. A NaN confidence is in none.
    """
    edges = np.linspace(0, 1, bins + 1)
    counts = {name: np.histogram(confidence[mask], edges)[0] for name, mask in (("right", right), ("wrong", ~right))}
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})
