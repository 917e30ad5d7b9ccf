"""Which edge-case subset each point is in, as one more column to colour and filter the map by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.points.membership import NONE, SUBSET_COLUMN, membership, subsets_of_rows
from explorer.ui.session import live_subsets, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.points.points import Points


def refresh(points: Points) -> None:
    """Bring the column of these points up to date with what anybody decided."""
    now = opened.decisions().state()
    if points.tagged_at != now.sequence:
        subsets = [live_subsets.now(subset).subset for subset in now.subsets]
        points.table.put(membership(points, subsets))
        points.subsets = subsets_of_rows(points, subsets)
        points.tagged_at = now.sequence
        opened.view().forget_masks()


def colourings(points: Points) -> dict[str, str]:
    """What the map can be coloured and filtered by: column -> its name on screen."""
    names = points.colourings(opened.model(), opened.view().models)
    return names | {SUBSET_COLUMN: "Edge-case subset"} if opened.decisions().state().subsets else names


def given_colours() -> Mapping[str, str]:
    """The colours that people gave subsets, by name, and grey for points in none."""
    given = {subset.name: subset.colour for subset in opened.decisions().state().subsets if subset.colour}
    return {**given, NONE: "#b8c4d0"}
