"""What arrived on one map: the old points and the new ones behind them. Knows no Streamlit."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.boxes import with_margin
from explorer.data.keys import artefact_key
from explorer.points.space_points import MARGIN

if TYPE_CHECKING:
    import pandas as pd

    from explorer.data.records import Float32
    from explorer.points.points import Points

NOTHING = "no match"


class Batch:
    """The old points of one map and the new ones behind them, as one collection of pictures.

    Attributes:
        table: what is new on this map; see `explorer.actions.match.Incoming`.
        points: what was there.
        old: number of old points, which are the first rows.
    """

    def __init__(self, points: Points, table: pd.DataFrame) -> None:
        self.points = points
        self.table = table
        self.old = len(points)
        self.key = "incoming-" + artefact_key(
            build=points.space.key, ids=list(table.index), at=list(table["arrived_at"])
        )

    @cached_property
    def subsets(self) -> list[str]:
        """What is new matches these, the most frequent first, then no match."""
        counts = self.table["subset"].value_counts()
        return [*counts.index, NOTHING] if self.table["subset"].isna().any() else list(counts.index)

    @cached_property
    def xy(self) -> Float32:
        """Coordinates of old and new points, float32 (n, 2)."""
        return np.vstack([self.points.space.xy, self.table[["x", "y"]].to_numpy(np.float32)])

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.points.cache_folder

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return self.points.filepath(row) if row < self.old else Path(self.table["filepath"].iloc[row - self.old])

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return self.points.digest(row) if row < self.old else str(self.table["digest"].iloc[row - self.old])

    def crop(self, row: int) -> tuple[float, float, float, float] | None:
        """The part of the image that a box's picture shows; None for a whole image."""
        if row < self.old:
            return self.points.crop(row)
        box = self.table["box"].iloc[row - self.old] if "box" in self.table else None
        return with_margin(json.loads(box), MARGIN) if isinstance(box, str) else None

    def facts(self, row: int) -> list[tuple[str, str]]:
        """What is known of a row."""
        if row < self.old:
            return self.points.facts(row)
        known = self.table.iloc[row - self.old]
        said = [(one["name"], f"{one['similarity']:.2f}") for one in json.loads(known["matches"])]
        own = [(name, str(known[name])) for name in ("sample", "label") if isinstance(known.get(name), str)]
        return [("id", str(self.table.index[row - self.old])), *own, *(said or [("match", "none")])]
