"""Batches of new images as further rows of a build: its frozen maps, tables and signals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.batch_matches import load_matches
from explorer.actions.embedder import embedder_named, engine_of
from explorer.actions.signals import with_signals
from explorer.data.keys import artefact_key
from explorer.data.records import BATCH, ORIGINAL, Embeddings, Layout, Neighbors, Skipped
from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName, Task
from explorer.data.tables import stacked, values_of
from explorer.embedding.embedders import Embedded, Embedder
from explorer.embedding.label_text import Joining
from explorer.errors import ModelError
from explorer.maps.neighbors import build_index
from explorer.maps.placement import METHOD_VERSION, Placed, nowhere, place_among
from explorer.points.columns import COPY, MATCH, SIMILARITY
from explorer.points.image_table import judged_columns, sample_table
from explorer.points.index import space_index
from explorer.store.derived.artefacts import SpaceFiles, is_whole
from explorer.store.derived.building import save_samples
from explorer.store.paths import WorkspacePaths
from explorer.store.received.batches import Batch, read_batches
from explorer.store.workspace import Workspace, moved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Bool, Float32, OnProgress
    from explorer.store.derived.manifest import Manifest


class Received(NamedTuple):
    """Batches, or the parts of them that are rows of a build; and what of them is not, with the reason."""

    parts: list[Batch]
    left_out: list[Skipped]


def received_batches(paths: WorkspacePaths) -> Received:
    """All that was received and can be read, and what cannot."""
    return Received(*read_batches(paths))


def rejoined(
    folder: Path,
    base: Manifest,
    matches: Mapping[str, str],
    report: OnProgress,
    *,
    embedder: Embedder | None = None,
    further: Sequence[Batch] = (),
) -> Manifest:
    """The manifest of a build with every batch that was received, and those that are about to be.

    Args:
        folder: the workspace, held by `building`.
        base: of the build without any batch, current or not yet.
        matches: artefacts of what each batch matches, by name; one that is gone is left out.
        report: told about progress.
        embedder: the engine of the build, where it is at hand.
        further: batches that were not received yet.
    """
    received = received_batches(WorkspacePaths(folder))
    return join(folder, base, received._replace(parts=[*received.parts, *further]), matches, report, embedder)


def join(
    folder: Path,
    base: Manifest,
    received: Received,
    matches: Mapping[str, str],
    report: OnProgress,
    embedder: Embedder | None = None,
) -> Manifest:
    """The manifest of a build with batches as further rows of its samples, spaces and signals; see `rejoined`."""
    build = Workspace(folder, manifest=replace(base, signals={}))
    joined = _fitting(build, received._replace(parts=[_renamed(part, base) for part in received.parts]))
    if not joined.parts and not joined.left_out:
        return with_signals(folder, base, report)
    whole = {part.name: matches.get(part.name, "") for part in joined.parts}
    whole = {name: one if one and is_whole(build.paths.derived / one) else "" for name, one in whole.items()}
    engines = [_engine(build, joined.parts, name, embedder, report) for name in ("", *build.encoders)]
    joined.left_out.extend(one for engine in engines for one in engine.left_out)
    spaces = _Spaces(build, joined.parts, {engine.name: engine for engine in engines}, report)
    manifest = replace(
        base,
        samples=_join_samples(build, joined, whole),
        spaces={str(space): spaces.join(space) for space in build.every_space},
        signals={},
        base={"samples": base.samples, "spaces": base.spaces},
        batches=[_about(part) | {"matches": whole[part.name]} for part in joined.parts],
    )
    return with_signals(folder, manifest, report)


def _renamed(part: Batch, base: Manifest) -> Batch:
    """A batch whose predictions have the names that their models have by now."""
    now = {old: new for old, new in (base.id_names | base.renamed).items() if old not in base.predictions}
    tables = {now.get(model, model): table for model, table in part.dataset.predictions.items()}
    return replace(part, dataset=replace(part.dataset, predictions=tables))


def vectors_of(build: Workspace) -> str:
    """Names what vectors must be of to lie in the spaces of a build: its model, or as many numbers."""
    about = build.manifest.model
    return str(about["key"]) if about.get("text") else f"own vectors of {build.embeddings(IMAGES).vectors.shape[1]}"


def _fitting(build: Workspace, received: Received) -> Received:
    """The batches that belong on this build's maps, without images that the build has under the same id by now."""
    known = set(build.ids)
    parts, left_out = [], list(received.left_out)
    for batch in received.parts:
        why = _unfit(build, batch)
        if why:
            left_out.append(Skipped(f"batch {batch.name}", f"{why}; take it out, and add its images again"))
            continue
        why = f"the build has this id too; left out of batch {batch.name}"
        left_out += [Skipped(each, why) for each in batch.ids if each in known]
        part = batch.only([each for each in batch.ids if each not in known], build.manifest.predictions)
        known.update(part.ids)
        parts.append(part)
    return Received(parts, left_out)


