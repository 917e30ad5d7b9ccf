"""Which edge-case subset each point is in, as one more column to colour and filter the map by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.columns import Categorical
from explorer.ui import live, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.store.decisions.subsets import Subset
    from explorer.ui.points import Points

COLUMN = "edge-case subset"
SEVERAL, NONE = "several subsets", "no subset"


def refresh(points: Points) -> None:
    """Bring the column of these points up to date with what anybody decided."""
    now = state.decisions().state()
    if points.tagged_at != now.sequence:
        points.table.put(membership(points, [live.now(subset).subset for subset in now.subsets]))
        points.tagged_at = now.sequence
        state.view().forget_masks()


def colourings(points: Points) -> dict[str, str]:
    """What the map can be coloured and filtered by: column -> its name on screen."""
    names = points.colourings(state.model(), state.view().models)
    return names | {COLUMN: "Edge-case subset"} if state.decisions().state().subsets else names


def given_colours() -> Mapping[str, str]:
    """The colours that people gave subsets, by name, and grey for points in none."""
    given = {subset.name: subset.colour for subset in state.decisions().state().subsets if subset.colour}
    return {**given, NONE: "#b8c4d0"}


def membership(points: Points, subsets: Sequence[Subset]) -> Categorical:
    """Code the points by the subset they are in, the subsets in the order given."""
    names = [subset.name for subset in subsets]
    several, none = len(names), len(names) + 1
    codes = np.full(len(points), none, np.int32)
    for code, subset in enumerate(subsets):
        rows = np.array(points.rows(subset.ids), np.int64)
        codes[rows] = np.where(codes[rows] == none, code, several)
    used = np.unique(codes)
    position = np.full(none + 1, -1, np.int32)
    position[used] = np.arange(len(used))
    values = (*names, SEVERAL, NONE)
    return Categorical(COLUMN, position[codes], tuple(values[code] for code in used))
