"""What regions of a map are called on screen: each by a title that no other has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import Categorical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.data.columns import Table
    from explorer.data.findings import Region

MIXED = "A mixed region"

_TELLING = 0.25
"""Share of a region from which on a class says something of it; it lies between two that have as much."""


class _Class(NamedTuple):
    """A class, and the share of a region that is of it."""

    name: str
    share: float


def titled(regions: Sequence[Region], table: Table, classes: str | None) -> list[Region]:
    """The regions with their titles.

    One without a name is called by the two classes that it lies between, if it does. Where several would be called the
    same, it is said beside what each is mostly of; where that does not tell them apart how many points it has, and then
    its key.

    Args:
        regions: of the table's points, with their names.
        table: their columns.
        classes: the column that says what a point is, if there is one.
    """
    column = table[classes] if classes else None
    mostly = [_commonest(one, column if isinstance(column, Categorical) else None) for one in regions]
    titles = [f"Region {one.name}" if one.name else _between(found) for one, found in zip(regions, mostly, strict=True)]
    beside: list[list[str]] = [[] for _ in regions]
    for facts in (
        [_share(found, title) for found, title in zip(mostly, titles, strict=True)],
        [f"n = {len(one.rows):,}" for one in regions],
        [one.key for one in regions],
    ):
        for place in _alike(regions, list(map(_title, titles, beside))):
            beside[place] += filter(None, [facts[place]])
    told = map(_title, titles, beside)
    return [replace(one, title=title) for one, title in zip(regions, told, strict=True)]


def _title(title: str, beside: Sequence[str]) -> str:
    return f"{title} ({', '.join(beside)})" if beside else title


def _alike(regions: Sequence[Region], titles: Sequence[str]) -> Iterable[int]:
    """The places of those that are called as another region is, but for case; one of several levels is one region."""
    called: dict[str, set[bytes]] = {}
    for one, title in zip(regions, titles, strict=True):
        called.setdefault(title.casefold(), set()).add(one.rows.tobytes())
    return [place for place, title in enumerate(titles) if len(called[title.casefold()]) > 1]


def _commonest(region: Region, column: Categorical | None) -> list[_Class]:
    """The two classes that most of a region's points are of."""
    if column is None:
        return []
    codes = column.codes[region.rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.values))
    first = np.argsort(-counts, kind="stable")[:2]
    return [_Class(column.values[code], counts[code] / len(region.rows)) for code in first if counts[code]]


def _between(mostly: Sequence[_Class]) -> str:
    both = [one.name for one in mostly if one.share >= _TELLING]
    return f"Between {both[0]} and {both[1]}" if len(both) > 1 else MIXED


def _share(mostly: Sequence[_Class], title: str) -> str:
    """How much of a region is of its commonest class that its title does not name; empty where that is little."""
    first = next((one for one in mostly if one.share >= _TELLING and one.name.casefold() not in title.casefold()), None)
    return f"{first.share:.0%} {first.name}" if first else ""