def _unfit(build: Workspace, batch: Batch) -> str:
    """Why a batch does not belong on this build's maps; empty where it does."""
    if batch.dataset.task is not build.task:
        return (
            "the build has boxes, it has none" if build.task is Task.DETECTION else "it has boxes, the build has none"
        )
    return "" if batch.model == vectors_of(build) else "its vectors are of another model than the maps"


def _about(part: Batch) -> dict[str, Any]:
    return {
        "name": part.name,
        "source": part.source,
        "added_at": part.added_at,
        "images": len(part.ids),
        "boxes": len(part.dataset.ground_truth) if part.dataset.task.has_boxes_in(LABELS) else 0,
        "labelled": part.labelled,
        "predictions": list(part.dataset.predictions),
    }


class _Engine(NamedTuple):
    """An encoder, and the vectors that it gives the images of each batch: zero where it has none.

    Attributes:
        name: of the encoder; empty for the first one.
        embedder: its engine; None where it cannot be had any more.
        images: float32 (n, d) for each batch.
        left_out: batches that it has no vectors of, with the reason.
    """

    name: str
    embedder: Embedder | None
    images: list[Float32]
    left_out: list[Skipped]


def _engine(
    build: Workspace, parts: Sequence[Batch], name: str, embedder: Embedder | None, report: OnProgress
) -> _Engine:
    if not name:
        return _Engine(name, embedder or engine_of(build), [part.vectors for part in parts], [])
    width = build.embeddings(SpaceName(Space.IMAGE, encoder=name)).vectors.shape[1]
    nothing = [np.zeros((len(part.ids), width), np.float32) for part in parts]
    why = "it has no vectors of this batch, which is not on its maps"
    if not build.model_about(name).get("text"):
        return _Engine(name, None, nothing, [_without(name, part, why) for part in parts])
    try:
        encoder = next(one for one in build.manifest.encoders if one["name"] == name)
        engine = embedder_named(build.paths, encoder, build.manifest.moved)
        given = [engine.embed_again(_embedded(build, part, part.vectors), report) for part in parts]
    except ModelError as error:
        return _Engine(name, None, nothing, [_without(name, part, f"{why}: {error}") for part in parts])
    images = [each if each.any() else zero for each, zero in zip(given, nothing, strict=True)]
    gone = [part for part, each in zip(parts, given, strict=True) if not each.any()]
    return _Engine(
        name, engine, images, [_without(name, part, f"{why}: its files are gone or changed") for part in gone]
    )


def _embedded(build: Workspace, part: Batch, vectors: Float32) -> Embedded:
    """A batch as an engine takes it: image files are where they are now."""
    samples = part.dataset.samples
    here = [moved(path, build.manifest.moved) for path in samples["filepath"]]
    return Embedded(replace(part.dataset, samples=samples.assign(filepath=here)), part.facts, vectors)


def _without(encoder: str, part: Batch, why: str) -> Skipped:
    return Skipped(f"encoder {encoder}, batch {part.name}", why)


