"""What an analysis claims, and a part of a map that it may claim it of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.records import Float32, Int64


@dataclass(frozen=True)
class Finding:
    """One claim of an analysis, whatever its kind.

    Attributes:
        kind: the analysis that claims it, such as `segments`.
        title: what it is of, in few words.
        sentence: the claim, one plain sentence.
        ids: stable ids of the images or boxes that it is about.
        figures: the numbers behind the sentence, by name.
        score: what it is ranked by; the higher, the sooner one should look.
    """

    kind: str
    title: str
    sentence: str
    ids: tuple[str, ...]
    figures: Mapping[str, float | int | str]
    score: float


@dataclass(frozen=True, eq=False)
class Region:
    """A cluster of a space's graph, as one sees it on the map.

    Each level stands for itself: what is not divided further at the next level is a region of that one too.

    Attributes:
        key: names it among the regions of its map, of all levels.
        level: 0 for the coarsest regions, which are named when all of the map is in view; each higher one is finer.
        name: what is true of it, in few words; empty where nothing is.
        why: the figure behind the name, a short sentence.
        rows: int64 (m,), its points, ascending.
        anchor: where its name stands, in the map's coordinates.
        outline: polygons around its points, each float32 (v, 2) in the map's coordinates, unclosed.
    """

    key: str
    level: int
    name: str
    why: str
    rows: Int64
    anchor: tuple[float, float]
    outline: tuple[Float32, ...] = field(default=())
