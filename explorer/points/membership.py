"""Which points are in a subset, and which subsets each point is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.columns import Categorical
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.points.points import Points
    from explorer.store.decisions.subsets import Subset

SUBSET_COLUMN = "edge-case subset"
SEVERAL, NONE = "several subsets", "no subset"


def membership(points: Points, subsets: Sequence[Subset]) -> Categorical:
    """Code the points by the subset they are in, the subsets in the order given."""
    names = [subset.name for subset in subsets]
    several, none = len(names), len(names) + 1
    codes = np.full(len(points), none, np.int32)
    for code, subset in enumerate(subsets):
        rows = np.array(points.space.rows(subset.ids), np.int64)
        codes[rows] = np.where(codes[rows] == none, code, several)
    used = np.unique(codes)
    position = np.full(none + 1, -1, np.int32)
    position[used] = np.arange(len(used))
    values = (*names, SEVERAL, NONE)
    return Categorical(SUBSET_COLUMN, position[codes], tuple(values[code] for code in used))


def subsets_of_rows(points: Points, subsets: Sequence[Subset]) -> dict[int, list[str]]:
    """The names of the subsets that each row is in, in the order given, of rows that are in any."""
    found: dict[int, list[str]] = {}
    for subset in subsets:
        for row in points.space.rows(subset.ids):
            found.setdefault(row, []).append(subset.name)
    return found


def member_rows(points: Points, subset: Subset) -> list[int]:
    """The rows of a subset's members.

    Raises:
        SubsetError: none of them is among these points.
    """
    rows = points.space.rows(subset.ids)
    if not rows:
        raise SubsetError(f"“{subset.name}” has no members in this build. Add some first.")
    return rows
