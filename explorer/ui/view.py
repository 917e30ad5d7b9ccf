"""One opened build as the pages use it: coded columns, coordinates, indexes, pictures. Knows no Streamlit."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.columns import Categorical, Table
from explorer.neighbors import build_index, search
from explorer.records import Space
from explorer.subsets.filters import matching
from explorer.subsets.selection import selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.records import Bool, Float32, Int64
    from explorer.store.workspace import Workspace
    from explorer.subsets.filters import Filters
    from explorer.subsets.selection import Selection

_PLUMBING = frozenset({"filepath", "digest", "width", "height"})
SIGNALS = {
    "label_disagreement": "Neighbours disagree with the label",
    "neighbor_distance": "Distance to neighbours (outliers)",
    "neighbors_kept": "Neighbours kept on the map",
}


class View:
    """A workspace's current build, with everything a page derives from it computed once.

    It is also what pictures are served from: see `explorer.ui.routes.ImageSource`.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.table = Table(workspace.samples)
        self._xy: dict[str, Float32] = {}
        self._masks: dict[Filters, Bool] = {}
        self._selections: dict[Selection, Bool] = {}

    def __len__(self) -> int:
        return len(self.table)

    @property
    def key(self) -> str:
        """Names this build's rows, for the addresses of its pictures."""
        return self.workspace.manifest.samples

    @property
    def models(self) -> list[str]:
        """Names of the models with predictions."""
        return self.workspace.manifest.predictions

    @property
    def understands_text(self) -> bool:
        """Whether images can be found by words."""
        return bool(self.workspace.manifest.model.get("text"))

    def spaces(self) -> list[Space]:
        """The spaces that were built, images first."""
        built = {name.partition("/")[0] for name in self.workspace.manifest.spaces}
        return [space for space in Space if space in built]

    def layout_key(self, space: Space, model: str | None) -> str:
        """Name the coordinates of a space."""
        return self.workspace.layout_key(space, model)

    def xy(self, layout_key: str) -> Float32:
        """Coordinates by their key; empty for a layout of an earlier build."""
        if layout_key not in self._xy:
            for name, key in self.workspace.manifest.spaces.items():
                space, _, model = name.partition("/")
                if key == layout_key:
                    self._xy[key] = np.array(self.workspace.layout(space, model or None).xy)
        return self._xy.get(layout_key, np.full((len(self), 2), np.nan, np.float32))

    def visible(self, filters: Filters) -> Bool:
        """Rows that pass the filters, bool (n,); not to be written to."""
        if filters not in self._masks:
            _forget(self._masks)
            self._masks[filters] = matching(self.table, filters)
        return self._masks[filters]

    def mask(self, selection: Selection) -> Bool:
        """Rows of a selection, bool (n,); not to be written to."""
        if selection not in self._selections:
            _forget(self._selections)
            self._selections[selection] = selected(selection, len(self), self.xy, self.visible)
        return self._selections[selection]

    @cached_property
    def vectors(self) -> Float32:
        """Image vectors, memory-mapped."""
        return self.workspace.embeddings(Space.IMAGE).vectors

    @cached_property
    def index(self) -> Any:  # noqa: ANN401 - faiss ships no types
        """FAISS index of the image vectors."""
        return build_index(self.vectors)

    def nearest(self, query: Float32, k: int) -> tuple[Int64, Float32]:
        """Rows and cosine similarities of the k images nearest to one vector."""
        rows, similarities = search(self.index, query.reshape(1, -1), k)
        return rows[0], similarities[0]

    def rows(self, ids: Iterable[str]) -> list[int]:
        """Rows of those ids that this build has."""
        known = self.workspace.rows
        return [known[sample] for sample in ids if sample in known]

    def ids(self, rows: Sequence[int] | Int64) -> list[str]:
        """Ids of rows."""
        return [self.workspace.ids[row] for row in rows]

    def outcome(self, model: str | None) -> Categorical | None:
        """Correct or wrong per row, for one model."""
        name = f"{model}.outcome"
        column = self.table[name] if name in self.table else None
        return column if isinstance(column, Categorical) else None

    def correct_and_known(self, model: str | None) -> tuple[Bool, Bool]:
        """Which rows are right, and of which rows that is known: two bool (n,)."""
        column = self.outcome(model)
        if column is None:
            return np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_)
        right = column.values.index("correct") if "correct" in column.values else -2
        return column.codes == right, column.codes >= 0

    def colourings(self, model: str | None) -> dict[str, str]:
        """What the map can be coloured by: column -> its name on screen, the most useful first."""
        others = {f"{other}." for other in self.models if other != model}
        names = {
            f"{model}.outcome": "Error",
            f"{model}.confidence": "Confidence",
            "label": "Label",
            f"{model}.prediction": "Prediction",
            "split": "Split",
        }
        offered = self.table.groupable(leave_out=_PLUMBING)
        listed = {column: name for column, name in names.items() if column in offered}
        for column in offered:
            if column not in listed and not any(column.startswith(prefix) for prefix in others):
                listed[column] = SIGNALS.get(column, column)
        return listed

    def explaining(self, model: str | None) -> list[str]:
        """Columns in which a selection may stand out: everything but the error itself and the signals."""
        return [name for name in self.colourings(model) if name not in SIGNALS and not name.endswith(".outcome")]

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.workspace.path / "thumbnails"

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return Path(self._cell(row, "filepath"))

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return str(self._cell(row, "digest"))

    def facts(self, row: int) -> list[tuple[str, str]]:
        """All that is known of a row, as pairs of name and text."""
        known = self.table.frame.iloc[_checked(row, len(self))]
        hidden = _PLUMBING | set(SIGNALS)
        listed = [(name, _text(value)) for name, value in known.items() if name not in hidden]
        return [("id", self.workspace.ids[row]), *((str(n), text) for n, text in listed if text)]

    def all_facts(self, row: int) -> list[tuple[str, str]]:
        """The facts, then size, signals and file."""
        known = self.table.frame.iloc[row]
        extra = [("size", f"{known['width']} x {known['height']}")]
        extra += [(label, _text(known[name])) for name, label in SIGNALS.items() if name in known]
        return [*self.facts(row), *extra, ("file", str(known["filepath"]))]

    def _cell(self, row: int, column: str) -> Any:  # noqa: ANN401
        return self.table.frame[column].iat[_checked(row, len(self))]


def _checked(row: int, n: int) -> int:
    if not 0 <= row < n:
        raise IndexError(row)
    return row


def _forget(memory: dict[Any, Any], most: int = 32) -> None:
    """Keep a cache small by dropping its oldest entry."""
    if len(memory) >= most:
        del memory[next(iter(memory))]


def _text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.3g}"
    return str(value)
