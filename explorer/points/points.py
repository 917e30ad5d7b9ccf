"""The points of one space as the pages use them: coded columns, coordinates, an index, pictures. No Streamlit here."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX, with_margin
from explorer.data.columns import Categorical, in_short
from explorer.data.records import Space
from explorer.maps.neighbors import search
from explorer.points.columns import PLUMBING, RIGHT
from explorer.points.index import space_index
from explorer.signals.registry import titles
from explorer.subsets.explain import explain
from explorer.subsets.grow import Growth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.data.columns import Table
    from explorer.data.records import Bool, Float32, Int64, Neighbors
    from explorer.points.box_table import Thresholds
    from explorer.store.workspace import Workspace
    from explorer.subsets.explain import Explanation, Phrases


MARGIN = 0.1
"""Share of a box's own size that its picture shows around it."""


class Points:
    """What a space's points are, one row each.

    It is also what their pictures are served from: see `explorer.ui.server.routes.ImageSource`.

    Attributes:
        name: the space, `prediction/MODEL` for predictions.
        table: their coded columns.
        sample_rows: int64 (n,), the row in the sample table of each point's image.
        at: from which IoU and confidence on boxes count.
        tagged_at: the number of the decision up to which `table` knows the subsets of the points.
    """

    def __init__(self, workspace: Workspace, name: str, table: Table, sample_rows: Int64, at: Thresholds) -> None:
        self.workspace = workspace
        self.name = name
        self.table = table
        self.sample_rows = sample_rows
        self.at = at
        self.tagged_at = -1
        space, _, model = name.partition("/")
        self._space = (space, model or None)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def key(self) -> str:
        """Names these rows, for the addresses of their pictures."""
        return f"{self.workspace.manifest.samples}-{self.layout_key}"

    @property
    def layout_key(self) -> str:
        """Names their coordinates."""
        return self.workspace.layout_key(*self._space)

    @property
    def are_boxes(self) -> bool:
        """Whether each point is a box in an image rather than an image."""
        return "sample" in self.table

    @property
    def have_map(self) -> bool:
        """Whether they were laid out: boxes are not where only whole images have vectors."""
        return self.name in self.workspace.manifest.spaces

    def counted(self, n: int) -> str:
        """A number of these points in words: `1 image`, `47 boxes`."""
        one, many = ("box", "boxes") if self.are_boxes else ("image", "images")
        return f"{n:,} {one if n == 1 else many}"

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids in row order."""
        return tuple(self.table.frame.index)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each id."""
        return {each: row for row, each in enumerate(self.ids)}

    def rows(self, ids: Iterable[str]) -> list[int]:
        """Rows of those ids that are among these points."""
        return [self.row_of[each] for each in ids if each in self.row_of]

    def ids_of(self, rows: Sequence[int] | Int64) -> list[str]:
        """Ids of rows."""
        return [self.ids[row] for row in rows]

    @cached_property
    def xy(self) -> Float32:
        """Coordinates, float32 (n, 2)."""
        return np.array(self.workspace.layout(*self._space).xy)

    @cached_property
    def vectors(self) -> Float32:
        """Vectors, float32 (n, d), memory-mapped."""
        return self.workspace.embeddings(*self._space).vectors

    @cached_property
    def index(self) -> Any:  # noqa: ANN401 - FAISS indexes have no common type
        """FAISS index of the vectors, memory-mapped."""
        return space_index(self.workspace, *self._space).index

    @cached_property
    def growth(self) -> Growth:
        """The vectors made ready for growing subsets."""
        return Growth.over(np.asarray(self.vectors))

    @property
    def neighbors(self) -> Neighbors:
        """The stored neighbour graph."""
        return self.workspace.neighbors(*self._space)

    def nearest(self, query: Float32, k: int) -> tuple[Int64, Float32]:
        """Rows and cosine similarities of the k points nearest to one vector."""
        rows, similarities = search(self.index, query.reshape(1, -1), k)
        return rows[0], similarities[0]

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
            f"{model}.fn": "Objects not found",
            f"{model}.outcome": "Error",
            f"{model}.error": "Error type",
            f"{model}.fp": "False alarms",
            f"{model}.tp": "Objects found",
            f"{model}.confidence": "Confidence",
            f"{model}.iou": "IoU",
            "label": "Label",
            f"{model}.prediction": "Prediction",
            "split": "Split",
            "boxes": "Labelled boxes",
        }
        hidden = PLUMBING if self.are_boxes else PLUMBING | {"width", "height"}
        offered = self.table.groupable(leave_out=hidden)
        listed = {column: name for column, name in names.items() if column in offered}
        rest = (column for column in offered if column not in listed and not column.startswith(others or "\0"))
        signals = titles()
        return listed | {column: signals.get(column, column.removeprefix(f"{model}.")) for column in rest}

    def explaining(self, model: str | None, models: Sequence[str]) -> list[str]:
        """Columns in which a selection may stand out: everything but the error itself and the signals."""
        own = {f"{model}.{one}" for one in ("outcome", "error", "iou", "tp", "fp", "fn")}.union(titles())
        return [name for name in self.colourings(model, models) if name not in own]

    def explain(self, mask: Bool, model: str | None, models: Sequence[str], phrases: Phrases | None) -> Explanation:
        """Describe the rows of `mask` against all others, in everything but how one model compares with another."""
        columns = [name for name in self.colourings(model, models) if " → " not in name]
        return explain(
            self.table,
            mask,
            np.asarray(self.vectors),
            self.neighbors,
            columns=columns,
            label="label" if "label" in self.table else None,
            phrases=phrases,
            xy=self.xy,
        )

    @property
    def are_pictures(self) -> bool:
        """Whether the vectors are of pictures alone, which words can be compared with: images and boxes are."""
        return self.are_boxes or self.name == Space.IMAGE

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.workspace.path / "thumbnails"

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return Path(self._of_sample(row, "filepath"))

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return str(self._of_sample(row, "digest"))

    def crop(self, row: int) -> tuple[float, float, float, float] | None:
        """The part of the image that a box's picture shows: left, top, right, bottom; None for a whole image."""
        if not self.are_boxes:
            return None
        frame, row = self.table.frame, _checked(row, len(self))
        return with_margin(frame[list(BOX)].iloc[row].to_numpy(np.float64).tolist(), MARGIN)

    def facts(self, row: int) -> list[tuple[str, str]]:
        """What is known of a row, as pairs of name and text."""
        known = self.table.frame.iloc[_checked(row, len(self))]
        hidden = PLUMBING.union(titles()) - {"sample"} | (frozenset() if self.are_boxes else {"width", "height"})
        listed = [(str(name), _text(value)) for name, value in known.items() if name not in hidden]
        return [("id", self.ids[row]), *((name, text) for name, text in listed if text)]

    def all_facts(self, row: int) -> list[tuple[str, str]]:
        """The facts, then size, signals and file."""
        known = self.table.frame.iloc[row]
        extra = [("pixels" if self.are_boxes else "size", f"{known['width']:.0f} x {known['height']:.0f}")]
        extra += [(label, _text(known[name])) for name, label in titles().items() if name in known]
        return [*self.facts(row), *extra, ("file", str(self.filepath(row)))]

    def _of_sample(self, row: int, column: str) -> Any:  # noqa: ANN401 - one cell
        return self.workspace.samples[column].iat[self.sample_rows[_checked(row, len(self))]]


def _checked(row: int, n: int) -> int:
    if not 0 <= row < n:
        raise IndexError(row)
    return row


def _text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else in_short(float(value))
    return str(value)