@dataclass(frozen=True)
class _Spaces:
    """The spaces of a build, each with the points of the batches behind its own."""

    build: Workspace
    parts: Sequence[Batch]
    engines: Mapping[str, _Engine]
    report: OnProgress

    def join(self, space: SpaceName) -> str:
        """Put the points of the batches behind those of a space; gives the artefact's name."""
        own = self.build.manifest.spaces[str(space)]
        files = self._files(space)
        if len(files.ids) == len(self.build.files(space).ids):
            return own
        if not files.exists:
            self._save(space, files)
        return files.map.name

    def _files(self, space: SpaceName) -> SpaceFiles:
        """Where a space with the batches lies: named by what it was without them, and by these."""
        old = self.build.files(space)
        ids = (*old.ids, *(each for part in self.parts for each in self._ids(space, part)))
        keys = [part.key for part in self.parts]
        folders = {
            kind: old.folder.with_name(f"{kind}-{artefact_key(version=METHOD_VERSION, space=one.name, batches=keys)}")
            for kind, one in (("space", old.folder), ("layout", old.map))
        }
        return SpaceFiles(folders["space"], ids, folders["layout"] if space.layout else None)

    def _ids(self, space: SpaceName, part: Batch) -> Sequence[str]:
        if not self.build.task.has_boxes_in(space):
            return part.ids
        objects = part.objects(space)
        return [] if objects is None else list(objects.index)

    def _save(self, space: SpaceName, files: SpaceFiles) -> None:
        old, graph, layout = self.build.embeddings(space), self.build.neighbors(space), self.build.layout(space)
        vectors = [self._vectors(space, *one) for one in enumerate(self.parts) if self._ids(space, one[1])]
        placed = self._placed(space, vectors, graph.k)
        with_new = Layout(
            files.ids,
            np.vstack([layout.xy, *(one.xy for one in placed)]),
            np.concatenate([layout.neighbors_kept, *(one.kept for one in placed)]),
            layout.trustworthiness,
        )
        if space.layout:
            files.save_layout(with_new)
            return
        files.save(
            Embeddings(files.ids, np.vstack([old.vectors, *vectors]), old.model, old.space),
            Neighbors(
                np.vstack([graph.indices, *(one.indices for one in placed)]),
                np.vstack([graph.similarities, *(one.similarities for one in placed)]),
                graph.recall,
            ),
            with_new,
        )

    def _placed(self, space: SpaceName, vectors: Sequence[Float32], k: int) -> list[Placed]:
        """The points of each batch among the old ones; those that a further encoder has no vector of have no place."""
        old, xy = self.build.embeddings(space).vectors, np.asarray(self.build.layout(space).xy)
        rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
        if len(rows) == len(old):
            index = space_index(self.build, space).index
        else:
            old, xy = old[rows], xy[rows]
            index, _ = build_index(old)
        placed, first = [], len(self.build.files(space).ids)
        for known, each in zip(self._known(space), vectors, strict=True):
            among = place_among(each[known], old, xy, index, k) if known.any() else nowhere(0, 0, k)
            among = among._replace(indices=rows[among.indices])
            placed.append(among if known.all() else _spread(among, known, first))
            first += len(each)
        return placed

    def _known(self, space: SpaceName) -> list[Bool]:
        """For each batch with points in a space, which of them have a vector."""
        engine = self.engines[space.encoder]
        known: list[Bool] = []
        for part, images in zip(self.parts, engine.images, strict=True):
            has: Bool = np.any(images != 0, axis=1) if space.encoder else np.ones(len(images), np.bool_)
            if self.build.task.has_boxes_in(space):
                has = np.full(len(self._ids(space, part)), has.any())
            known += [has] if len(has) else []
        return known

    def _vectors(self, space: SpaceName, number: int, part: Batch) -> Float32:
        """The vectors of a batch as the space has them of its own points."""
        engine = self.engines[space.encoder]
        images = engine.images[number]
        if space.kind is Space.IMAGE:
            return images
        if engine.embedder is None:
            return np.zeros((len(self._ids(space, part)), self.build.embeddings(space).vectors.shape[1]), np.float32)
        new = _embedded(self.build, part, images)
        if self.build.task.has_boxes_in(space):
            margin = float(self.build.manifest.parameters["margin"])
            return engine.embedder.embed_boxes(new, [space], margin, self.report)[space]
        return self._joined(space, engine.embedder, new)

    def _joined(self, space: SpaceName, embedder: Embedder, new: Embedded) -> Float32:
        images = np.asarray(self.build.embeddings(IMAGES.placed_as(space.of_vectors)).vectors)
        column = "label" if space.kind is Space.LABEL else f"{space.model}.prediction"
        labels = values_of(self.build.samples[column])
        told = space.kind is Space.LABEL or space.model in new.dataset.predictions
        new_labels = new.labels(space) if told else [None] * len(new.ids)
        classes = embedder.label_vectors(images, labels, new_labels)
        return Joining.of(images, labels, classes)(new.vectors, new_labels, classes)


