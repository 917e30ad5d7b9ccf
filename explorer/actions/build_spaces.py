"""Each space's vectors, graph and layout, computed where their files do not exist yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.data.boxes import BOX
from explorer.data.keys import artefact_key
from explorer.data.records import Embeddings, Progress
from explorer.data.spaces import IMAGES
from explorer.embedding import joined
from explorer.embedding.embedders import space_names
from explorer.errors import SourceError
from explorer.maps.layout import lay_out
from explorer.maps.neighbors import EXACT_UP_TO, load_or_build, neighbor_graph
from explorer.store.derived.artefacts import SpaceFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from explorer.data.records import Float32, OnProgress
    from explorer.data.spaces import SpaceName
    from explorer.embedding.embedders import Embedded, Embedder
    from explorer.maps.neighbors import SavedIndex

METHOD_VERSION = 1
"""Raise it when vectors, graphs or layouts come out differently from the same input."""

GRAPH_K = 15
"""Neighbours stored per point, at least: the map and every signal read them."""


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


def lay_out_spaces(
    folder: Path,
    embedded: Embedded,
    embedder: Embedder,
    parameters: MapParameters,
    report: OnProgress,
    on_images: Callable[[SpaceFiles], None],
) -> dict[SpaceName, SpaceFiles]:
    """Compute what is missing.

    Args:
        folder: where artefacts lie.
        embedded: the dataset with its image vectors.
        embedder: embeds label texts and crops.
        parameters: of the maps.
        report: told about progress.
        on_images: called with the files of the images' space, as soon as they are there.

    Returns:
        The files of each space.
    """
    has_boxes_in = embedded.dataset.task.has_boxes_in
    names = [name for name in space_names(embedded.dataset) if embedder.sees_boxes or not has_boxes_in(name)]
    spaces = {name: _files(folder, name, embedded, embedder, parameters) for name in names}
    missing = [name for name, files in spaces.items() if not files.exists]
    model = str(embedder.about["name"])
    if IMAGES in missing:
        missing.remove(IMAGES)
        _lay_out_space(spaces[IMAGES], IMAGES, embedded.vectors, model, parameters, None, report)
    on_images(spaces[IMAGES])
    crops = [name for name in missing if has_boxes_in(name)]
    cropped = embedder.embed_boxes(embedded, crops, parameters.margin, report) if crops else {}
    for name in missing:
        vectors = cropped[name] if name in cropped else _joined(name, embedded, embedder)
        start = None if has_boxes_in(name) else spaces[IMAGES].layout().xy
        _lay_out_space(spaces[name], name, vectors, model, parameters, start, report)
    return spaces


def _files(
    folder: Path, name: SpaceName, embedded: Embedded, embedder: Embedder, parameters: MapParameters
) -> SpaceFiles:
    """Where a space's files lie: their name is made of everything they depend on."""
    ids = embedded.point_ids(name)
    about: dict[str, object] = {
        "version": METHOD_VERSION,
        "space": str(name),
        "ids": list(ids),
        "digests": list(embedded.facts["digest"]),
        "model": embedder.key,
        "umap": [parameters.n_neighbors, parameters.min_dist, parameters.seed],
    }
    if embedded.dataset.task.has_boxes_in(name):
        table = embedded.objects(name)
        about |= {"boxes": table[list(BOX)].to_numpy(), "of": list(table["sample"]), "margin": parameters.margin}
    elif name != IMAGES:
        about["labels"] = embedded.labels(name)
    return SpaceFiles(folder / f"space-{artefact_key(**about)}", ids)


def _joined(name: SpaceName, embedded: Embedded, embedder: Embedder) -> Float32:
    """Of images with the labels or predictions of a space."""
    labels: Sequence[str | None] = embedded.labels(name)
    return joined(embedded.vectors, labels, embedder.label_vectors(embedded.vectors, labels))


def _kept_index(files: SpaceFiles, vectors: Float32) -> SavedIndex | None:
    """Above the size where search is exact, the index takes minutes: build it once, for the graph and for search."""
    if len(vectors) <= EXACT_UP_TO:
        return None
    files.folder.parent.mkdir(parents=True, exist_ok=True)
    return load_or_build(files.folder.with_name(f"{files.folder.name}.faiss"), vectors, files.folder.name)


def _lay_out_space(
    files: SpaceFiles,
    name: SpaceName,
    vectors: Float32,
    model: str,
    parameters: MapParameters,
    start: Float32 | None,
    report: OnProgress,
) -> None:
    title = f"map of {name}" if name.model else f"map of {name}s"
    k = max(parameters.n_neighbors, GRAPH_K)
    graph = neighbor_graph(vectors, k, report, index=_kept_index(files, vectors))
    report(Progress(title, 0, 1))
    layout = lay_out(
        Embeddings(files.ids, vectors, model, name.kind),
        graph,
        n_neighbors=parameters.n_neighbors,
        min_dist=parameters.min_dist,
        seed=parameters.seed,
        init=start,
        on_epoch=lambda done, total: report(Progress(title, min(done, total - 1), total)),
    )
    files.save(Embeddings(files.ids, vectors, model, name.kind), graph, layout)
    report(Progress(title, 1, 1))
