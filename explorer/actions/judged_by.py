"""A workspace as it is judged by the labels that people corrected: the same build, and all that follows from them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.exported_labels import labels_of
from explorer.actions.signals import made_of_labels
from explorer.data.boxes import BOX
from explorer.data.corrections import CORRECTED, GIVEN
from explorer.data.keys import artefact_key
from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName, Task
from explorer.data.thresholds import Thresholds
from explorer.maps.changed_points import ChangedPoints, placed_anew
from explorer.points.cache import Cache
from explorer.points.image_table import answered, changes, counts_at, per_image
from explorer.points.index import space_index
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from explorer.data.records import Embeddings, Layout, Neighbors


def judged_by(workspace: Workspace, labels: str) -> Workspace:
    """The workspace as it is judged by `GIVEN` or by `CORRECTED` labels; the same where nobody corrected any.

    What people correct later is not in it: ask again.
    """
    given = workspace.given
    return given if labels == GIVEN else corrected_workspace(given) or given


def corrected_workspace(given: Workspace) -> CorrectedWorkspace | None:
    """A workspace as it is judged by corrected labels; None where nobody corrected any."""
    now = CorrectedWorkspace(given)
    return now if now.changes.number else None


class Changes(NamedTuple):
    """How corrected labels differ from those in the data.

    Attributes:
        number: how many labels are others, in detection boxes: relabelled, moved, added or removed.
        key: names exactly these differences.
    """

    number: int
    key: str


def changes_of(given: pd.DataFrame, now: pd.DataFrame) -> Changes:
    """Hold labels against those in the data, both as `Dataset.ground_truth` has them."""
    columns = ["label", *(side for side in BOX if side in given)]
    other = (now[columns] != given[columns].reindex(now.index)).any(axis=1)
    removed = given.index.difference(now.index)
    rows = now.loc[other, ["sample", *columns]].reset_index().to_numpy().tolist()
    return Changes(int(other.sum()) + len(removed), artefact_key(other=rows, removed=list(removed)))


def in_words(changes: Changes) -> str:
    """What a page or a command says of being judged by corrected labels."""
    return f"Judged by corrected labels: {changes.number:,} corrected"


class CorrectedWorkspace(Workspace):
    """A workspace judged by corrected labels: its rows of images, its maps and its other tables are those of the build.

    What follows from labels is computed when it is asked for, and kept nowhere: it is as right as the decisions were
    when this was made, whatever is decided since. On maps of labels the corrected points are placed anew among the
    others, which stay where they are.

    Attributes:
        changes: how the labels differ from those in the data.
    """

    def __init__(self, given: Workspace) -> None:
        super().__init__(given.path, given.decisions_location, manifest=given.manifest)
        self._given = given
        self.decisions = given.decisions
        labels = labels_of(given, CORRECTED)
        self.changes = changes_of(labels_of(given, GIVEN), labels)
        self._labels = _by_image(labels, given) if self.task is Task.DETECTION else labels
        self._moved: Cache[ChangedPoints] = Cache()
        self._maps: Cache[tuple[Neighbors, Layout]] = Cache()

    @property
    def given(self) -> Workspace:
        """The same, judged by the labels in the data."""
        return self._given

    @property
    def tables_key(self) -> str:
        """Names the tables as they follow from these labels."""
        return f"{self.given.tables_key}-{self.changes.key}"

    @property
    def index(self) -> pd.Index:
        """Sample ids in row order."""
        return self.given.index

    @cached_property
    def samples(self) -> pd.DataFrame:
        """As those of the build, with other labels, outcomes and signals of labels."""
        return self.given.samples.assign(**{str(name): self.follows[name] for name in self.follows})

    @cached_property
    def follows(self) -> pd.DataFrame:
        """The columns of the samples that follow from labels."""
        frame = self._counts() if self.task is Task.DETECTION else self._answers()
        signals = made_of_labels(self, self.given.samples.assign(**{str(name): frame[name] for name in frame}))
        return frame.assign(**signals)

    def objects(self, space: SpaceName | str) -> pd.DataFrame:
        """In detection, the boxes of a space: of labels as they were corrected."""
        name = str(space.of_points if isinstance(space, SpaceName) else space)
        return self._labels if name == str(LABELS) else self.given.objects(space)

    def embeddings(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> Embeddings:
        """Unit vectors of a space; of labels with those of corrected points."""
        name = self.space_name(space, model)
        before = self.given.embeddings(name)
        points = self._points(name)
        return before if points is None else replace(before, ids=points.ids, vectors=points.vectors(before.vectors))

    def neighbors(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> Neighbors:
        """The neighbour graph of a space."""
        name = self.space_name(space, model)
        return self.given.neighbors(name) if self._points(name) is None else self._placed(name)[0]

    def layout(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> Layout:
        """The frozen map of a space; of labels with corrected points placed anew."""
        name = self.space_name(space, model)
        return self.given.layout(name) if self._points(name) is None else self._placed(name)[1]

    def artefact(self, space: SpaceName) -> str:
        """A short name for exactly these points and vectors."""
        key = self.given.artefact(space)
        return key if self._points(space) is None else f"{key}-{self.changes.key}"

    def _answers(self) -> pd.DataFrame:
        """In classification, the label of each image, and how each model did."""
        samples, models = self.given.samples, self.manifest.predictions
        frame = pd.DataFrame({"label": self._labels["label"].reindex(self.index)})
        for model in models:
            frame[f"{model}.outcome"] = answered(frame["label"], samples[f"{model}.prediction"])
        return frame.join(changes(frame, models))

    def _counts(self) -> pd.DataFrame:
        """In detection, how many boxes each image has, open where nobody looked, and how each model did."""
        boxes = per_image(self._labels, self.index)
        looked = self.given.samples["boxes"].notna() | (boxes > 0)
        return pd.DataFrame({"boxes": boxes.where(looked)}).join(counts_at(self, Thresholds()))

    def _points(self, space: SpaceName) -> ChangedPoints | None:
        """The points of a map of labels that corrections changed; None of a map that they did not."""
        if space.kind is not Space.LABEL:
            return None
        points = self._moved.get(space.of_vectors, lambda: self._changed(space.of_vectors))
        return None if points.stay.all() and len(points.ids) == len(self.given.sample_ids(space)) else points

    def _changed(self, space: SpaceName) -> ChangedPoints:
        return self._changed_boxes(space) if self.task is Task.DETECTION else self._changed_images(space)

    def _placed(self, space: SpaceName) -> tuple[Neighbors, Layout]:
        points = self._moved.get(space.of_vectors, lambda: self._changed(space.of_vectors))
        given = self.given

        def place() -> tuple[Neighbors, Layout]:
            index = space_index(given, space).index
            vectors = given.embeddings(space).vectors
            return placed_anew(points, vectors, given.neighbors(space), given.layout(space), index)

        return self._maps.get(space, place)

    def _changed_images(self, space: SpaceName) -> ChangedPoints:
        """Images that are called something else: their pictures stay, what they are called is another part."""
        from explorer.actions.corrected_vectors import parts_of  # engines and formats: not for the first map
        from explorer.embedding.label_text import relabelled

        given = _names(self.given.samples["label"])
        now = _names(self.follows["label"])
        rows = np.flatnonzero([one != other for one, other in zip(given, now, strict=True)])
        said = [now[row] for row in rows]
        source = np.arange(len(given))
        source[rows] = -1
        vectors = self.given.embeddings(space).vectors
        parts = parts_of(self.given, space, given, sorted({one for one in said if one} - {*given}))
        return ChangedPoints(self.ids, source, relabelled(vectors, given, rows, said, parts))

    def _changed_boxes(self, space: SpaceName) -> ChangedPoints:
        """Boxes that were drawn or moved show something else; what a box is called is no part of its picture."""
        from explorer.actions.corrected_vectors import crops_of  # as above

        before, now = self.given.objects(LABELS), self._labels
        source = np.asarray(before.index.get_indexer(now.index), np.int64)
        sides = list(BOX)
        source[(now[sides] != before[sides].reindex(now.index)).any(axis=1)] = -1
        return ChangedPoints(tuple(now.index), source, crops_of(self.given, space, now[source < 0]))


def _by_image(labels: pd.DataFrame, given: Workspace) -> pd.DataFrame:
    """Boxes in the order of the build; drawn ones behind the last one before that is on their image, or before it."""
    before = given.objects(LABELS)
    rows = pd.Series(np.arange(len(before)), before.index)
    last = rows.groupby(before["sample"].to_numpy()).max().reindex(given.index).cummax().fillna(-1)
    place = rows.reindex(labels.index)
    place = place.where(place.notna(), last.reindex(labels["sample"]).to_numpy() + 0.5)
    return labels.iloc[np.argsort(place.to_numpy(), kind="stable")]


def _names(labels: pd.Series) -> list[str | None]:
    return [None if pd.isna(label) else str(label) for label in labels]
