"""Batches of new images as further rows of the frozen maps: joined with a build, listed, taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.signals import with_signals
from explorer.data.keys import artefact_key
from explorer.data.records import Embeddings, Layout, Neighbors, Skipped
from explorer.data.spaces import IMAGES, LABELS, predictions_of
from explorer.embedding.embedders import Embedded
from explorer.embedding.label_text import Joining
from explorer.maps.placement import place_among
from explorer.points.columns import BATCH, COPY, MATCH, ORIGINAL, SIMILARITY
from explorer.points.image_table import judged_columns, sample_table
from explorer.points.index import space_index
from explorer.store.derived.artefacts import SpaceFiles, fresh_folder, is_whole
from explorer.store.derived.building import building, publish, save_samples
from explorer.store.derived.manifest import read_manifest
from explorer.store.paths import WorkspacePaths
from explorer.store.received.batches import batches, remove_batch
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Float32, OnProgress
    from explorer.data.spaces import SpaceName
    from explorer.store.derived.manifest import Manifest
    from explorer.store.received.batches import Batch


_MATCHES = "matches.parquet"


def save_matches(paths: WorkspacePaths, found: pd.DataFrame) -> str:
    """Keep what points of a batch match, index point id; gives the artefact's name."""
    key = artefact_key(rows=pd.util.hash_pandas_object(found, index=True).to_numpy())
    folder = paths.derived / f"matches-{key}"
    if not is_whole(folder):
        with fresh_folder(folder) as scratch:
            found.to_parquet(scratch / _MATCHES)
    return folder.name


def load_matches(paths: WorkspacePaths, artefact: str) -> pd.DataFrame:
    """What `save_matches` kept: `space`, `subset` (the surest match, None for an ordinary one), `similarity`."""
    return pd.read_parquet(paths.derived / artefact / _MATCHES)


class Joined(NamedTuple):
    """The parts of batches that are rows of a build, and what of them is not, with the reason."""

    parts: list[Batch]
    left_out: list[Skipped]


def take_out(workspace: Workspace, name: str, on_progress: OnProgress | None = None) -> Workspace:
    """Take a batch out of a workspace; no other point moves, and what people decided about its images stays.

    Returns:
        The workspace, opened anew.

    Raises:
        WorkspaceError: there is no batch of this name, a build is running, or the workspace cannot be written.
    """
    with building(workspace.path) as folder:
        remove_batch(workspace.paths, name)
        return rejoin(folder, read_manifest(folder), on_progress or (lambda _: None))


def rejoin(folder: Path, manifest: Manifest, report: OnProgress, matches: Mapping[str, str] | None = None) -> Workspace:
    """Publish the build with all batches that there are now.

    Args:
        folder: the workspace, held by `building`.
        manifest: of the build.
        report: told about progress.
        matches: artefacts of what batches match, by name; those that the manifest names are kept.
    """
    known = {batch["name"]: batch["matches"] for batch in manifest.batches} | dict(matches or {})
    return publish(folder, with_signals(folder, with_batches(folder, manifest.without_batches(), known), report))


def with_batches(folder: Path, base: Manifest, matches: Mapping[str, str]) -> Manifest:
    """The manifest of a build with the batches as further rows of its samples and spaces; no point of it moves.

    Args:
        folder: the workspace, held by `building`.
        base: of the build without any batch, current or not yet.
        matches: artefacts of what each batch matches, by name; one that is gone is left out.
    """
    build = Workspace(folder, manifest=replace(base, signals={}, moved={}))
    joined = _fitting(build, batches(WorkspacePaths(folder)))
    if not joined.parts and not joined.left_out:
        return base
    whole = {part.name: matches.get(part.name, "") for part in joined.parts}
    whole = {name: one if one and is_whole(build.paths.derived / one) else "" for name, one in whole.items()}
    return replace(
        base,
        samples=_join_samples(build, joined, whole),
        spaces={str(space): _join_space(build, space, joined.parts) for space in build.spaces},
        signals={},
        base={"samples": base.samples, "spaces": base.spaces},
        batches=[_about(part) | {"matches": whole[part.name]} for part in joined.parts],
    )


def _fitting(build: Workspace, received: Sequence[Batch]) -> Joined:
    """The batches that belong on this build's maps, without images that the build has under the same id by now."""
    known = set(build.ids)
    parts, left_out = [], []
    for batch in received:
        if batch.model != build.manifest.model["key"]:
            why = "its vectors are of another model than the maps; take it out, and add its images again"
            left_out.append(Skipped(f"batch {batch.name}", why))
            continue
        why = f"the build has this id too; left out of batch {batch.name}"
        left_out += [Skipped(each, why) for each in batch.ids if each in known]
        part = batch.only([each for each in batch.ids if each not in known])
        known.update(part.ids)
        parts.append(part)
    return Joined(parts, left_out)


