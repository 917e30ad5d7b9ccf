"""Each space's vectors, graph and layout, computed where their files do not exist yet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.boxes import BOX
from explorer.data.keys import artefact_key
from explorer.data.records import Embeddings, Layout, Neighbors, Progress
from explorer.data.spaces import IMAGES, Space
from explorer.embedding.embedders import space_names
from explorer.embedding.label_text import joined
from explorer.errors import ModelError, SourceError
from explorer.maps.layout import lay_out
from explorer.maps.neighbors import EXACT_UP_TO, load_or_build, neighbor_graph
from explorer.maps.placement import continued
from explorer.maps.registration import registered
from explorer.maps.trust import map_trust
from explorer.store.derived.artefacts import SpaceFiles
from explorer.subsets.chance import phrases
from explorer.subsets.explain import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Bool, Float32, Int64, OnProgress
    from explorer.data.spaces import SpaceName
    from explorer.embedding.embedders import Embedded, Embedder
    from explorer.maps.neighbors import SavedIndex

METHOD_VERSION = 1
"""Raise it when vectors, graphs or layouts come out differently from the same input."""

GRAPH_K = 15
"""Neighbours stored per point, at least: the map and every signal read them."""

Spaces = dict["SpaceName", SpaceFiles]


@dataclass(frozen=True)
class MapParameters:
    """How the maps are laid out: UMAP's names and defaults, and how much of an image a crop shows around its box."""

    n_neighbors: int = 15
    min_dist: float = 0.1
    seed: int = 42
    margin: float = 0.1

    def __post_init__(self) -> None:
        if self.n_neighbors < 2:  # noqa: PLR2004 - a point and one other
            raise SourceError(f"Expected n_neighbors of at least 2, found {self.n_neighbors}.")
        if not 0 <= self.seed < 2**32:
            raise SourceError(f"Expected a seed between 0 and {2**32 - 1}, found {self.seed}.")
        if not 0 <= self.min_dist <= 1:
            raise SourceError(f"Expected min_dist between 0 and 1, found {self.min_dist}.")
        if not 0 <= self.margin <= 10:  # noqa: PLR2004 - ten times the box is surely a slip
            raise SourceError(f"Expected a margin between 0 and 10 (0.1 is 10% of the box), found {self.margin}.")

    @property
    def umap(self) -> list[float]:
        """Those that a layout depends on."""
        return [self.n_neighbors, self.min_dist, self.seed]


def lay_out_spaces(
    folder: Path,
    embedded: Embedded,
    embedder: Embedder,
    parameters: MapParameters,
    report: OnProgress,
    *,
    on_images: Callable[[SpaceFiles], None] = lambda _: None,
    encoder: str = "",
    beside: Mapping[SpaceName, SpaceFiles] | None = None,
    there: Mapping[SpaceName, SpaceFiles] = MappingProxyType({}),
    earlier: Mapping[SpaceName, SpaceFiles] = MappingProxyType({}),
) -> Spaces:
    """Compute what is missing.

    Args:
        folder: where artefacts lie.
        embedded: the dataset with its image vectors; those of a further encoder are zero where it has none.
        embedder: embeds label texts and crops.
        parameters: of the maps.
        report: told about progress.
        on_images: called with the files of the images' space, as soon as they are there.
        encoder: name of the encoder, where it is a further one.
        beside: the spaces of the first encoder, where it is a further one: its maps are registered to theirs.
        there: spaces that stay as they are.
        earlier: spaces of the build before, laid out with the same parameters: their points stay where they are.

    Returns:
        The files of each space.
    """
    has_boxes_in = embedded.dataset.task.has_boxes_in
    names = [name for name in space_names(embedded.dataset) if embedder.sees_boxes or not has_boxes_in(name)]
    names = [replace(name, encoder=encoder) for name in names if beside is None or name in beside]
    asked = {name: _files(folder, name, embedded, embedder, parameters, beside) for name in names if name not in there}
    new = {name: files.after(earlier.get(name)) for name, files in asked.items()}
    spaces = {name: new[name] if name in new else there[name] for name in names}
    missing = [name for name, files in new.items() if not files.exists]
    images = replace(IMAGES, encoder=encoder)

    def make(name: SpaceName, cropped: Mapping[SpaceName, Float32]) -> None:
        vectors, boxes = _vectors(name, embedded, embedder, cropped), has_boxes_in(name)
        known = None if beside is None or boxes else np.any(embedded.vectors != 0, axis=1)
        start = None if name == images or boxes else spaces[images].layout().xy
        reference = beside[name.of_points].layout().xy if beside else None
        drawing = Drawing(title_of(name), parameters, start, reference, earlier.get(name))
        embeddings = Embeddings(spaces[name].ids, vectors, str(embedder.about["name"]), name.kind)
        _lay_out_space(spaces[name], embeddings, known, drawing, report)

    if images in missing:
        missing.remove(images)
        make(images, {})
        on_images(spaces[images])
        with suppress(ModelError):  # regions are then named without words
            embedder.keep_texts([*words(), *phrases()])
    else:
        on_images(spaces[images])
    crops = [name for name in missing if has_boxes_in(name)]
    cropped = embedder.embed_boxes(embedded, crops, parameters.margin, report) if crops else {}
    for name in missing:
        make(name, cropped)
    return spaces


