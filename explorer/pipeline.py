"""The whole way from images to a workspace, in one readable function."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer import readers
from explorer.columns import Categorical, code_column
from explorer.embedding import VectorStore, class_means, class_vectors, embed_images, joined
from explorer.embedding.clip import DEFAULT_MODEL, DEFAULT_PRETRAINED
from explorer.embedding.lazy import LazyClip
from explorer.embedding.own import read_vectors
from explorer.embedding.sources import CONFIG
from explorer.errors import SourceError
from explorer.neighbors import neighbor_graph
from explorer.projection import lay_out
from explorer.records import Dataset, Embeddings, Progress, Skipped, Space
from explorer.signals.neighborhood import label_disagreement, neighbor_distance
from explorer.store.artefacts import SpaceFiles, artefact_key
from explorer.store.workspace import Manifest, Workspace, building, publish, save_samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.embedding import Inspection
    from explorer.records import Float32, OnProgress

GRAPH_K = 15
"""Neighbours stored per point, at least: the map and every signal read them."""

METHOD_VERSION = 1
"""Raise it when vectors, graphs or layouts come out differently from the same input."""


@dataclass(frozen=True)
class MapParameters:
    """How the maps are laid out; UMAP's names and defaults."""

    n_neighbors: int = 15
    min_dist: float = 0.1
    seed: int = 42

    def __post_init__(self) -> None:
        if self.n_neighbors < 2:  # noqa: PLR2004 - a point and one other
            raise SourceError(f"Expected n_neighbors of at least 2, found {self.n_neighbors}.")
        if not 0 <= self.min_dist <= 1:
            raise SourceError(f"Expected min_dist between 0 and 1, found {self.min_dist}.")


