"""Which subsets each point is in, as a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.columns import Categorical

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
