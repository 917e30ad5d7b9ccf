"""The points of one space at one pair of thresholds: their coded columns, and what follows from these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.columns import Categorical, in_short
from explorer.data.outcomes import OUTCOMES, in_words
from explorer.points.columns import BATCH, COPY, MATCH, PLUMBING_OF_BOXES, PLUMBING_OF_IMAGES, RIGHT, SIMILARITY
from explorer.signals.neighborhood import DISAGREEMENT
from explorer.signals.registry import titles
from explorer.subsets.distributions import bars_of
from explorer.subsets.explain import explain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.columns import Table
    from explorer.data.records import Bool
    from explorer.data.spaces import SpaceName
    from explorer.data.thresholds import Thresholds
    from explorer.points.space_points import SpacePoints
    from explorer.subsets.distributions import Bars
    from explorer.subsets.explain import Explanation, Phrases


class Points:
    """What a space's points are, one row each; small, where `space` is large and shared by all thresholds.

    It is also what their pictures are served from: see `explorer.ui.server.routes.ImageSource`.

    Attributes:
        space: what they are at any threshold.
        table: their coded columns.
        at: from which IoU and confidence on boxes count.
        tagged_at: the number of the decision up to which `table` knows the subsets of the points.
    """

    def __init__(self, space: SpacePoints, table: Table, at: Thresholds) -> None:
        self.space = space
        self.table = table
        self.at = at
        self.tagged_at = -1
        self._bars: dict[str, Bars] = {}

    def __len__(self) -> int:
        return len(self.table)

    def bars(self, name: str) -> Bars:
        """A column cut into bars; once, unless `table` has it with other values."""
        if name not in self._bars or self._bars[name].column is not self.table[name]:
            self._bars[name] = bars_of(self.table[name])
        return self._bars[name]

    @property
    def name(self) -> SpaceName:
        """The space."""
        return self.space.name

    @property
    def _plumbing(self) -> frozenset[str]:
        return PLUMBING_OF_BOXES if self.space.are_boxes else PLUMBING_OF_IMAGES

    def outcome(self, model: str | None) -> Categorical | None:
        """How one model did on each point."""
        name = f"{model}.outcome"
        column = self.table[name] if name in self.table else None
        return column if isinstance(column, Categorical) else None

    def right_and_known(self, model: str | None) -> tuple[Bool, Bool]:
        """On which rows the model is right, and for which that is known: two bool (n,)."""
        column = self.outcome(model)
        if column is None:
            return np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_)
        right = np.array([*(value in RIGHT for value in column.values), False])
        return right[column.codes], column.codes >= 0

    def colourings(self, model: str | None, models: Sequence[str]) -> dict[str, str]:
        """What the map can be coloured by: column -> its name on screen, the most useful first."""
        others = tuple(f"{other}." for other in models if other != model)
        names = {
            **({} if model else {DISAGREEMENT: titles()[DISAGREEMENT]}),  # where no model points at errors, labels do
            f"{model}.fn": OUTCOMES["fn"].several,
            f"{model}.outcome": "Error",
            f"{model}.error": "Error type",
            f"{model}.fp": OUTCOMES["fp"].several,
            f"{model}.tp": OUTCOMES["tp"].several,
            f"{model}.confidence": "Confidence",
            f"{model}.iou": "IoU",
            "label": "Label",
            f"{model}.prediction": "Prediction",
            "split": "Split",
            "boxes": "Labelled boxes",
            BATCH: "Batch",
            MATCH: "Matching edge case",
            SIMILARITY: "Similarity to the match",
        }
        offered = self.table.groupable(leave_out=self._plumbing | {COPY})
        listed = {column: name for column, name in names.items() if column in offered}
        rest = (column for column in offered if column not in listed and not column.startswith(others or "\0"))
        signals = titles()
        return listed | {column: signals.get(column, column.removeprefix(f"{model}.")) for column in rest}

    def explaining(self, model: str | None, models: Sequence[str]) -> list[str]:
        """Columns in which a selection may stand out: everything but the error itself and the signals."""
        own = {f"{model}.{one}" for one in ("outcome", "error", "iou", "tp", "fp", "fn")}
        own |= {BATCH, MATCH, SIMILARITY, *titles()}
        return [name for name in self.colourings(model, models) if name not in own]

    def explain(self, mask: Bool, model: str | None, models: Sequence[str], phrases: Phrases | None) -> Explanation:
        """Describe the rows of `mask` against all others, in everything but how one model compares with another."""
        columns = [name for name in self.colourings(model, models) if " → " not in name]
        return explain(
            self.table,
            mask,
            np.asarray(self.space.vectors),
            self.space.neighbors,
            columns=columns,
            label="label" if "label" in self.table else None,
            phrases=phrases,
            xy=None if len(self.space.unplaced) else self.space.xy,
        )

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.space.cache_folder

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return self.space.filepath(row)

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return self.space.digest(row)

    def crop(self, row: int) -> tuple[float, float, float, float] | None:
        """The part of the image that a row's picture shows; see `SpacePoints.crop`."""
        return self.space.crop(row)

    def facts(self, row: int) -> list[tuple[str, str]]:
        """What is known of a row, as pairs of name and text."""
        known = self.table.frame.iloc[self.space.checked(row)]
        hidden = self._plumbing.union(titles()) - ({"sample"} if self.space.are_boxes else frozenset())
        listed = [(str(name), _text(value)) for name, value in known.items() if name not in hidden]
        said = ((_titled(name), in_words(name, text)) for name, text in listed if text)
        return [("id", self.space.ids[row]), *said]

    def all_facts(self, row: int) -> list[tuple[str, str]]:
        """The facts, then size, signals and file."""
        known = self.table.frame.iloc[row]
        size = "pixels" if self.space.are_boxes else "size"
        extra = [(size, f"{known['width']:.0f} x {known['height']:.0f}")]
        extra += [(label, _text(known[name])) for name, label in titles().items() if name in known]
        return [*self.facts(row), *extra, ("file", str(self.filepath(row)))]


def _titled(column: str) -> str:
    """A column as it is called on a card; the numbers of boxes found and missed have no name of their own."""
    model, dot, role = column.rpartition(".")
    return f"{model}{dot}{OUTCOMES[role].several.lower()}" if role in ("tp", "fp", "fn") and dot else column


def _text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else in_short(float(value))
    return str(value)
