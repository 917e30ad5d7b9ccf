"""Outliers as a finding: the images that are far from everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.analyzed import NO_GAIN, Kind, NotComputed
from explorer.analysis.outliers import Outliers, outliers
from explorer.data.findings import Finding
from explorer.data.ids import printed_id
from explorer.signals.neighborhood import neighbor_distance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.points.points import Points

OUTLIERS = "outliers"


def outliers_of(points: Points) -> Outliers:
    """How far points are from their neighbours."""
    return outliers(neighbor_distance(points.space.neighbors))


def outlying(points: Points) -> Finding | None:
    """The outliers among points; None where there are none."""
    if not points.space.have_map:
        return None
    found = outliers_of(points)
    rows = np.flatnonzero(found.flagged)
    if not len(rows):
        return None
    rows = rows[np.argsort(-found.score[rows], kind="stable")]
    verb = "lies" if len(rows) == 1 else "lie"
    sentence = f"{points.space.counted(len(rows))} {verb} far from everything else: outliers, or rare but valid kinds."
    return Finding(
        OUTLIERS,
        "Outliers",
        sentence,
        tuple(points.space.ids_of(rows)),
        {"n": len(rows), "of": len(points)},
        NO_GAIN * len(rows) / len(points),
    )


def _rows(of: Analyzed) -> list[Row]:
    points = of.images
    if not points.space.neighbors.k:
        raise NotComputed("It takes at least two images to be far from each other.")
    found = outliers_of(points)
    order = np.argsort(-np.nan_to_num(found.score, nan=-1.0), kind="stable")
    return [
        {"id": points.space.ids[row], "score": float(found.score[row]), "flagged": bool(found.flagged[row])}
        for row in order
    ]


def _found(of: Analyzed) -> list[Finding]:
    found = outlying(of.images)
    return [found] if found else []


def _line(row: Mapping[str, Any]) -> str:
    return f"{printed_id(row['id'])}: {row['score']:.3f}{', flagged' * row['flagged']}"


KIND = Kind(
    name=OUTLIERS,
    version=1,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="There are no images.",
    options=("encoder",),
    quick=True,
)
