"""One opened build as the pages use it: the points of its spaces, and selections across them. Knows no Streamlit."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.region_names import named
from explorer.analysis.region_titles import titled
from explorer.analysis.region_words import worded
from explorer.data.columns import Categorical, Table
from explorer.data.filters import matching
from explorer.data.placement import Numbers
from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName, Task, predictions_of
from explorer.data.thresholds import Thresholds
from explorer.points.box_table import BoxColumns, box_columns, matched, outcome_columns
from explorer.points.cache import Cache
from explorer.points.columns import ARROW, former_names
from explorer.points.image_table import counts_at
from explorer.points.placed import coordinates, has_numbers, place
from explorer.points.points import Points
from explorer.points.space_points import SpacePoints
from explorer.subsets.chance import phrases
from explorer.subsets.explain import Phrases, words
from explorer.subsets.selection import inside, selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from explorer.data.filters import Filters
    from explorer.data.findings import Region
    from explorer.data.records import Bool, Float32
    from explorer.points.placed import Placed, Polygon
    from explorer.store.workspace import Workspace
    from explorer.subsets.selection import Selection, Stroke


DEFAULT = Thresholds()


class Judged(NamedTuple):
    """Points on which a model was right or wrong, and the words for its share of right ones: `v1 finds`, `of …`."""

    title: str
    of: str
    points: Points


class View:
    """A workspace's current build, with everything the pages derive from it computed once."""

    def __init__(
        self, workspace: Workspace, shared: Table | None = None, changed: frozenset[str] = frozenset()
    ) -> None:
        """Open a build.

        Args:
            workspace: its tables and maps.
            shared: the coded samples of the same build judged by other labels.
            changed: columns that are others than there.
        """
        self.workspace = workspace
        self.samples = self._coded(workspace.samples, shared, changed)
        self._spaces: Cache[SpacePoints] = Cache()
        self._box_columns: Cache[tuple[BoxColumns, Table]] = Cache()
        self._points: Cache[Points] = Cache()
        self._placed: Cache[Placed] = Cache(4)
        self._masks: Cache[Bool] = Cache()
        self._selections: Cache[Bool] = Cache()
        self._regions: Cache[list[Region]] = Cache()

    @property
    def key(self) -> str:
        """Names this build's rows, and no other workspace's."""
        return f"{self.workspace.paths.key}-{self.workspace.tables_key}"

    @property
    def models(self) -> list[str]:
        """Names of the models with predictions."""
        return self.workspace.manifest.predictions

    @cached_property
    def classes(self) -> Sequence[str]:
        """Every label, the most frequent first; empty without labels."""
        if not self.labelled:
            return ()
        column = self.labels().table["label"]
        return column.values if isinstance(column, Categorical) else ()

    def understands_text(self, encoder: str = "") -> bool:
        """Whether images can be found by words, in the vectors of an encoder."""
        return bool(self.workspace.model_about(encoder).get("text"))

    @property
    def has_boxes(self) -> bool:
        """Whether labels and predictions are boxes, several to an image."""
        return self.workspace.task is Task.DETECTION

    @property
    def has_thresholds(self) -> bool:
        """Whether what counts as found is a matter of thresholds: where boxes are judged."""
        return self.has_boxes and bool(self.models)

    @property
    def labelled(self) -> bool:
        """Whether there is ground truth to compare with."""
        if str(LABELS) in self.workspace.manifest.spaces:
            return True
        if self.has_boxes:
            return len(self.workspace.objects(LABELS)) > 0
        return self.workspace is not self.workspace.given and "label" in self.samples

    @property
    def judges(self) -> bool:
        """Whether any model's predictions can be compared with ground truth."""
        return self.labelled and bool(self.models)

    def spaces(self, encoder: str = "") -> list[Space]:
        """The spaces that were built, of an encoder, images first."""
        built = {name.kind for name in self.workspace.every_space if name.encoder == encoder}
        return [space for space in Space if space in built]

    @cached_property
    def images(self) -> Points:
        """The points of the image space."""
        return self.points(IMAGES)

    def pictures(self, points: Points) -> Points:
        """The points, or where their vectors are not of pictures alone, the images that they are."""
        return points if points.space.are_pictures else self.points(IMAGES.placed_as(points.name), points.at)

    def placed_as(self, points: Points, name: SpaceName) -> Points:
        """The same points with the encoder and on the layout of another space, as far as they are there."""
        wanted = points.name.placed_as(name)
        return self.points(self.there(wanted), points.at)

    def there(self, name: SpaceName) -> SpaceName:
        """A space, or what of it the build has: the first layout, else the first encoder too."""
        alternatives = (name, name.of_vectors)
        return next((one for one in alternatives if str(one) in self.workspace.manifest.spaces), name.of_points)

    def labels(self, at: Thresholds = DEFAULT) -> Points:
        """What ground truth is of: the images themselves, or the labelled boxes on them."""
        return self.points(LABELS, at) if self.has_boxes else self.images

    def judged(self, model: str, at: Thresholds) -> list[Judged]:
        """On which points a model is right or wrong: images, or the objects to be found and what it detected."""
        if not self.judges:
            return []
        if not self.has_boxes:
            return [Judged(f"{model} is correct on", "of the images", self.images)]
        return [
            Judged(f"{model} finds", "of the labelled objects", self.labels(at)),
            Judged(f"{model} is correct in", "of its detections", self.points(predictions_of(model), at)),
        ]

    def name(self, space: Space, model: str | None = None, encoder: str = "", layout: str = "") -> SpaceName:
        """The name of a space; `model` says whose predictions, the first model's where it says nothing.

        Boxes are points even where they have no map, as with vectors of the user's own. Of an encoder and a layout
        that the space does not have, the first is meant.

        Raises:
            WorkspaceError: the workspace has no such space.
        """
        if self.has_boxes and (space is not Space.PREDICTION or self.models):
            first = predictions_of(model or self.models[0]) if space is Space.PREDICTION else SpaceName(space)
        else:
            first = self.workspace.space_name(space, model)
        return self.there(replace(first, encoder=encoder, layout=layout))

    def space(self, name: SpaceName) -> SpacePoints:
        """What the points of a space are at any threshold."""
        return self._spaces.get(name, lambda: SpacePoints(self.workspace, name))

    def points(self, name: SpaceName, at: Thresholds = DEFAULT) -> Points:
        """The points of a space; `at` says which boxes count as found."""
        return self._points.get((name, at), lambda: Points(self.space(name), self._table(name, at), at))

    def _table(self, name: SpaceName, at: Thresholds) -> Table:
        """The columns of a space's points; those that no threshold changes are shared."""
        if self.workspace.task.has_boxes_in(name):
            name = name.of_points
            fixed, coded = self._box_columns.get(name, lambda: self._fixed(name))
            outcomes = outcome_columns(self.workspace, name, at)
            return self._coded(fixed.joined_with(outcomes), shared=coded, changed=frozenset(outcomes.columns))
        if not self.has_boxes or at == DEFAULT:
            return self.samples
        counts = counts_at(self.workspace, at)
        return self._coded(
            self.samples.frame.assign(**{str(column): counts[column] for column in counts}),
            shared=self.samples,
            changed=frozenset(counts.columns),
        )

    def _fixed(self, name: SpaceName) -> tuple[BoxColumns, Table]:
        fixed = box_columns(self.workspace, name)
        return fixed, self._coded(fixed.joined_with())

    def _coded(self, frame: pd.DataFrame, shared: Table | None = None, changed: frozenset[str] = frozenset()) -> Table:
        """A table whose columns answer also to the names that they had before a model was renamed."""
        former = former_names(map(str, frame.columns), self.workspace.manifest.renamed)
        return Table(frame, shared=shared, changed=changed, former=former)

    def of_ids(self, ids: Iterable[str], at: Thresholds = DEFAULT) -> Points:
        """The points that these ids are, of the first encoder: images, or in detection the boxes they name.

        Args:
            ids: all of one kind.
            at: which boxes count as found.
        """
        first = next(iter(ids), None)
        named = (name for name in self.workspace.box_spaces if first in self.space(name).row_of)
        known = first is None or first in self.images.space.row_of
        return self.points(IMAGES if known else next(named, IMAGES), at)

    def regions(self, name: SpaceName) -> list[Region]:
        """The regions of a space's map with their names and titles, found and named when first asked for.

        At 100,000 points that takes about half a second; what no threshold changes is what they are named by.
        """
        return self._regions.get(name, lambda: self._named_regions(self.points(name)))

    def _named_regions(self, points: Points) -> list[Region]:
        called = ["label", *(f"{model}.prediction" for model in self.models)]
        classes = next((column for column in called if column in points.table), None)
        facts = [column for column in points.explaining(None, self.models) if ARROW not in column]
        columns = dict.fromkeys([*filter(None, [classes]), *facts])
        return titled(
            self._worded(named(points.space.regions, points.table, list(columns), classes=classes), points),
            points.table,
            classes,
        )

    def _worded(self, regions: list[Region], points: Points) -> list[Region]:
        """Those without a name by words, where the model has a text side."""
        texts, meaningless = words(), phrases()
        vectors = self._kept_texts(points, [*texts, *meaningless])
        if vectors is None:
            return regions
        known = Phrases(texts, vectors[: len(texts)])
        return worded(regions, points.space.vectors, known, vectors[len(texts) :])

    def _kept_texts(self, points: Points, texts: Sequence[str]) -> Float32 | None:
        """Vectors of texts that points can be compared with; None where their build kept none."""
        if not points.space.are_pictures:
            return None
        from explorer.embedding.kept_texts import kept_texts  # its neighbours read formats: not for the first map

        key = str(self.workspace.model_about(points.name.encoder)["key"])
        return kept_texts(self.workspace.paths.vectors, key, texts)

    def visible(self, filters: Filters, points: Points) -> Bool:
        """Rows that pass the filters on columns these points have, bool (n,); not to be written to."""
        known = tuple(one for one in filters if one.column in points.table)
        return self._masks.get((points.name, points.at, known), lambda: matching(points.table, known))

    def forget_masks(self) -> None:
        """Look at the filters anew: a column has other values."""
        self._masks.clear()

    def mask(self, selection: Selection, points: Points) -> Bool:
        """Rows of a selection, wherever its strokes were drawn, bool (n,); not to be written to."""
        return self._selections.get(
            (points.name, points.at, selection),
            lambda: selected(selection, len(points), lambda stroke: self._hit(stroke, points)),
        )

    def around(self, polygon: Polygon, layout: str, points: Points) -> Bool:
        """Which points a polygon is drawn around, bool (n,); none where its layout is gone."""
        numbers = Numbers.parse(layout)
        if numbers:
            return inside(coordinates(points.table, numbers), polygon)
        if layout == points.space.layout_key:
            return inside(points.space.xy, polygon)
        return np.zeros(len(points), np.bool_)

    def has_layout(self, name: SpaceName, layout: str) -> bool:
        """Whether a polygon of a built space still means what it did: on its layout, or in numbers that it has."""
        numbers = Numbers.parse(layout)
        if numbers:
            return has_numbers(self.points(name.of_points).table, numbers)
        return str(name) in self.workspace.manifest.spaces and self.space(name).layout_key == layout

    def placed(self, points: Points, numbers: Numbers) -> Placed:
        """Where points lie by two of their numbers."""
        key = (points.name.of_points, points.at, numbers)
        return self._placed.get(key, lambda: place(points.table, numbers))

    def _hit(self, stroke: Stroke, points: Points) -> Bool:
        """What one stroke means among these points."""
        name = SpaceName.parse(stroke.space)
        if not stroke.polygon or Numbers.parse(stroke.layout):
            name = name.of_points  # rows and their numbers are the same with any encoder and on any layout
        if str(name) not in self.workspace.manifest.spaces:
            return np.zeros(len(points), np.bool_)  # drawn on a space of an earlier build
        source = self.points(name, points.at)
        if stroke.polygon:
            hit = self.around(stroke.polygon, stroke.layout, source) & self.visible(stroke.filters, source)
        else:
            hit = np.zeros(len(source), np.bool_)
            hit[list(stroke.rows)] = True
        return self._related(hit, source, points)

    def _related(self, hit: Bool, source: Points, points: Points) -> Bool:
        """Carry a selection to another space: an image's boxes, a box's image, a detection's matched truth."""
        if source.name.of_points == points.name.of_points:
            return hit
        if source.space.are_boxes and points.space.are_boxes:
            return matched(hit, source.table.frame, points.table.frame)
        on_image = np.zeros(len(self.images), np.bool_)
        on_image[source.space.sample_rows[hit]] = True
        return on_image[points.space.sample_rows]
