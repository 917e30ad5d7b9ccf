"""Signals of how a sample lies among its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.signals.registry import Signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Float32, Neighbors

NEIGHBORS = 10

DISAGREEMENT = "label_disagreement"
"""The column that asks for a look at labels, whatever a model says."""


def label_disagreement(graph: Neighbors, codes: NDArray[np.int32], k: int = NEIGHBORS) -> Float32:
    """Share of a point's k nearest labelled neighbours whose label differs: high suggests a wrong label.

    Args:
        graph: neighbours of the n points.
        codes: int32 (n,), the label of each point, -1 where it has none.
        k: how many neighbours are asked.

    Returns:
        float32 (n,) in 0..1, NaN where the point or all of its neighbours lack a label.
    """
    near = codes[graph.indices[:, :k]]
    labelled = near >= 0
    differing = (labelled & (near != codes[:, None])).sum(axis=1)
    asked = labelled.sum(axis=1)
    share = np.divide(differing, asked, out=np.full(len(codes), np.nan), where=asked > 0)
    return np.where(codes >= 0, share, np.nan).astype(np.float32)


def neighbor_distance(graph: Neighbors, k: int = NEIGHBORS) -> Float32:
    """Mean cosine distance to the k nearest neighbours: high means far from everything else, an outlier.

    Rare but valid kinds of images score high as well.

    Returns:
        float32 (n,), NaN where there are no neighbours.
    """
    if graph.k == 0:
        return np.full(len(graph.similarities), np.nan, np.float32)
    return np.asarray(1.0 - graph.similarities[:, :k].mean(axis=1), np.float32)


def uniqueness(graph: Neighbors) -> Float32:
    """Cosine distance to the nearest neighbour: low means that there is hardly anything new in an image.

    Returns:
        float32 (n,), NaN where there are no neighbours.
    """
    return neighbor_distance(graph, 1)


SIGNALS = (
    Signal(
        name=DISAGREEMENT,
        title="Neighbours disagree with the label",
        of="graph",
        direction="high is suspicious",
        unit="share of neighbours",
        version=1,
        of_labels=True,
        compute=lambda build: None if build.label_codes is None else label_disagreement(build.graph, build.label_codes),
    ),
    Signal(
        name="neighbor_distance",
        title="Distance to neighbours (outliers)",
        of="graph",
        direction="high is suspicious",
        unit="cosine distance",
        version=1,
        compute=lambda build: neighbor_distance(build.graph),
    ),
    Signal(
        name="uniqueness",
        title="Uniqueness (distance to the nearest)",
        of="graph",
        direction="low is suspicious",
        unit="cosine distance",
        version=1,
        compute=lambda build: uniqueness(build.graph),
    ),
    Signal(
        name="neighbors_kept",
        title="Neighbours kept on the map",
        of="graph",
        direction="low is suspicious",
        unit="share of neighbours",
        version=1,
        compute=lambda build: build.layout.neighbors_kept,
    ),
)