def _files(
    folder: Path,
    name: SpaceName,
    embedded: Embedded,
    embedder: Embedder,
    parameters: MapParameters,
    beside: Mapping[SpaceName, SpaceFiles] | None,
) -> SpaceFiles:
    """Where a space's files lie: their name is made of everything they depend on."""
    ids = embedded.point_ids(name)
    about: dict[str, object] = {
        "version": METHOD_VERSION,
        "space": str(name),
        "ids": list(ids),
        "digests": list(embedded.facts["digest"]),
        "model": embedder.key,
        "umap": parameters.umap,
    }
    if engine := embedder.about.get("engine"):
        about["engine"] = engine
    if embedded.dataset.task.has_boxes_in(name):
        table = embedded.objects(name)
        about |= {"boxes": table[list(BOX)].to_numpy(), "of": list(table["sample"]), "margin": parameters.margin}
    elif name.kind is not Space.IMAGE:
        about["labels"] = embedded.labels(name)
    if beside is not None:
        about["registered"] = beside[name.of_points].folder.name
    return SpaceFiles(folder / f"space-{artefact_key(**about)}", ids)


def _vectors(name: SpaceName, embedded: Embedded, embedder: Embedder, cropped: Mapping[SpaceName, Float32]) -> Float32:
    if name in cropped:
        return cropped[name]
    if name.kind is Space.IMAGE:
        return embedded.vectors
    labels: Sequence[str | None] = embedded.labels(name)
    return joined(embedded.vectors, labels, embedder.label_vectors(embedded.vectors, labels))


def _kept_index(files: SpaceFiles, vectors: Float32) -> SavedIndex | None:
    """Above the size where search is exact, the index takes minutes: build it once, for the graph and for search."""
    if len(vectors) <= EXACT_UP_TO:
        return None
    files.folder.parent.mkdir(parents=True, exist_ok=True)
    return load_or_build(files.folder.with_name(f"{files.folder.name}.faiss"), vectors, files.folder.name)


def title_of(name: SpaceName) -> str:
    """What laying out a space is called while it goes on."""
    first = f"map of {name.of_points}" if name.model else f"map of {name.kind}s"
    return ", ".join([first, *filter(None, (name.encoder, name.layout))])


def _lay_out_space(
    files: SpaceFiles, embeddings: Embeddings, known: Bool | None, drawing: Drawing, report: OnProgress
) -> None:
    """Compute graph and map of a space; of the points that are `known` where not all are."""
    vectors, k = embeddings.vectors, max(drawing.parameters.n_neighbors, GRAPH_K)
    index = _kept_index(files, vectors) if known is None or known.all() else None
    graph = graph_of(vectors, known, k, report, index)
    files.save(embeddings, graph, drawing.of(embeddings, graph, known, report))