def build(
    source: Path | str,
    workspace: Path | str,
    *,
    labels: Path | str | None = None,
    predictions: Sequence[tuple[str, Path | str]] | Mapping[str, Path | str] = (),
    vectors: Path | str | None = None,
    model: str | None = None,
    pretrained: str | None = None,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    seed: int = 42,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> Workspace:
    """Embed images, labels and predictions, lay out their maps, and make that a workspace's current build.

    A second build embeds only images it has not seen and lays out only what changed; a killed one goes on where
    it stopped. Subsets and other decisions are never touched.

    Args:
        source: a folder of images, or a table of them (CSV, TSV, Parquet, JSONL).
        workspace: the folder to build in.
        labels: a table of labels to join.
        predictions: tables of predictions to join, each with its model's name.
        vectors: own vectors (.npy or Parquet) to use instead of a CLIP model.
        model: open_clip model name.
        pretrained: open_clip tag, or a local weights file.
        n_neighbors: UMAP's neighbourhood size.
        min_dist: UMAP's smallest distance on the map.
        seed: makes the map repeatable.
        name: what the workspace is called on screen.
        on_progress: called with the current step, units done, and units in all.

    Returns:
        The workspace, opened.

    Raises:
        SourceError: the source, labels, predictions or vectors cannot be used.
        ModelError: the model cannot be loaded.
        WorkspaceError: the workspace cannot be written.
    """
    source, folder = Path(source), Path(workspace)
    parameters = MapParameters(n_neighbors, min_dist, seed)
    report = on_progress or (lambda _: None)
    named = predictions.items() if hasattr(predictions, "items") else predictions
    dataset = readers.read(source, Path(labels) if labels else None, [(each, Path(file)) for each, file in named])
    embedder = _OwnVectors(Path(vectors)) if vectors else _Clip(folder, *_model(model, pretrained))
    with building(folder):
        embedded = embedder.embed(dataset, report)
        spaces = _lay_out_spaces(folder / "derived", embedded, embedder, parameters, report)
        samples = _save_samples(folder / "derived", embedded, spaces["image"])
        manifest = Manifest(
            name=name or _root(source).name,
            source=str(source.resolve()),
            root=str(_root(source)),
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            model=embedder.about,
            parameters=asdict(parameters),
            samples=samples,
            spaces={space: files.folder.name for space, files in spaces.items()},
            predictions=list(embedded.dataset.predictions),
        )
        return publish(folder, manifest)


@dataclass(frozen=True)
class _Embedded:
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
        return tuple(self.dataset.samples.index)

    def labels(self, space: str) -> list[str | None]:
        """Label (or one model's predicted label) of each sample, None where there is none."""
        kind, _, model = space.partition("/")
        table = self.dataset.predictions[model] if kind == Space.PREDICTION else self.dataset.ground_truth
        column = table.set_index("sample")["label"].reindex(self.dataset.samples.index)
        return [None if pd.isna(label) else str(label) for label in column]


class _Clip:
    """Embeds with a CLIP model, its vectors cached by image content in the workspace."""

    def __init__(self, folder: Path, name: str, pretrained: str) -> None:
        self._folder = folder
        self._model = LazyClip(name, pretrained)
        self.key = self._model.key
        self.about = {"name": name, "pretrained": pretrained, "key": self.key, "text": True}

    def embed(self, dataset: Dataset, report: OnProgress) -> _Embedded:
        store = VectorStore(self._folder / "vectors" / artefact_key(model=self.key), self.key)
        paths = [Path(path) for path in dataset.samples["filepath"]]
        inspection = embed_images(paths, self._model, store, on_progress=report)
        readable, kept, facts = _readable(dataset, inspection)
        rows = inspection.rows[kept]
        vectors = store.vectors[rows] if len(rows) else np.empty((0, 1), np.float32)
        return _Embedded(readable, facts, np.asarray(vectors, np.float32))

    def label_vectors(self, _: Float32, labels: list[str | None]) -> dict[str, Float32]:
        return class_vectors(self._model, [label for label in labels if label is not None])


class _OwnVectors:
    """Takes vectors from a file; the mean image of a class stands in for its text."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.key = ""
        self.about = {"name": f"own vectors ({file.name})", "pretrained": None, "key": "", "text": False}

    def embed(self, dataset: Dataset, report: OnProgress) -> _Embedded:
        own = read_vectors(self._file, list(dataset.samples.index))
        self.key = artefact_key(vectors=own.vectors)
        self.about["key"] = self.key
        dataset = _subset(dataset, own.ids, own.skipped)
        inspection = embed_images([Path(p) for p in dataset.samples["filepath"]], None, None, on_progress=report)
        readable, kept, facts = _readable(dataset, inspection)
        return _Embedded(readable, facts, own.vectors[kept])

    def label_vectors(self, vectors: Float32, labels: list[str | None]) -> dict[str, Float32]:
        return class_means(vectors, labels)


def _model(name: str | None, pretrained: str | None) -> tuple[str, str]:
    if name and not pretrained and ":" not in name and not Path(name).is_dir():
        raise SourceError(f"Expected --pretrained TAG|FILE with --model {name}: weights to load into it.")
    return _absolute(name or DEFAULT_MODEL), _absolute(pretrained or DEFAULT_PRETRAINED)


def _absolute(name: str) -> str:
    """A model given by its file or folder is found again from any other folder; a name stays a name."""
    path = Path(name).expanduser()
    return str(path.resolve()) if path.is_file() or (path / CONFIG).is_file() else name


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
    return _subset(dataset, tuple(ids), inspection.skipped), kept, facts


def _subset(dataset: Dataset, ids: Sequence[str], skipped: Sequence[Skipped]) -> Dataset:
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


def _lay_out_spaces(
    folder: Path,
    embedded: _Embedded,
    embedder: _Clip | _OwnVectors,
    parameters: MapParameters,
    report: OnProgress,
) -> dict[str, SpaceFiles]:
    """Compute each space's vectors, graph and layout, where its files do not exist yet."""
    spaces: dict[str, SpaceFiles] = {}
    shared = {
        "version": METHOD_VERSION,
        "ids": list(embedded.ids),
        "digests": list(embedded.facts["digest"]),
        "model": embedder.key,
        "parameters": asdict(parameters),
    }
    for name in _space_names(embedded.dataset):
        labels = None if name == Space.IMAGE else embedded.labels(name)
        key = artefact_key(space=name, labels=labels, **shared)
        spaces[name] = files = SpaceFiles(folder / f"space-{key}", embedded.ids)
        if not files.exists:
            vectors = embedded.vectors
            if labels is not None:
                vectors = joined(vectors, labels, embedder.label_vectors(vectors, labels))
            start = spaces[Space.IMAGE].layout().xy if labels is not None else None
            _lay_out_space(files, name, vectors, str(embedder.about["name"]), parameters, start, report)
    return spaces


def _space_names(dataset: Dataset) -> list[str]:
    labelled = [Space.LABEL] if dataset.ground_truth["label"].notna().any() else []
    return [Space.IMAGE, *labelled, *(f"{Space.PREDICTION}/{model}" for model in dataset.predictions)]


def _lay_out_space(
    files: SpaceFiles,
    name: str,
    vectors: Float32,
    model: str,
    parameters: MapParameters,
    start: Float32 | None,
    report: OnProgress,
) -> None:
    graph = neighbor_graph(vectors, max(parameters.n_neighbors, GRAPH_K), report)
    report(Progress(f"map of {name}s" if "/" not in name else f"map of {name}", 0, 1))
    embeddings = Embeddings(files.ids, vectors, model, Space(name.partition("/")[0]))
    layout = lay_out(embeddings, graph, **asdict(parameters), init=start)
    files.save(embeddings, graph, layout)
    report(Progress(f"map of {name}s" if "/" not in name else f"map of {name}", 1, 1))


def _save_samples(folder: Path, embedded: _Embedded, image: SpaceFiles) -> str:
    """Write the wide sample table with its signals; gives the artefact's name."""
    frame = _wide(embedded)
    graph, layout = image.neighbors(), image.layout()
    label = code_column(frame["label"].astype(object)) if "label" in frame else None
    if isinstance(label, Categorical) and label.values:
        frame["label_disagreement"] = label_disagreement(graph, label.codes)
    frame["neighbor_distance"] = neighbor_distance(graph)
    frame["neighbors_kept"] = layout.neighbors_kept
    content = pd.util.hash_pandas_object(frame, index=True).to_numpy()
    skipped = sorted(embedded.dataset.skipped)
    key = artefact_key(
        version=METHOD_VERSION,
        columns=list(frame.columns),
        content=content,
        skipped=[list(s) for s in skipped],
    )
    save_samples(folder / f"samples-{key}", frame, skipped)
    return f"samples-{key}"


def _wide(embedded: _Embedded) -> pd.DataFrame:
    """One row per sample: file facts, split, label, each model's prediction and outcome, metadata."""
    dataset = embedded.dataset
    samples = dataset.samples
    frame = pd.DataFrame({"filepath": samples["filepath"]}, index=samples.index).join(embedded.facts)
    if "split" in samples:
        frame["split"] = samples["split"]
    if len(dataset.ground_truth):
        frame["label"] = embedded.labels(Space.LABEL)
    for model, table in dataset.predictions.items():
        by_sample = table.set_index("sample").reindex(samples.index)
        frame[f"{model}.prediction"] = by_sample["label"]
        frame[f"{model}.confidence"] = by_sample["confidence"]
        if "label" in frame:
            frame[f"{model}.outcome"] = _outcome(frame["label"], by_sample["label"])
    return frame.join(samples.drop(columns=["filepath", "split"], errors="ignore"))


def _outcome(labels: pd.Series, predicted: pd.Series) -> pd.Series:
    known = labels.notna() & predicted.notna()
    said = pd.Series(np.where(labels == predicted, "correct", "wrong"), index=labels.index, dtype=object)
    return said.where(known, None)


def _root(source: Path) -> Path:
    return (source if source.is_dir() else source.parent).resolve()
