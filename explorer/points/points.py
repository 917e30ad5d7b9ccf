"""The points of one space at one pair of thresholds: their coded columns, and what follows from these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.columns import Categorical
from explorer.data.outcomes import in_words
from explorer.data.records import BATCH
from explorer.points.card import card, text_of, titled
from explorer.points.columns import (
    ARROW,
    COPY,
    MATCH,
    PLUMBING_OF_BOXES,
    PLUMBING_OF_IMAGES,
    RIGHT,
    SIMILARITY,
    screen_names,
)
from explorer.signals.neighborhood import DISAGREEMENT
from explorer.signals.registry import model_signals, titles
from explorer.subsets.distributions import bars_of
from explorer.subsets.explain import explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.analysis.segments import Judged
    from explorer.data.columns import Table
    from explorer.data.records import Bool, Int64
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
        tagged_at: the number of the decision up to which `table` and `subsets` know the subsets of the points.
        subsets: the names of the subsets that a row is in, for rows that are in any.
    """

    def __init__(self, space: SpacePoints, table: Table, at: Thresholds) -> None:
        self.space = space
        self.table = table
        self.at = at
        self.tagged_at = -1
        self.subsets: Mapping[int, Sequence[str]] = {}
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
    def plumbing(self) -> frozenset[str]:
        """Columns that are no facts about the points."""
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

    def judged(self, model: str | None) -> Judged:
        """How much of each point a model got right, of how much: of an image with boxes, the objects that are found."""
        from explorer.analysis.segments import Judged  # with all that measures segments, which no map needs

        found, missed = f"{model}.tp", f"{model}.fn"
        if found in self.table:
            hits, misses = (self.table.frame[one].fillna(0).to_numpy(np.int64) for one in (found, missed))
            return Judged(hits, hits + misses, self.space.sample_rows)
        right, known = self.right_and_known(model)
        return Judged((right & known).astype(np.int64), known.astype(np.int64), self.space.sample_rows)

    def worst_first(self, rows: Int64, model: str | None) -> Int64:
        """The rows with the surest mistakes of a model first, then the unknown, then the least sure right ones.

        Where nothing is known of it, the labels come first with which neighbours disagree most.
        """
        correct, known = self.right_and_known(model)
        if not known.any() and DISAGREEMENT in self.table:
            badness = np.nan_to_num(self.table.frame[DISAGREEMENT].to_numpy(np.float64)[rows])
        else:
            sure = self._numbers(f"{model}.confidence")[rows]
            badness = np.where(known[rows], np.where(correct[rows], -1 - sure, 1 + sure), 0.0)
        return rows[np.argsort(-badness, kind="stable")]

    def _numbers(self, column: str) -> NDArray[np.float64]:
        if column not in self.table:
            return np.zeros(len(self))
        return np.asarray(np.nan_to_num(self.table.frame[column].to_numpy(np.float64, na_value=0.0)), np.float64)

    def colourings(self, model: str | None, models: Sequence[str]) -> dict[str, str]:
        """What the map can be coloured by: column -> its name on screen, the most useful first.

        Numbers, times, and names that group points.
        """
        others = tuple(f"{other}." for other in models if other != model)
        signals = titles() | model_signals(models)
        first = {} if model else {DISAGREEMENT: signals[DISAGREEMENT]}  # where no model points at errors, labels do
        names = first | screen_names(model)
        offered = self.table.gradable(leave_out=self.plumbing | {COPY})
        listed = {column: name for column, name in names.items() if column in offered}
        rest = (column for column in offered if column not in listed and not column.startswith(others or "\0"))
        return listed | {column: signals.get(column, column.removeprefix(f"{model}.")) for column in rest}

    def grouping(self, model: str | None, models: Sequence[str]) -> dict[str, str]:
        """Those of them that group points, or can be cut into parts that do: not times of many days."""
        groups = frozenset(self.table.groupable())
        return {column: name for column, name in self.colourings(model, models).items() if column in groups}

    def explaining(self, model: str | None, models: Sequence[str]) -> list[str]:
        """Columns in which a selection may stand out: no error, and nothing of neighbours or a model's doubts."""
        own = {f"{model}.{one}" for one in ("outcome", "error", "iou", "tp", "fp", "fn")}
        own |= {BATCH, MATCH, SIMILARITY, *titles("graph"), *model_signals([model] if model else [])}
        return [name for name in self.grouping(model, models) if name not in own]

    def dividing(self, model: str | None, models: Sequence[str]) -> list[str]:
        """Columns that divide points into segments: everything but how a model did and how sure it was."""
        own = {f"{model}.{one}" for one in ("outcome", "error", "iou", "tp", "fp", "fn", "confidence")}
        own |= {MATCH, SIMILARITY, *model_signals([model] if model else [])}
        return [name for name in self.grouping(model, models) if name not in own and ARROW not in name]

    def explain(self, mask: Bool, model: str | None, models: Sequence[str], phrases: Phrases | None) -> Explanation:
        """Describe the rows of `mask` against all others, in everything but how one model compares with another."""
        columns = [name for name in self.grouping(model, models) if ARROW not in name]
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
        said = ((titled(name), in_words(name, text_of(known[name]))) for name in self.telling)
        return [("id", self.space.ids[row]), *((title, text) for title, text in said if text)]

    @property
    def telling(self) -> list[str]:
        """The columns whose values are facts of a row: all but signals and what is only there to find things."""
        hidden = self.plumbing.union(titles()) - ({"sample"} if self.space.are_boxes else frozenset())
        return [name for name in self.table.frame.columns if name not in hidden]

    def card(self, row: int, asked: Mapping[str, str]) -> list[tuple[str, str]]:
        """What the card beside the cursor says of a row; see `explorer.points.card`."""
        return card(self, self.space.checked(row), asked)

    def all_facts(self, row: int) -> list[tuple[str, str]]:
        """The facts, then size, signals and file."""
        known = self.table.frame.iloc[row]
        size = "pixels" if self.space.are_boxes else "size"
        extra = [(size, f"{known['width']:.0f} x {known['height']:.0f}")]
        extra += [(label, text_of(known[name])) for name, label in titles().items() if name in known]
        return [*self.facts(row), *extra, ("file", str(self.filepath(row)))]