def graph_of(
    vectors: Float32, known: Bool | None, k: int, report: OnProgress, index: SavedIndex | None = None
) -> Neighbors:
    """The graph of points among those that are `known`; another has no neighbour but itself, at similarity 0."""
    if known is None or known.all():
        return neighbor_graph(vectors, k, report, index=index)
    rows = np.flatnonzero(known)
    return _among_all(neighbor_graph(vectors[rows], k, report), rows, len(vectors))


def _among_all(graph: Neighbors, rows: Int64, n: int) -> Neighbors:
    """A graph of some rows as one of all."""
    indices = np.repeat(np.arange(n)[:, None], graph.k, axis=1)
    similarities = np.zeros(indices.shape, np.float32)
    indices[rows], similarities[rows] = rows[graph.indices], graph.similarities
    return Neighbors(indices, similarities, graph.recall)


def _of_some(graph: Neighbors, rows: Int64) -> Neighbors:
    """The inverse of `_among_all`."""
    place = np.full(len(graph.indices), -1)
    place[rows] = np.arange(len(rows))
    return Neighbors(place[graph.indices[rows]], graph.similarities[rows], graph.recall)


@dataclass(frozen=True)
class Drawing:
    """How a map comes about: its title and parameters, where its points start, and the map it is registered to.

    Where most of its points were on an `earlier` map, that one is continued: selections and subsets were drawn on it.
    """

    title: str
    parameters: MapParameters
    start: Float32 | None = None
    reference: Float32 | None = None
    earlier: SpaceFiles | None = None

    def of(self, embeddings: Embeddings, graph: Neighbors, known: Bool | None, report: OnProgress) -> Layout:
        """The map of points; those that are not `known` have no place on it, which is NaN."""
        if known is None or known.all():
            return self._whole(embeddings, graph, self.start, self.reference, report)
        rows = np.flatnonzero(known)
        ids = tuple(embeddings.ids[row] for row in rows)
        part = replace(embeddings, ids=ids, vectors=embeddings.vectors[rows])
        start, reference = (None if xy is None else xy[rows] for xy in (self.start, self.reference))
        some = self._whole(part, _of_some(graph, rows), start, reference, report)
        xy, kept = np.full((len(known), 2), np.nan, np.float32), np.full(len(known), np.nan, np.float32)
        xy[rows], kept[rows] = some.xy, some.neighbors_kept
        return Layout(embeddings.ids, xy, kept, some.trustworthiness)

    def _whole(
        self,
        embeddings: Embeddings,
        graph: Neighbors,
        start: Float32 | None,
        reference: Float32 | None,
        report: OnProgress,
    ) -> Layout:
        report(Progress(self.title, 0, 1))
        going_on = self._continued(embeddings, graph)
        if going_on is not None:
            report(Progress(self.title, 1, 1))
            return going_on
        layout = lay_out(
            embeddings,
            graph,
            n_neighbors=self.parameters.n_neighbors,
            min_dist=self.parameters.min_dist,
            seed=self.parameters.seed,
            init=start,
            on_epoch=lambda done, total: report(Progress(self.title, min(done, total - 1), total)),
        )
        report(Progress(self.title, 1, 1))
        return layout if reference is None else replace(layout, xy=registered(layout.xy, reference))

    def _continued(self, embeddings: Embeddings, graph: Neighbors) -> Layout | None:
        """The earlier map with what is new among its points, where there is one that most points were on."""
        if self.earlier is None or not self.earlier.exists:
            return None
        xy = continued(embeddings, self.earlier.embeddings(), np.asarray(self.earlier.layout().xy))
        if xy is None:
            return None
        trust, kept = map_trust(embeddings.vectors, xy, graph, min(self.parameters.n_neighbors, graph.k))
        return Layout(embeddings.ids, xy, kept, trust)