def _about(part: Batch) -> dict[str, Any]:
    return {
        "name": part.name,
        "source": part.source,
        "added_at": part.added_at,
        "images": len(part.ids),
        "boxes": len(part.dataset.ground_truth) if part.dataset.task.has_boxes_in(LABELS) else 0,
        "labelled": part.is_labelled,
        "predictions": list(part.dataset.predictions),
    }


def _join_space(build: Workspace, space: SpaceName, parts: Sequence[Batch]) -> str:
    """Put the points of batches behind those of a space; gives the artefact's name."""
    boxes = build.task.has_boxes_in(space)
    old = build.embeddings(space)
    ids = (*old.ids, *(each for part in parts for each in (part.objects(space).index if boxes else part.ids)))
    key = artefact_key(space=build.manifest.spaces[str(space)], batches=[part.key for part in parts])
    files = SpaceFiles(build.paths.derived / f"space-{key}", ids)
    if not files.exists:
        graph, layout = build.neighbors(space), build.layout(space)
        index = space_index(build, space).index
        vectors = [_vectors(build, space, part, old.vectors) for part in parts]
        placed = [place_among(each, old.vectors, np.asarray(layout.xy), index, graph.k) for each in vectors]
        files.save(
            Embeddings(ids, np.vstack([old.vectors, *vectors]), old.model, old.space),
            Neighbors(
                np.vstack([graph.indices, *(one.indices for one in placed)]),
                np.vstack([graph.similarities, *(one.similarities for one in placed)]),
                graph.recall,
            ),
            Layout(
                ids,
                np.vstack([layout.xy, *(one.xy for one in placed)]),
                np.concatenate([layout.neighbors_kept, *(one.kept for one in placed)]),
                layout.trustworthiness,
            ),
        )
    return files.folder.name


def _vectors(build: Workspace, space: SpaceName, part: Batch, old: Float32) -> Float32:
    """The vectors of a batch in a space; where it has none, its images are points without a label."""
    if space in part.vectors:
        return part.vectors[space]
    if build.task.has_boxes_in(space):
        return np.empty((0, old.shape[1]), np.float32)
    without = Joining.of(build.embeddings(IMAGES).vectors, [], {})
    return without(part.vectors[IMAGES], [None] * len(part.ids), {})


def _join_samples(build: Workspace, joined: Joined, matches: Mapping[str, str]) -> str:
    """Put the samples and boxes of batches behind those of a build; gives the artefact's name."""
    found = {
        name: pd.read_parquet(build.paths.derived / one / "matches.parquet") for name, one in matches.items() if one
    }
    base = build.samples
    old = base.assign(**{BATCH: base[BATCH].fillna(ORIGINAL) if BATCH in base else ORIGINAL})
    frame = pd.concat([old, *(_samples(part, found.get(part.name)) for part in joined.parts)])
    boxes = [LABELS, *map(predictions_of, build.manifest.predictions)] if build.task.has_boxes_in(LABELS) else []
    tables = {}
    for space in boxes:
        added = (_objects(part, space, found.get(part.name)) for part in joined.parts)
        tables[str(space)] = pd.concat([build.objects(space), *added])
    for model in build.manifest.predictions:
        given = build.probabilities(model)
        if given is not None:
            tables[f"probabilities/{model}"] = given
    key = artefact_key(
        base=build.manifest.samples,
        batches=[[part.key, matches[part.name]] for part in joined.parts],
        left_out=[list(one) for one in joined.left_out],
    )
    save_samples(build.paths.derived / f"samples-{key}", frame, [*build.skipped, *joined.left_out], tables)
    return f"samples-{key}"


def _samples(part: Batch, found: pd.DataFrame | None) -> pd.DataFrame:
    """The sample table of a batch; how a model did stays open where its images have no labels, or no word of it."""
    frame = sample_table(Embedded(part.dataset, part.facts, part.vectors[IMAGES]))
    frame[BATCH] = part.name
    if part.copies:
        frame[COPY] = [part.copies.get(each) for each in frame.index]
    if not part.is_labelled:
        open_columns = judged_columns(part.dataset.task, list(part.dataset.predictions))
        frame = frame.drop(columns=open_columns, errors="ignore")
    return frame if found is None else frame.join(_said(found, IMAGES))


def _objects(part: Batch, space: SpaceName, found: pd.DataFrame | None) -> pd.DataFrame:
    table = part.objects(space)
    return table if found is None else table.join(_said(found, space))


def _said(found: pd.DataFrame, space: SpaceName) -> pd.DataFrame:
    """What the points of a space match, as the columns of the tables."""
    said = found[found["space"] == str(space)]
    return said[["subset", "similarity"]].rename(columns={"subset": MATCH, "similarity": SIMILARITY})
