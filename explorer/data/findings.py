"""What an analysis claims, what people decided about it, and a part of a map that it may claim it of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from explorer.data.records import Float32, Int64


DEFINING = ("column", "value", "metric", "signal", "between")
"""The figures that say which points a finding is about, whatever these are in a build."""

REGION = "region"
"""The column that parts of a map are under: a region is called by its rank there, which defines nothing."""

SAME = 0.8
"""Share of the larger of two sets of ids from which on they are of the same finding."""


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

    @property
    def definition(self) -> dict[str, float | int | str]:
        """What it is about, in the words of its figures; empty where it is about these ids and no others."""
        defining = {name: self.figures[name] for name in DEFINING if name in self.figures}
        is_defined = defining.keys() - {"metric"} and defining.get("column") != REGION
        return defining if is_defined else {}


@dataclass(frozen=True)
class DecidedFinding:
    """A finding as it stands after some decision about it.

    Attributes:
        key: what it is recognised by, whatever it is called later.
        kind: the analysis that claimed it.
        title: what it was called when it was decided on.
        model: whose errors it is about; None where it is about no model's.
        definition: see `Finding.definition`.
        ids: where nothing defines it, those it was about.
        dismissed: whether it is to be listed no more.
        actions: what is recommended to do, see `explorer.data.categories.checked_actions`.
        reason: why it was dismissed; empty where it never was.
        author: who decided last.
        time: when, UTC.
    """

    key: str
    kind: str
    title: str
    model: str | None
    definition: Mapping[str, float | int | str]
    ids: frozenset[str]
    dismissed: bool
    reason: str
    author: str
    time: datetime
    actions: tuple[str, ...] = ()

    def similarity(self, finding: Finding, ids: frozenset[str]) -> float:
        """How sure it is that this is the finding, which has these ids: 0 where it is not, else `SAME` to 1."""
        if finding.kind != self.kind or finding.definition != dict(self.definition):
            return 0.0
        if self.definition:
            return 1.0
        share = len(self.ids & ids) / max(len(self.ids), len(ids), 1)
        return share if share >= SAME else 0.0


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
        title: what it is called on screen, as no other region of its map is; empty before it has one.
    """

    key: str
    level: int
    name: str
    why: str
    rows: Int64
    anchor: tuple[float, float]
    outline: tuple[Float32, ...] = field(default=())
    title: str = ""
