"""Adding new images to a built workspace: embedded, placed on its frozen maps, held against its edge cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer import readers
from explorer.actions.batches import rejoin, save_matches
from explorer.actions.embedder import embedder_of
from explorer.actions.match import match_batch
from explorer.data.records import Skipped
from explorer.data.spaces import IMAGES, LABELS, Task
from explorer.embedding.label_text import Joining
from explorer.errors import ExplorerError, ModelError, SourceError
from explorer.points.image_table import without_computed
from explorer.store.derived.building import building
from explorer.store.received.batches import Batch, batches, save_batch
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Dataset, Float32, OnProgress
    from explorer.data.spaces import SpaceName
    from explorer.embedding.embedders import Embedded, Embedder
    from explorer.subsets.match import Match


class Added(NamedTuple):
    """What was added, and what of it the workspace knows already.

    Attributes:
        workspace: opened anew.
        batch: the new images and boxes, as they are in the workspace.
        matches: by id, the stored edge cases that a point belongs to, the surest first; without ordinary points.
        unmatched: why nothing was held against the edge cases; empty where it was.
        refused: images that were not added because of their id, with the reason.
        skipped: images and boxes that could not be used, and subsets that could not be matched with.
    """

    workspace: Workspace
    batch: Batch
    matches: dict[str, list[Match]]
    unmatched: str
    refused: list[Skipped]
    skipped: list[Skipped]


def add(
    workspace: Workspace,
    source: Path,
    *,
    batch: str | None = None,
    predictions: Sequence[tuple[str, Path]] = (),
    vectors: Path | None = None,
    false_alarm: float = 0.05,
    on_progress: OnProgress | None = None,
) -> Added:
    """Add new images as a batch: ordinary rows of the same maps, on which no old point moves.

    Each is placed by its nearest old points alone, whatever it is added with, and says which stored edge case it
    belongs to. An id that is taken by another image is refused.

    Args:
        workspace: what to add to.
        source: the images: a folder, a table, a COCO file or a YOLO dataset.
        batch: what the batch is called; by default as the source is.
        predictions: names of models that the workspace has, each with its predictions on the new images.
        vectors: the new images' vectors, where the workspace was built from own ones.
        false_alarm: the share of ordinary images (or boxes) that may match a subset by mistake.
        on_progress: told about progress.

    Raises:
        SourceError: the source cannot be used, or holds nothing that is new.
        ModelError: the workspace's model cannot be loaded, or vectors are missing or not its own.
        WorkspaceError: the batch's name is taken, a build is running, or the workspace cannot be written.
    """
    report = on_progress or (lambda _: None)
    with building(workspace.path) as folder:
        workspace = Workspace(folder, workspace.decisions_location)  # as it is now that nobody else changes it
        build = Workspace(folder, workspace.decisions_location, manifest=workspace.manifest.without_batches())
        embedder = embedder_of(build, vectors)
        dataset = _fitting(build, without_computed(readers.read(source, None, predictions), source))
        embedded = embedder.embed(dataset, report)
        _refuse_foreign(build, embedded)
        new, refused = _new_images(workspace, embedded)
        name = _free_name(workspace, batch, source)
        made = _batch(build, embedder, new, name, source, report)
        made = replace(made, copies=_copies(workspace, made))
        save_batch(workspace.paths, made)
        return _joined(workspace, made, false_alarm, report)._replace(
            refused=refused, skipped=list(embedded.dataset.skipped)
        )


def match_again(
    workspace: Workspace, name: str, *, false_alarm: float = 0.05, on_progress: OnProgress | None = None
) -> Added:
    """Hold a batch against the edge cases as they are now.

    Raises:
        WorkspaceError: there is no batch of this name, a build is running, or the workspace cannot be written.
    """
    with building(workspace.path) as folder:
        workspace = Workspace(folder, workspace.decisions_location)
        known = set(workspace.batch_ids(name))
        found = next(batch for batch in batches(workspace.paths) if batch.name == name)
        return _joined(workspace, found.only(known), false_alarm, on_progress or (lambda _: None))


def _joined(workspace: Workspace, batch: Batch, false_alarm: float, report: OnProgress) -> Added:
    """Match a batch that was received, and publish the build with it."""
    try:
        found = match_batch(workspace, batch, false_alarm=false_alarm, on_progress=report)
    except ExplorerError as error:  # the images are there all the same
        opened = rejoin(workspace.path, workspace.manifest, report)
        return Added(opened, batch, {}, str(error), [], [])
    kept = save_matches(workspace.paths, found.table[["space", "subset", "similarity"]])
    opened = rejoin(workspace.path, workspace.manifest, report, {batch.name: kept})
    matches = {str(each): one for each, one in zip(found.table.index, found.matches, strict=True) if one}
    return Added(opened, batch, matches, "", [], found.skipped)


def _fitting(build: Workspace, dataset: Dataset) -> Dataset:
    """What arrived, as far as the workspace has a place for it."""
    unknown = [name for name in dataset.predictions if name not in build.manifest.predictions]
    if unknown:
        has = ", ".join(build.manifest.predictions) or "none"
        raise SourceError(f"Expected predictions of models that the workspace has ({has}), found {', '.join(unknown)}.")
    if dataset.task is build.task:
        return dataset
    if dataset.task is Task.DETECTION:
        raise SourceError("Expected images with one label each, as the workspace has them, found boxes.")
    why = "labels and predictions of whole images are left out: the workspace has boxes"
    empty = build.objects(LABELS).iloc[:0]
    left_out = (Skipped("labels", why),) if len(dataset.ground_truth) or dataset.predictions else ()
    skipped = (*dataset.skipped, *left_out)
    return replace(dataset, ground_truth=empty, predictions={}, task=build.task, skipped=skipped)


def _refuse_foreign(build: Workspace, embedded: Embedded) -> None:
    """Raise ModelError where vectors cannot be of the workspace's model."""
    own, width = build.embeddings(IMAGES).vectors, embedded.vectors.shape[1]
    if not len(own):
        raise SourceError("This workspace has no images to place new ones among: build it again with them instead.")
    if own.shape[1] != width:
        raise ModelError(
            f"Expected vectors of {own.shape[1]} numbers, as the workspace has them, found {width}: they are of "
            "another model."
        )


