"""The signal of where new images lie among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.records import BATCH, ORIGINAL
from explorer.signals.neighborhood import NEIGHBORS
from explorer.signals.registry import Signal

if TYPE_CHECKING:
    from explorer.data.records import Bool, Float32, Neighbors
    from explorer.signals.registry import SignalInputs

NEW_NEIGHBORS = "new_neighbors"
"""The column that shows on the map where new images are dense."""

SPLIT, TRAIN = "split", "train"
"""The column that says which split an image is in, and the one that others are held against."""

_OLD = 0.75
"""Share of dates that are not among the newest: what drift calls the last period begins there."""


def share_of_new(graph: Neighbors, is_new: Bool, k: int = NEIGHBORS) -> Float32:
    """Share of each point's k nearest neighbours that are new.

    Args:
        graph: neighbours of the n points.
        is_new: bool (n,).
        k: how many neighbours are asked.

    Returns:
        float32 (n,) in 0..1, NaN where there are no neighbours.
    """
    if graph.k == 0:
        return np.full(len(is_new), np.nan, np.float32)
    return np.asarray(is_new[graph.indices[:, :k]].mean(axis=1), np.float32)


def _new_neighbors(build: SignalInputs) -> Float32 | None:
    """By what came with a batch, or is in another split than `train`, or is of the newest quarter of a date."""
    for column, first in ((BATCH, ORIGINAL), (SPLIT, TRAIN)):
        if column in build.samples and (build.samples[column] == first).any():
            is_new = (build.samples[column].notna() & (build.samples[column] != first)).to_numpy(bool)
            if is_new.any():
                return share_of_new(build.graph, is_new)
    of_dates = build.samples.select_dtypes(["datetime", "datetimetz"])
    for dates in map(of_dates.__getitem__, of_dates.columns):
        is_new = (dates > dates.quantile(_OLD, interpolation="lower")).to_numpy(bool)
        if is_new.any():
            return share_of_new(build.graph, is_new)
    return None


SIGNALS = (
    Signal(
        name=NEW_NEIGHBORS,
        title="Neighbours that are new (batch, date) or not of train (split)",
        of="graph",
        direction="neutral",
        unit="share of neighbours",
        version=1,
        compute=_new_neighbors,
    ),
)
