"""From a dataset to its vectors: through a CLIP model, or from the user's own file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.engines import AUTO
from explorer.data.keys import artefact_key
from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName, Task, predictions_of
from explorer.data.tables import values_of
from explorer.embedding.crops import embed_crops
from explorer.embedding.images import embed_images
from explorer.embedding.kept_texts import keep_texts
from explorer.embedding.label_text import class_means, class_vectors
from explorer.embedding.lazy_clip import LazyClip
from explorer.embedding.own_vectors import read_vectors
from explorer.embedding.vector_store import VectorStore, ran_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.engines import Ran
    from explorer.data.records import Dataset, Float32, Int64, OnProgress, Skipped
    from explorer.embedding.images import Inspection
    from explorer.embedding.own_vectors import OwnVectors as Brought


@dataclass(frozen=True)
class Embedded:
    """A dataset whose images could all be read, with their vectors.

    Attributes:
        dataset: the readable part; what was left out is in its `skipped`.
        facts: index sample id; digest, width, height.
        vectors: float32 (n, d), unit rows, in the order of the samples.
    """

    dataset: Dataset
    facts: pd.DataFrame
    vectors: Float32

    @property
    def ids(self) -> tuple[str, ...]:
        """Sample ids in row order."""
        return tuple(self.dataset.samples.index)

    def only(self, ids: Sequence[str]) -> Embedded:
        """The part of it with these samples."""
        rows = self.dataset.samples.index.get_indexer(pd.Index(ids))
        return Embedded(_part(self.dataset, ids, ()), self.facts.loc[list(ids)], self.vectors[rows])

    def objects(self, space: SpaceName) -> pd.DataFrame:
        """The ground truth, or one model's predictions."""
        return self.dataset.predictions[space.model] if space.kind is Space.PREDICTION else self.dataset.ground_truth

    @property
    def object_spaces(self) -> list[SpaceName]:
        """In detection, the spaces of boxes: of labels, and of each model."""
        named = [LABELS, *map(predictions_of, self.dataset.predictions)]
        return [space for space in named if self.dataset.task.has_boxes_in(space)]

    def point_ids(self, space: SpaceName) -> tuple[str, ...]:
        """Ids of a space's points, boxes or images, in row order."""
        return tuple(self.objects(space).index) if self.dataset.task.has_boxes_in(space) else self.ids

    def labels(self, space: SpaceName) -> list[str | None]:
        """In classification, the label (or predicted label) of each sample, None where there is none."""
        return values_of(self.objects(space).set_index("sample")["label"].reindex(self.dataset.samples.index))


class Embedder(Protocol):
    """Where vectors come from.

    Attributes:
        key: names exactly these weights or vectors.
        about: what the manifest says of the model.
        sees_boxes: whether parts of images can be embedded.
    """

    key: str
    about: dict[str, Any]
    sees_boxes: bool

    def embed(self, dataset: Dataset, report: OnProgress) -> Embedded:
        """Read every image and give it a vector."""

    def embed_again(self, embedded: Embedded, report: OnProgress) -> Float32:
        """Give images that another engine embedded vectors too: float32 (n, d), zero where one has none here."""

    def label_vectors(
        self, vectors: Float32, labels: Sequence[str | None], further: Sequence[str | None] = ()
    ) -> Mapping[str, Float32]:
        """Give each label a vector in the space of the images; `further` labels are of images without a vector here."""

    def embed_boxes(
        self, embedded: Embedded, spaces: Sequence[SpaceName], margin: float, report: OnProgress
    ) -> dict[SpaceName, Float32]:
        """Give each box of these spaces the vector of its crop."""

    def keep_texts(self, texts: Sequence[str]) -> None:
        """Embed texts for who opens the workspace later, where there is a text side."""


class Clip:
    """Embeds with a CLIP model, its vectors cached by image content."""

    sees_boxes = True

    def __init__(self, folder: Path, name: str, pretrained: str, engine: str = AUTO) -> None:
        """Take the folder of cached vectors, the model's name and weights, and what is to run it."""
        self._model = LazyClip(name, pretrained, engine, folder)
        self.key = self._model.key
        self.about: dict[str, Any] = {"name": name, "pretrained": pretrained, "key": self.key, "text": True}
        self._vectors = folder
        self._folder = folder / artefact_key(model=self.key)
        if engine != AUTO:  # what was asked for is not mixed with what was chosen
            self.about["engine"] = engine
            self._folder = folder / artefact_key(model=self.key, engine=engine)
        self._say(ran_in(self._folder))

    def _say(self, ran: Sequence[Ran]) -> None:
        """Have the manifest say what made the vectors."""
        if ran:
            self.about["ran"] = "; ".join(map(str, ran))

    def embed(self, dataset: Dataset, report: OnProgress) -> Embedded:
        """Embed what the store does not hold yet."""
        store = VectorStore(self._folder, self.key)
        self._model.expect(len(dataset.samples), store.ran)
        inspection = embed_images(_paths(dataset), self._model, store, on_progress=report)
        readable, kept, facts = _readable(dataset, inspection)
        self._say(store.ran)
        return Embedded(readable, facts, _gathered(store, inspection.rows[kept]))

    def embed_again(self, embedded: Embedded, report: OnProgress) -> Float32:
        """Embed what the store does not hold yet, by the contents that are known; changed files have no vector."""
        store = VectorStore(self._folder, self.key)
        digests = list(embedded.facts["digest"])
        new = [path for path, digest in zip(_paths(embedded.dataset), digests, strict=True) if digest not in store]
        if new:
            self._model.expect(len(new), store.ran)
            embed_images(new, self._model, store, on_progress=report)
            self._say(store.ran)
        return _gathered(store, store.rows(digests))

    def label_vectors(
        self, _: Float32, labels: Sequence[str | None], further: Sequence[str | None] = ()
    ) -> Mapping[str, Float32]:
        """Embed label texts."""
        return class_vectors(self._model, [label for label in (*labels, *further) if label is not None])

    def embed_boxes(
        self, embedded: Embedded, spaces: Sequence[SpaceName], margin: float, report: OnProgress
    ) -> dict[SpaceName, Float32]:
        """Embed the crops of all spaces in one pass, each image decoded once; zero where a box is outside its image."""
        store = VectorStore(self._folder, self.key)
        tables = [embedded.objects(space) for space in spaces]
        owners = embedded.dataset.samples.index.get_indexer(pd.Index(pd.concat(tables)["sample"]))
        boxes = pd.concat(tables)[list(BOX)].to_numpy(np.float64)
        order = np.argsort(owners, kind="stable")
        per_image = np.split(boxes[order], np.searchsorted(owners[order], np.arange(1, len(embedded.ids))))
        self._model.expect(len(boxes), store.ran)
        found = embed_crops(_paths(embedded.dataset), per_image, self._model, store, margin=margin, on_progress=report)
        self._say(store.ran)
        rows = np.empty(len(boxes), np.int64)
        rows[order] = found.rows
        ends = np.cumsum([len(table) for table in tables])[:-1]
        return dict(zip(spaces, (_gathered(store, part) for part in np.split(rows, ends)), strict=True))

    def keep_texts(self, texts: Sequence[str]) -> None:
        """Keep them beside the images' vectors."""
        keep_texts(self._vectors, self.key, texts, self._model)


