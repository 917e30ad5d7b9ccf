"""Regions as the map's script reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.data.findings import Region
    from explorer.data.records import Int64

_SAMPLED = 16
"""Points of a region by which it is told whether it lies in another one."""


def described(regions: Sequence[Region]) -> bytes:
    """The regions as JSON."""
    said = [_described(region, until) for region, until in zip(regions, last_levels(regions), strict=True)]
    return json.dumps(said, ensure_ascii=False, allow_nan=False).encode()


def _described(region: Region, until: int | None) -> dict[str, Any]:
    return {
        "key": region.key,
        "level": region.level,
        "until": until,
        "name": region.name,
        "why": region.why,
        "count": len(region.rows),
        "anchor": [float(x) for x in region.anchor],
        "outline": [rounded(polygon) for polygon in region.outline],
    }


def rounded(polygon: NDArray[np.float32]) -> list[list[float]]:
    """A polygon in six digits: what they leave out is less than a pixel, however close one comes."""
    return [[float(f"{x:.6g}"), float(f"{y:.6g}")] for x, y in polygon.tolist()]


def last_levels(regions: Sequence[Region]) -> list[int | None]:
    """Up to which level each region is named: until finer ones within it are; None for ever."""
    named = [region for region in regions if region.name]
    return [_last_level(region, [one for one in named if one.level > region.level]) for region in regions]


def _last_level(region: Region, finer: Sequence[Region]) -> int | None:
    within = [one.level for one in finer if _lies_in(one.rows, region.rows)]
    return min(within) - 1 if within else None


def _lies_in(rows: Int64, others: Int64) -> bool:
    """Whether most of some rows are among others, by a sample; both ascend."""
    sample = rows[:: max(1, len(rows) // _SAMPLED)]
    places = np.searchsorted(others, sample)
    return bool(np.mean(others[np.minimum(places, len(others) - 1)] == sample) > 0.5)  # noqa: PLR2004 - most
