"""Signals of what a model said: how sure it was, and how far from the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.signals.registry import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explorer.data.records import Float32
    from explorer.signals.registry import Direction, SignalInputs

    Float64 = NDArray[np.float64]

_LEAST = 1e-12
"""A probability below counts as this one, so that the loss of a sure mistake is a number."""


def margin(probabilities: Float64) -> Float64:
    """The first probability less the second, float64 (n,): low where the model wavers between two classes.

    Args:
        probabilities: float64 (n, K), two classes or more.
    """
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0], np.float64)


def entropy(probabilities: Float64) -> Float64:
    """Of the classes, nats, float64 (n,): high where the model wavers between many."""
    logs = np.log(probabilities, where=probabilities > 0, out=np.zeros_like(probabilities))
    unknown = np.where(np.isnan(probabilities).any(axis=1), np.nan, 0.0)
    return np.asarray(-(np.nan_to_num(probabilities) * logs).sum(axis=1) + unknown, np.float64)


def loss(probabilities: pd.DataFrame, labels: pd.Series) -> Float64:
    """Cross-entropy with the label, nats, float64 (n,); NaN where there is no label or it is no class of the model."""
    column = probabilities.columns.get_indexer(pd.Index(labels))
    given = probabilities.to_numpy(np.float64)[np.arange(len(labels)), np.maximum(column, 0)]
    return np.where(column >= 0, -np.log(np.maximum(given, _LEAST)), np.nan)


def _of_probabilities(build: SignalInputs) -> pd.DataFrame | None:
    """A row per sample, NaN where the model gave none; None where it gave none at all, or of one class."""
    given = build.answers.probabilities if build.answers else None
    return None if given is None or given.shape[1] < 2 else given.reindex(build.samples.index)  # noqa: PLR2004


def _spread(compute: Callable[[Float64], Float64]) -> Callable[[SignalInputs], Float32 | None]:
    def computed(build: SignalInputs) -> Float32 | None:
        given = _of_probabilities(build)
        return None if given is None else compute(given.to_numpy(np.float64)).astype(np.float32)

    return computed


def _loss(build: SignalInputs) -> Float32 | None:
    given = _of_probabilities(build)
    return None if given is None or build.labels is None else loss(given, build.labels).astype(np.float32)


def _mean_confidence(build: SignalInputs) -> Float32 | None:
    """Of what a model detected on each image; images have a confidence themselves where they have one label."""
    if build.objects is None or build.answers is None:
        return None
    mean = build.answers.table.groupby("sample")["confidence"].mean()
    return mean.reindex(build.samples.index).to_numpy(np.float32)


def _signal(
    name: str, title: str, unit: str, direction: Direction, compute: Callable[[SignalInputs], Float32 | None]
) -> Signal:
    return Signal(
        name=name,
        title=title,
        of="model",
        direction=direction,
        unit=unit,
        version=1,
        of_labels=compute is _loss,
        compute=compute,
    )


SIGNALS = (
    _signal("margin", "Margin", "probability", "low is suspicious", _spread(margin)),
    _signal("entropy", "Entropy", "nats", "high is suspicious", _spread(entropy)),
    _signal("loss", "Loss", "nats", "high is suspicious", _loss),
    _signal("mean_confidence", "Mean confidence", "confidence", "low is suspicious", _mean_confidence),
)
