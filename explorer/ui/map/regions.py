"""The regions that the map names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.data.findings import Region
    from explorer.data.records import Int64
    from explorer.points.points import Points


def of(points: Points) -> tuple[Region, ...]:
    """The regions of a space, named or not."""
    return ()


def rows(points: Points, key: str, layout: str) -> Int64 | None:
    """The points of a region on a layout, ascending; None where it is another layout's, or gone."""
    if layout != points.space.layout_key:
        return None
    return next((region.rows for region in of(points) if region.key == key), None)