def _spread(placed: Placed, known: Bool, first: int) -> Placed:
    """Points of which some have no vector: these have no place; `first` is the row of the first of them."""
    every = nowhere(len(known), first, placed.indices.shape[1])
    every.xy[known], every.indices[known] = placed.xy, placed.indices
    every.similarities[known], every.kept[known] = placed.similarities, placed.kept
    return every


def _join_samples(build: Workspace, joined: Received, matches: Mapping[str, str]) -> str:
    """Put the samples and boxes of batches behind those of a build; gives the artefact's name."""
    found = {name: load_matches(build.paths, one) for name, one in matches.items() if one}
    base = build.stored_samples
    original = base[BATCH].astype(str).where(base[BATCH].notna(), ORIGINAL) if BATCH in base else ORIGINAL
    parts = [_samples(build.paths, part, found.get(part.name)) for part in joined.parts]
    frame = _with_copies(stacked([base.assign(**{BATCH: original}), *parts]), len(base))
    key = artefact_key(
        base=build.manifest.samples,
        batches=[[part.key, matches[part.name]] for part in joined.parts],
        left_out=[list(one) for one in joined.left_out],
    )
    folder = build.paths.derived / f"samples-{key}"
    save_samples(folder, frame, [*build.skipped, *joined.left_out], _tables(build, joined.parts, found))
    return folder.name


def _samples(paths: WorkspacePaths, part: Batch, found: pd.DataFrame | None) -> pd.DataFrame:
    """The sample table of a batch; how a model did stays open where nobody looked for what is on its images."""
    frame = sample_table(Embedded(part.dataset, part.facts, part.vectors))
    frame["filepath"] = [paths.stored(path) for path in frame["filepath"]]
    frame[BATCH] = part.name
    if not part.labelled:
        open_columns = judged_columns(part.dataset.task, list(part.dataset.predictions))
        frame = frame.drop(columns=open_columns, errors="ignore")
    return frame if found is None else frame.join(_said(found, IMAGES))


def _with_copies(frame: pd.DataFrame, built: int) -> pd.DataFrame:
    """The table, with the first image of the same bytes named for each that was added and is not it."""
    ids = pd.Series(frame.index, frame.index)
    first = ids.groupby(frame["digest"].to_numpy()).transform("first")
    copies = first.where((first != ids) & (np.arange(len(frame)) >= built), None)
    return frame.assign(**{COPY: copies}) if copies.notna().any() else frame


def _tables(build: Workspace, parts: Sequence[Batch], found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """In detection the boxes of each space, and the class probabilities of each model."""
    tables = {}
    for space in build.object_spaces:
        added = [(part, objects) for part in parts if (objects := part.objects(space)) is not None]
        with_said = [
            objects.join(_said(found[part.name], space)) if part.name in found else objects for part, objects in added
        ]
        tables[str(space)] = stacked([build.objects(space), *with_said])
    for model in build.manifest.predictions:
        given = [build.probabilities(model), *(part.dataset.probabilities.get(model) for part in parts)]
        known = [table for table in given if table is not None]
        if known:
            tables[f"probabilities/{model}"] = stacked(known)
    return tables


def _said(found: pd.DataFrame, space: SpaceName) -> pd.DataFrame:
    """What the points of a space match, as the columns of the tables."""
    said = found[found["space"] == str(space)]
    return said[["subset", "similarity"]].rename(columns={"subset": MATCH, "similarity": SIMILARITY})
