"""Copies as a finding: images that are there several times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.analyzed import NO_GAIN, Kind
from explorer.analysis.duplicates import Copies, copies
from explorer.data.findings import Finding
from explorer.data.ids import printed_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.points.points import Points

DUPLICATES = "duplicates"


def copies_of(points: Points) -> list[Copies]:
    """The copies among images."""
    space = points.space
    return copies(space.neighbors, space.vectors, points.table.frame["digest"].tolist())


def conflicts(points: Points, copied: Copies) -> bool:
    """Whether copies have different labels."""
    if "label" not in points.table:
        return False
    return points.table.frame["label"].iloc[copied.rows].dropna().nunique() > 1


def splits(points: Points, copied: Copies) -> list[str]:
    """The splits that copies are in."""
    if "split" not in points.table:
        return []
    return sorted(points.table.frame["split"].iloc[copied.rows].dropna().astype(str).unique())


def copied(points: Points) -> Finding | None:
    """The copies among images; None where there are none."""
    if points.space.are_boxes or not (groups := copies_of(points)):
        return None
    conflicting = [conflicts(points, one) for one in groups]
    leaking = [len(splits(points, one)) > 1 for one in groups]
    first = sorted(range(len(groups)), key=lambda i: (not conflicting[i], not leaking[i]))
    rows = np.concatenate([groups[i].rows for i in first])
    counts = {"conflicts": sum(conflicting), "across_splits": sum(leaking)}
    words = {"conflicts": "with different labels", "across_splits": "across splits"}
    more = ", ".join(f"{count:,} {words[name]}" for name, count in counts.items() if count)
    several = "1 group" if len(groups) == 1 else f"{len(groups):,} groups"
    return Finding(
        DUPLICATES,
        "Copies",
        f"{points.space.counted(len(rows))} in {several} of copies{': ' * bool(more)}{more}.",
        tuple(points.space.ids_of(rows)),
        {"n": len(rows), "groups": len(groups), **counts},
        NO_GAIN * len(rows) / len(points) / 2,
    )


def _rows(of: Analyzed) -> list[Row]:
    points = of.view.images
    rows = [
        {
            "ids": points.space.ids_of(one.rows),
            "kind": one.kind,
            "similarity": one.similarity,
            "conflict": conflicts(points, one),
            "splits": splits(points, one),
        }
        for one in copies_of(points)
    ]
    return sorted(rows, key=lambda row: not row["conflict"])


def _found(of: Analyzed) -> list[Finding]:
    found = copied(of.view.images)
    return [found] if found else []


def _line(row: Mapping[str, Any]) -> str:
    said = [f"{row['kind']} {row['similarity']:.4f}", *(["different labels"] * row["conflict"])]
    said += [f"splits {', '.join(row['splits'])}"] * (len(row["splits"]) > 1)
    return f"{', '.join(map(printed_id, row['ids']))}: {', '.join(said)}"


KIND = Kind(
    name=DUPLICATES,
    version=1,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="No image is a copy of another.",
    options=(),
    cost=5.0,
    quick=True,
)
