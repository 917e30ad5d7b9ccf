"""The regions that the map names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from explorer.ui.session import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.data.findings import Region
    from explorer.data.records import Int64
    from explorer.points.points import Points


def of(points: Points) -> Callable[[], Sequence[Region]]:
    """What gives the regions of a space, named or not, also outside this session."""
    return partial(opened.view().regions, points.name)


def rows(points: Points, key: str, layout: str) -> Int64 | None:
    """The points of a region on a layout, ascending; None where it is another layout's, or gone."""
    if layout != points.space.layout_key:
        return None
    return next((region.rows for region in of(points)() if region.key == key), None)
