"""Outliers: points far from everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Bool, Float32

_WIDTHS = 1.7


class Outliers(NamedTuple):
    """How far each point is from its neighbours.

    Attributes:
        score: float64 (n,), 0..1, higher is farther: one less exp(-distance / median); NaN where unknown.
        flagged: bool (n,), whether the distance is above the third quartile by 1.7 times the range between them.
    """

    score: NDArray[np.float64]
    flagged: Bool


def outliers(distance: Float32) -> Outliers:
    """Score and flag points by their mean distance to their neighbours, float32 (n,), NaN where unknown."""
    known = distance[np.isfinite(distance)]
    if not len(known):
        return Outliers(np.full(len(distance), np.nan), np.zeros(len(distance), np.bool_))
    low, median, high = np.quantile(known.astype(np.float64), [0.25, 0.5, 0.75])
    score = -np.expm1(-distance.astype(np.float64) / max(float(median), 1e-12))
    with np.errstate(invalid="ignore"):
        flagged = distance > high + _WIDTHS * (high - low)
    return Outliers(score, np.asarray(flagged, np.bool_))
