"""Copies as a finding: images that are there several times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.analyzed import NO_GAIN, Kind
from explorer.actions.pixels import contents_of
from explorer.analysis.duplicates import Copies, copies, near_threshold
from explorer.data.counts import counted
from explorer.data.findings import Finding
from explorer.data.ids import printed_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.points.points import Points

DUPLICATES = "duplicates"


def copies_of(of: Analyzed, threshold: float | None = None) -> list[Copies]:
    """The copies among images, conflicts first, then those across splits, then the largest groups.

    Args:
        of: what is analysed.
        threshold: cosine similarity from which on two are copies; that of the analysis unless given.
    """
    least = threshold_of(of) if threshold is None else threshold
    return of.once(f"{DUPLICATES} {least}", lambda: _copies_of(of, least))


def threshold_of(of: Analyzed) -> float:
    """From which cosine similarity on two images are copies."""
    asked = of.duplicate_threshold
    return near_threshold(of.images.space.neighbors) if asked is None else asked


def _copies_of(of: Analyzed, least: float) -> list[Copies]:
    points = of.images
    contents = of.once("contents of images", lambda: contents_of(of))
    found = copies(points.space.neighbors, points.space.vectors, contents, least)
    return sorted(found, key=lambda one: (not conflicts(points, one), len(splits(points, one)) < 2))  # noqa: PLR2004 - one alone is no leak


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


def _copied(of: Analyzed) -> Finding | None:
    points = of.images
    if not (groups := copies_of(of)):
        return None
    counts = counts_of(points, groups)
    words = {"conflicts": "with different labels", "across_splits": "across splits"}
    more = ", ".join(f"{count:,} {words[name]}" for name, count in counts.items() if count)
    several = counted(len(groups), "group")
    rows = np.concatenate([one.rows for one in groups])
    return Finding(
        DUPLICATES,
        "Copies",
        f"{points.space.counted(len(rows))} in {several} of copies{': ' * bool(more)}{more}.",
        tuple(points.space.ids_of(rows)),
        {"n": len(rows), "groups": len(groups), **counts, "threshold": threshold_of(of)},
        NO_GAIN * len(rows) / len(points) / 2,
    )


def counts_of(points: Points, groups: Sequence[Copies]) -> dict[str, int]:
    """How many groups are `conflicts`, and how many lie `across_splits`."""
    return {
        "conflicts": sum(conflicts(points, one) for one in groups),
        "across_splits": sum(len(splits(points, one)) > 1 for one in groups),
    }


def _rows(of: Analyzed) -> list[Row]:
    points = of.images
    return [
        {
            "ids": points.space.ids_of(one.rows),
            "kind": one.kind,
            "similarity": one.similarity,
            "conflict": conflicts(points, one),
            "splits": splits(points, one),
        }
        for one in copies_of(of)
    ]


def _found(of: Analyzed) -> list[Finding]:
    found = _copied(of)
    return [found] if found else []


def _line(row: Mapping[str, Any]) -> str:
    said = [f"{row['kind']} {row['similarity']:.4f}", *(["different labels"] * row["conflict"])]
    said += [f"splits {', '.join(row['splits'])}"] * (len(row["splits"]) > 1)
    return f"{', '.join(map(printed_id, row['ids']))}: {', '.join(said)}"


KIND = Kind(
    name=DUPLICATES,
    version=2,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="No image is a copy of another.",
    options=("encoder", "duplicate_threshold"),
    cost=5.0,
    quick=True,
)