def _new_images(workspace: Workspace, embedded: Embedded) -> tuple[Embedded, list[Skipped]]:
    """The images whose ids are free, and the others with the reason."""
    there = workspace.samples["digest"]
    refused = []
    for each, digest in embedded.facts["digest"].items():
        if each in there.index:
            same = there[str(each)] == digest
            why = "the workspace has this image already" if same else "the workspace has another image with this id"
            refused.append(Skipped(str(each), why))
    taken = {one.filepath for one in refused}
    free = [each for each in embedded.ids if each not in taken]
    if not free:
        told = "; ".join(f"{one.filepath}: {one.reason}" for one in [*refused, *embedded.dataset.skipped][:3])
        raise SourceError(f"Expected images that are new here, found none ({told or 'the source is empty'}).")
    return embedded.only(free), refused


def _free_name(workspace: Workspace, wanted: str | None, source: Path) -> str:
    """The name asked for, or the source's own with a number where it is taken."""
    taken = {batch.name for batch in batches(workspace.paths)}
    if wanted:
        return wanted
    stem = source.resolve().stem
    names = [stem, *(f"{stem} {number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _batch(build: Workspace, embedder: Embedder, new: Embedded, name: str, source: Path, report: OnProgress) -> Batch:
    dataset = _named(new.dataset, name)
    named = replace(new, dataset=dataset)
    return Batch(
        name=name,
        source=str(source.resolve()),
        added_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        model=str(build.manifest.model["key"]),
        dataset=dataset,
        facts=new.facts,
        copies={},
        vectors=_vectors(build, embedder, named, report),
    )


def _named(dataset: Dataset, batch: str) -> Dataset:
    """In detection, objects whose ids cannot be those of other sources: annotations are numbered from 1 in each."""
    if dataset.task is not Task.DETECTION:
        return dataset

    def named(table: pd.DataFrame) -> pd.DataFrame:
        ids = [f"{batch}/{each}" for each in table.index]
        return table.set_axis(pd.Index(ids, name=table.index.name, dtype=object))

    predictions = {model: named(table) for model, table in dataset.predictions.items()}
    return replace(dataset, ground_truth=named(dataset.ground_truth), predictions=predictions)


def _copies(workspace: Workspace, batch: Batch) -> dict[str, str]:
    """For each image whose bytes are there already, the id of the first that has them."""
    known: dict[str, str] = {}
    for each, digest in workspace.samples["digest"].items():
        known.setdefault(digest, str(each))
    copies = {}
    for each, digest in batch.facts["digest"].items():
        if known.setdefault(digest, str(each)) != each:
            copies[str(each)] = known[digest]
    return copies


def _vectors(build: Workspace, embedder: Embedder, new: Embedded, report: OnProgress) -> dict[SpaceName, Float32]:
    """A vector for every point of the new images in every space of the build."""
    boxes = build.boxes_of(new.dataset.predictions)
    margin = float(build.manifest.parameters["margin"])
    cut = embedder.embed_boxes(new, boxes, margin, report) if any(len(new.objects(one)) for one in boxes) else {}
    joined = [space for space in build.spaces if space != IMAGES and space not in build.box_spaces]
    return {IMAGES: new.vectors, **cut, **{space: _join(build, embedder, new, space) for space in joined}}


def _join(build: Workspace, embedder: Embedder, new: Embedded, space: SpaceName) -> Float32:
    """Join new images with their labels as the space joins its own."""
    images = build.embeddings(IMAGES).vectors
    column = "label" if space == LABELS else f"{space.model}.prediction"
    labels = [None if pd.isna(label) else str(label) for label in build.samples[column]]
    told = space == LABELS or space.model in new.dataset.predictions
    new_labels = new.labels(space) if told else [None] * len(new.ids)
    vectors_of: Mapping[str, Float32] = embedder.label_vectors(np.asarray(images), labels, new_labels)
    return Joining.of(np.asarray(images), labels, vectors_of)(new.vectors, new_labels, vectors_of)