class OwnVectors:
    """Takes vectors from a file; the mean image of a class stands in for its text."""

    sees_boxes = False

    def __init__(self, file: Path, beside: Path | None = None) -> None:
        """Take the file, and the folder that paths in it start from where it does not lie there itself."""
        self._file, self._beside = file, beside
        self.key = ""
        self.about: dict[str, Any] = {
            "name": f"own vectors ({file.name})",
            "pretrained": None,
            "key": "",
            "text": False,
        }

    def embed(self, dataset: Dataset, report: OnProgress) -> Embedded:
        """Read the file, and every image once to find those that cannot be shown."""
        own = self._read(dataset)
        dataset = _part(dataset, own.ids, own.skipped)
        readable, kept, facts = _readable(dataset, embed_images(_paths(dataset), None, None, on_progress=report))
        return Embedded(readable, facts, own.vectors[kept])

    def embed_again(self, embedded: Embedded, _: OnProgress) -> Float32:
        """Read the file; the images were read before."""
        own = self._read(embedded.dataset)
        vectors = np.zeros((len(embedded.ids), own.vectors.shape[1]), np.float32)
        vectors[embedded.dataset.samples.index.get_indexer(pd.Index(own.ids))] = own.vectors
        return vectors

    def _read(self, dataset: Dataset) -> Brought:
        own = read_vectors(
            self._file, list(dataset.samples.index), list(dataset.samples["filepath"]), beside=self._beside
        )
        self.key = self.about["key"] = artefact_key(vectors=own.vectors)
        return own

    def label_vectors(
        self, vectors: Float32, labels: Sequence[str | None], _: Sequence[str | None] = ()
    ) -> Mapping[str, Float32]:
        """Take the mean vector of each class; a class without images here has none."""
        return class_means(vectors, labels)

    def embed_boxes(self, *_: object) -> dict[SpaceName, Float32]:
        """Own vectors are of whole images."""
        return {}

    def keep_texts(self, texts: Sequence[str]) -> None:
        """Keep nothing: a file of vectors has no text side."""


def _paths(dataset: Dataset) -> list[Path]:
    return [Path(path) for path in dataset.samples["filepath"]]


def _gathered(store: VectorStore, rows: Int64) -> Float32:
    """Vectors of store rows, zero for row -1."""
    if not len(store):
        return np.zeros((len(rows), max(1, store.width)), np.float32)
    vectors = np.array(store.vectors[np.maximum(rows, 0)])
    vectors[rows < 0] = 0
    return vectors


def _readable(dataset: Dataset, inspection: Inspection) -> tuple[Dataset, NDArray[np.int64], pd.DataFrame]:
    """The part of a dataset whose images can be read, its former rows, and its image facts."""
    kept = np.flatnonzero([bool(digest) for digest in inspection.digests])
    ids = dataset.samples.index[kept]
    facts = pd.DataFrame(
        {
            "digest": [inspection.digests[row] for row in kept],
            "width": inspection.widths[kept],
            "height": inspection.heights[kept],
        },
        index=ids,
    )
    return _part(dataset, tuple(ids), inspection.skipped), kept, facts


def _part(dataset: Dataset, ids: Sequence[str], skipped: Sequence[Skipped]) -> Dataset:
    """A dataset with only these samples, in this order, and the objects on them."""
    known = set(ids)

    def of_known(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["sample"].isin(known)]

    return replace(
        dataset,
        samples=dataset.samples.loc[list(ids)],
        ground_truth=of_known(dataset.ground_truth),
        predictions={name: of_known(table) for name, table in dataset.predictions.items()},
        skipped=(*dataset.skipped, *skipped),
    )


def space_names(dataset: Dataset) -> list[SpaceName]:
    """The spaces that a dataset has points in: images, then labels and each model's predictions where there are any."""
    labelled = [LABELS] if dataset.ground_truth["label"].notna().any() else []
    unsaid = dataset.task is Task.CLASSIFICATION  # an image without a prediction is a point too
    predicted = [model for model, table in dataset.predictions.items() if len(table) or unsaid]
    return [IMAGES, *labelled, *map(predictions_of, predicted)]
