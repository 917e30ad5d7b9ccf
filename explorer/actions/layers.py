"""Further layouts and encoders of a build: every space once more, beside the first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.batch_matches import matches_of
from explorer.actions.build_spaces import (
    METHOD_VERSION,
    Drawing,
    MapParameters,
    Spaces,
    graph_of,
    lay_out_spaces,
    title_of,
)
from explorer.actions.embedder import embedder_named
from explorer.actions.join_batches import rejoined
from explorer.data.keys import artefact_key
from explorer.data.spaces import IMAGES, Space
from explorer.errors import ModelError, SourceError
from explorer.store.derived.artefacts import SpaceFiles
from explorer.store.derived.building import publish
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.records import Bool, OnProgress
    from explorer.data.spaces import SpaceName
    from explorer.embedding.embedders import Embedded
    from explorer.store.derived.manifest import Manifest
    from explorer.store.paths import WorkspacePaths


class Layers(NamedTuple):
    """What is wanted beside the first maps: further encoders and layouts, as the manifest has them."""

    encoders: Sequence[dict[str, Any]] = ()
    layouts: Sequence[dict[str, Any]] = ()


class Layered(NamedTuple):
    """All spaces of a build, and its encoders with why the spaces of one could not be made."""

    spaces: Spaces
    encoders: list[dict[str, Any]]


@dataclass(frozen=True)
class Ground:
    """What further layers of a build are made of.

    Attributes:
        paths: of the workspace.
        embedded: the build's images with the vectors of its first encoder.
        parameters: of its first maps.
        moved: image folders that were moved.
        report: told about progress.
        earlier: spaces of the build before, laid out with the same parameters.
    """

    paths: WorkspacePaths
    embedded: Embedded
    parameters: MapParameters
    moved: Mapping[str, str]
    report: OnProgress
    earlier: Mapping[SpaceName, SpaceFiles] = field(default_factory=dict)

    @classmethod
    def of(cls, build: Workspace, embedded: Embedded, report: OnProgress) -> Ground:
        """That of a build as it is."""
        about = build.manifest
        return cls(build.paths, embedded, MapParameters(**about.parameters), about.moved, report)

    def layered(self, first: Spaces, wanted: Layers, there: Mapping[SpaceName, SpaceFiles]) -> Layered:
        """The first spaces and the wanted ones; computed where they are neither `there` nor made before.

        An encoder whose vectors cannot be had any more, such as one whose weights are gone, is left out with the
        reason; the rest goes on.
        """
        spaces, encoders = dict(first), []
        for encoder in wanted.encoders:
            problem = ""
            try:
                made, about = self.encoder_spaces(encoder, first, there)
                spaces |= made
            except (ModelError, SourceError) as error:
                about, problem = dict(encoder), str(error)
            encoders.append({**about, "problem": problem})
        unmapped = dict(spaces)
        for layout in wanted.layouts:
            spaces |= self._layout_spaces(layout, unmapped)
        return Layered(spaces, encoders)

    def encoder_spaces(
        self, encoder: Mapping[str, Any], first: Spaces, there: Mapping[SpaceName, SpaceFiles]
    ) -> tuple[Spaces, dict[str, Any]]:
        """The spaces of a further encoder, and the encoder with what is known of its model once it has embedded.

        Raises:
            ModelError: its model cannot be loaded.
            SourceError: its file of vectors cannot be used, or no image has a vector.
        """
        name = str(encoder["name"])
        embedder = embedder_named(self.paths, encoder, self.moved)
        known = there.get(replace(IMAGES, encoder=name))
        vectors = np.asarray(known.embeddings().vectors) if known else embedder.embed_again(self.embedded, self.report)
        if len(vectors) and not vectors.any():
            raise SourceError(f"Expected vectors of the images for the encoder {name}, found none: are the files gone?")
        own = {space: files for space, files in there.items() if space.encoder == name and not space.layout}
        embedded = replace(self.embedded, vectors=vectors)
        where = (self.paths.derived, embedded, embedder, self.parameters, self.report)
        spaces = lay_out_spaces(*where, encoder=name, beside=first, there=own, earlier=self.earlier)
        return spaces, {**encoder, "model": embedder.about}

    def _layout_spaces(self, layout: Mapping[str, Any], spaces: Spaces) -> Spaces:
        """Every space on a further layout; image spaces come first, where others start from."""
        parameters = replace(self.parameters, **{name: layout[name] for name in ("n_neighbors", "min_dist", "seed")})
        made: Spaces = {}
        for space in sorted(spaces, key=lambda one: one.kind is not Space.IMAGE):
            name = replace(space, layout=str(layout["name"]))
            boxes = self.embedded.dataset.task.has_boxes_in(space)
            start = None if boxes or space.kind is Space.IMAGE else made[IMAGES.placed_as(name)]
            made[name] = self._lay_out_again(name, spaces[space], parameters, start)
        return made

    def _lay_out_again(
        self, name: SpaceName, first: SpaceFiles, parameters: MapParameters, start: SpaceFiles | None
    ) -> SpaceFiles:
        key = artefact_key(
            version=METHOD_VERSION,
            space=first.folder.name,
            umap=parameters.umap,
            start=start.map.name if start else "",
        )
        earlier = self.earlier.get(name)
        files = SpaceFiles(first.folder, first.ids, first.folder.with_name(f"layout-{key}")).after(earlier)
        if not files.exists:
            embeddings, graph, reference = first.embeddings(), first.neighbors(), np.asarray(first.layout().xy)
            known: Bool = np.all(np.isfinite(reference), axis=1)
            if parameters.n_neighbors > graph.k + 1:  # it asks for more neighbours than are kept
                graph = graph_of(np.asarray(embeddings.vectors), known, parameters.n_neighbors, self.report)
            drawing = Drawing(title_of(name), parameters, start.layout().xy if start else None, reference, earlier)
            files.save_layout(drawing.of(embeddings, graph, known, self.report))
        return files


def files_of(build: Workspace) -> Spaces:
    """The files of every space of a build."""
    return {space: build.files(space) for space in build.every_space}


def artefacts_of(spaces: Spaces) -> dict[str, str]:
    """The artefact of each space, as a manifest names it."""
    return {str(space): files.map.name for space, files in spaces.items()}


def publish_anew(now: Workspace, base: Manifest, report: OnProgress) -> Workspace:
    """Make a build that was changed the current one, with every batch that was received.

    Args:
        now: the workspace as it was, held by `building`.
        base: of the changed build without any batch.
        report: told about progress.
    """
    publish(now.path, rejoined(now.path, base, matches_of(now.manifest), report))
    return Workspace(now.path, now.decisions_location)
