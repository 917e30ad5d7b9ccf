"""One opened build as the pages use it: the points of its spaces, and selections across them. Knows no Streamlit."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.columns import Categorical, Table
from explorer.data.filters import matching
from explorer.data.records import Space
from explorer.points.box_table import Thresholds, box_table, image_table, matched
from explorer.points.points import Points
from explorer.subsets.selection import inside, selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.data.filters import Filters
    from explorer.data.records import Bool
    from explorer.store.workspace import Workspace
    from explorer.subsets.selection import Selection, Stroke


DEFAULT = Thresholds()


class View:
    """A workspace's current build, with everything the pages derive from it computed once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.samples = Table(workspace.samples)
        self._points: dict[tuple[str, Thresholds], Points] = {}
        self._masks: dict[tuple[str, Thresholds, Filters], Bool] = {}
        self._selections: dict[tuple[str, Thresholds, Selection], Bool] = {}

    @property
    def key(self) -> str:
        """Names this build's rows."""
        return self.workspace.manifest.samples

    @property
    def models(self) -> list[str]:
        """Names of the models with predictions."""
        return self.workspace.manifest.predictions

    @cached_property
    def classes(self) -> Sequence[str]:
        """Every label, the most frequent first; empty without labels."""
        if not self.labelled:
            return ()
        table = self.points(Space.LABEL, None).table if self.has_boxes else self.images.table
        column = table["label"]
        return column.values if isinstance(column, Categorical) else ()

    @property
    def understands_text(self) -> bool:
        """Whether images can be found by words."""
        return bool(self.workspace.manifest.model.get("text"))

    @property
    def has_boxes(self) -> bool:
        """Whether labels and predictions are boxes, several to an image."""
        return self.workspace.manifest.task == "detection"

    @property
    def labelled(self) -> bool:
        """Whether there is ground truth to compare with."""
        return Space.LABEL in self.workspace.manifest.spaces or bool(
            self.has_boxes and len(self.workspace.objects("label"))
        )

    def spaces(self) -> list[Space]:
        """The spaces that were built, images first."""
        built = {name.partition("/")[0] for name in self.workspace.manifest.spaces}
        return [space for space in Space if space in built]

    @cached_property
    def images(self) -> Points:
        """The points of the image space."""
        return self.points(Space.IMAGE)

    def points(self, space: Space, model: str | None = None, at: Thresholds = DEFAULT) -> Points:
        """The points of a space; `model` names the predictions, `at` says which boxes count as found."""
        key = (self._name(space, model), at)
        if key not in self._points:
            _forget(self._points)
            self._points[key] = self._load(*key)
        return self._points[key]

    def _name(self, space: Space, model: str | None) -> str:
        """Boxes are points even where they have no map, as with vectors of the user's own."""
        if self.has_boxes and space == Space.PREDICTION and self.models:
            return f"{space}/{model or self.models[0]}"
        return str(space) if self.has_boxes else self.workspace.space_name(space, model)

    def _load(self, name: str, at: Thresholds) -> Points:
        samples = self.workspace.samples
        if not self.has_boxes or name == Space.IMAGE:
            table = self.samples if at == DEFAULT else Table(image_table(self.workspace, at))
            return Points(self.workspace, name, table, np.arange(len(samples)), at)
        frame = box_table(self.workspace, name, at)
        return Points(self.workspace, name, Table(frame), samples.index.get_indexer(pd.Index(frame["sample"])), at)

    def of_ids(self, ids: Iterable[str]) -> Points:
        """The space that knows these ids: images, or in detection the boxes they name."""
        first = next(iter(ids), None)
        if first is None or not self.has_boxes or first in self.images.row_of:
            return self.images
        named = (self.points(*_space_and_model(name)) for name in self.workspace.manifest.spaces)
        return next((points for points in named if first in points.row_of), self.images)

    def visible(self, filters: Filters, points: Points) -> Bool:
        """Rows that pass the filters on columns these points have, bool (n,); not to be written to."""
        key = (points.name, points.at, tuple(one for one in filters if one.column in points.table))
        if key not in self._masks:
            _forget(self._masks)
            self._masks[key] = matching(points.table, key[2])
        return self._masks[key]

    def forget_masks(self) -> None:
        """Look at the filters anew: a column has other values."""
        self._masks.clear()

    def mask(self, selection: Selection, points: Points) -> Bool:
        """Rows of a selection, wherever its strokes were drawn, bool (n,); not to be written to."""
        key = (points.name, points.at, selection)
        if key not in self._selections:
            _forget(self._selections)
            self._selections[key] = selected(selection, len(points), lambda stroke: self._hit(stroke, points))
        return self._selections[key]

    def _hit(self, stroke: Stroke, points: Points) -> Bool:
        """What one stroke means among these points."""
        if stroke.space not in self.workspace.manifest.spaces:
            return np.zeros(len(points), np.bool_)  # drawn on a space of an earlier build
        source = self.points(*_space_and_model(stroke.space), points.at)
        if stroke.polygon:
            drawn_here = stroke.layout == source.layout_key
            hit = inside(source.xy, stroke.polygon) if drawn_here else np.zeros(len(source), np.bool_)
            hit = hit & self.visible(stroke.filters, source)
        else:
            hit = np.zeros(len(source), np.bool_)
            hit[list(stroke.rows)] = True
        return hit if source.table is points.table else self._related(hit, source, points)

    def _related(self, hit: Bool, source: Points, points: Points) -> Bool:
        """Carry a selection to another space: an image's boxes, a box's image, a detection's matched truth."""
        if source.are_boxes and points.are_boxes:
            return matched(hit, source.table.frame, points.table.frame)
        on_image = np.zeros(len(self.images), np.bool_)
        on_image[source.sample_rows[hit]] = True
        return on_image[points.sample_rows]


def _space_and_model(name: str) -> tuple[Space, str | None]:
    space, _, model = name.partition("/")
    return Space(space), model or None


def _forget(memory: dict[Any, Any], most: int = 32) -> None:
    """Keep a cache small by dropping its oldest entry."""
    if len(memory) >= most:
        del memory[next(iter(memory))]
