"""Adding new images to a built workspace: embedded, placed on its frozen maps, held against its edge cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from explorer import readers
from explorer.actions.batch_matches import matches_of, save_matches
from explorer.actions.embedder import embedder_of
from explorer.actions.join_batches import rejoined, vectors_of
from explorer.actions.match import figures, match_batch
from explorer.data.names import LONGEST_NAME, checked_name
from explorer.data.records import ORIGINAL, Skipped
from explorer.data.spaces import IMAGES, LABELS, Task, predictions_of
from explorer.errors import ModelError, SourceError, SubsetError, WorkspaceError
from explorer.points.columns import COPY
from explorer.points.image_table import without_computed
from explorer.store.derived.building import building, publish
from explorer.store.received.batches import Batch, batch_names, save_batch
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.actions.match import Matched
    from explorer.data.records import Dataset, OnProgress
    from explorer.embedding.embedders import Embedded, Embedder
    from explorer.store.derived.manifest import Manifest
    from explorer.subsets.match import Match


class Nearest(NamedTuple):
    """The edge case whose members a point is most like: its name, and the mean cosine to the nearest of them."""

    name: str
    similarity: float


class Added(NamedTuple):
    """What was added, and what of it the workspace knows already.

    Attributes:
        workspace: opened anew.
        name: of the batch.
        ids: of its images.
        copies: by id, the image of before that has the same bytes.
        matches: by id, the stored edge cases that a point belongs to, the surest first; without ordinary points.
        nearest: by id, the edge case whose members a point is most like, whether it belongs to it or not.
        unmatched: why nothing was held against the edge cases; empty where it was.
        refused: images that were not added because of their id, with the reason.
        skipped: images and boxes that could not be used, and subsets that could not be matched with.
    """

    workspace: Workspace
    name: str
    ids: list[str]
    copies: dict[str, str]
    matches: dict[str, list[Match]]
    nearest: dict[str, Nearest]
    unmatched: str
    refused: list[Skipped]
    skipped: list[Skipped]


def add(
    workspace: Workspace,
    source: Path,
    *,
    batch: str | None = None,
    predictions: Sequence[tuple[str, Path]] = (),
    allow_unmatched: bool = False,
    vectors: Path | None = None,
    false_alarm: float = 0.05,
    dataset: Dataset | None = None,
    embedder: Embedder | None = None,
    on_progress: OnProgress | None = None,
) -> Added:
    """Add new images as a batch: ordinary rows of the same maps, on which no old point moves.

    Each is placed by its nearest old points alone, whatever it is added with, and says which stored edge case it
    belongs to. An id that is taken by another image is refused. Where this fails, nothing was added.

    Args:
        workspace: what to add to.
        source: the images: a folder, a table, a COCO file or a YOLO dataset.
        batch: what the batch is called; by default as the source is.
        predictions: names of models that the workspace has, each with its predictions on the new images.
        allow_unmatched: take labels and predictions of which less than a tenth belongs to the new images.
        vectors: the new images' vectors, where the workspace was built from own ones.
        false_alarm: the share of ordinary images (or boxes) that may match a subset by mistake.
        dataset: what was read of the source already.
        embedder: the workspace's engine, where it is loaded already.
        on_progress: told about progress.

    Raises:
        SourceError: the source cannot be used, or holds nothing that is new.
        ModelError: the workspace's model cannot be loaded, or vectors are missing or not its own.
        WorkspaceError: the batch's name is taken, a build is running, or the workspace cannot be written.
    """
    report = on_progress or (lambda _: None)
    with building(workspace.path) as folder:
        now = _caught_up(Workspace(folder, workspace.decisions_location), false_alarm, report)
        build = Workspace(folder, now.decisions_location, manifest=now.manifest.without_batches())
        name = _free_name(now, batch, source)
        embedder = embedder or embedder_of(build, vectors)
        read = dataset or readers.read(source, None, predictions, allow_unmatched=allow_unmatched)
        embedded = embedder.embed(_fitting(build, without_computed(read, source)), report)
        _refuse_foreign(build, embedded)
        new, refused = _new_images(now, embedded)
        made = _batch(build, new, name, source)
        joined = rejoined(folder, build.manifest, matches_of(now.manifest), report, embedder=embedder, further=[made])
        held = _hold(now, joined, name, false_alarm, report, further=[made])
        publish(folder, replace(held.manifest, arrived=[save_batch(now.paths, made)]))
    done = _added(now, name, held)
    return done._replace(refused=refused, skipped=[*embedded.dataset.skipped, *done.skipped])


def match_again(
    workspace: Workspace, name: str, *, false_alarm: float = 0.05, on_progress: OnProgress | None = None
) -> Added:
    """Hold a batch against the edge cases as they are now.

    Raises:
        WorkspaceError: there is no batch of this name, a build is running, or the workspace cannot be written.
    """
    report = on_progress or (lambda _: None)
    with building(workspace.path) as folder:
        now = _caught_up(Workspace(folder, workspace.decisions_location), false_alarm, report)
        held = _hold(now, now.manifest, name, false_alarm, report)
        publish(folder, held.manifest)
    return _added(now, name, held)


class _Held(NamedTuple):
    """A build whose table says what a batch matches; or as it was, and why nothing was matched."""

    manifest: Manifest
    found: Matched | None
    unmatched: str = ""


def _hold(
    workspace: Workspace,
    manifest: Manifest,
    name: str,
    false_alarm: float,
    report: OnProgress,
    further: Sequence[Batch] = (),
) -> _Held:
    """Hold a batch of a build, published or not yet, against the edge cases."""
    joined = Workspace(workspace.path, workspace.decisions_location, manifest=manifest)
    try:
        found = match_batch(joined, name, false_alarm=false_alarm, on_progress=report)
    except SubsetError as error:  # the images are there all the same
        return _Held(manifest, None, str(error))
    kept = save_matches(
        joined.paths, found.table[["space", "subset", "similarity"]], [figures(one) for one in found.detectors]
    )
    matches = matches_of(manifest) | {name: kept}
    return _Held(rejoined(joined.path, manifest.without_batches(), matches, report, further=further), found)


def _added(workspace: Workspace, name: str, held: _Held) -> Added:
    opened = Workspace(workspace.path, workspace.decisions_location)
    ids = opened.batch_ids(name)
    copies = opened.samples[COPY].reindex(ids).dropna() if COPY in opened.samples else pd.Series(dtype=object)
    rows = zip(held.found.table.index, held.found.matches, strict=True) if held.found else ()
    return Added(
        opened,
        name,
        [str(each) for each in ids],
        {str(each): str(original) for each, original in copies.items()},
        {str(each): matches for each, matches in rows if matches},
        _nearest(held),
        held.unmatched,
        [],
        held.found.skipped if held.found else [],
    )


def _nearest(held: _Held) -> dict[str, Nearest]:
    if not held.found:
        return {}
    known = held.found.table[["nearest", "nearest_similarity"]].dropna()
    return {str(each): Nearest(str(name), round(float(near), 6)) for each, name, near in known.itertuples()}


LOW_CONFIDENCE = 0.5
"""Below it a model is unsure of an image, unless said otherwise."""


def told(done: Added, low: float = LOW_CONFIDENCE) -> list[dict[str, Any]]:
    """What is to be known of each added image, plain JSON values.

    Args:
        done: what was added.
        low: below which confidence a model is unsure; of boxes that of its surest one counts.

    Returns:
        `id`, `filepath`, `copy_of`, `matches`, `unmatched` (whether it belongs to no edge case), `nearest` (`name`
        and `similarity`, None where there is none), `confidence` by model, `low_confidence`: models that are unsure.
    """
    files = done.workspace.samples.loc[done.ids, "filepath"]
    confidences = _confidences(done.workspace, done.ids)
    return [
        {
            "id": each,
            "filepath": file,
            "copy_of": done.copies.get(each),
            "matches": [one._asdict() for one in done.matches.get(each, [])],
            "unmatched": each not in done.matches,
            "nearest": done.nearest[each]._asdict() if each in done.nearest else None,
            "confidence": confidences[each],
            "low_confidence": [model for model, sure in confidences[each].items() if sure < low],
        }
        for each, file in zip(done.ids, files, strict=True)
    ]


def _confidences(workspace: Workspace, ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """How sure each model is of images that it said something of."""
    found: dict[str, dict[str, float]] = {each: {} for each in ids}
    for model in workspace.manifest.predictions:
        if workspace.task is Task.DETECTION:
            said = workspace.objects(predictions_of(model))
            sure = said[said["sample"].isin(ids)].groupby("sample")["confidence"].max()
        else:
            sure = workspace.samples.loc[list(ids), f"{model}.confidence"]
        for each, confidence in sure.dropna().items():
            found[str(each)][model] = round(float(confidence), 6)
    return found


def _caught_up(workspace: Workspace, false_alarm: float, report: OnProgress) -> Workspace:
    """The workspace with every batch that it received: no manifest names one whose taking out was killed."""
    before = {batch["name"] for batch in workspace.manifest.batches}
    if set(batch_names(workspace.paths)) <= before:
        return workspace
    manifest = rejoined(workspace.path, workspace.manifest.without_batches(), matches_of(workspace.manifest), report)
    for found in [batch["name"] for batch in manifest.batches if batch["name"] not in before]:
        manifest = _hold(workspace, manifest, found, false_alarm, report).manifest
    publish(workspace.path, manifest)
    return Workspace(workspace.path, workspace.decisions_location)


def _fitting(build: Workspace, dataset: Dataset) -> Dataset:
    """What arrived, as far as the workspace has a place for it."""
    if dataset.task is not build.task:
        return _without_labels(build, dataset)
    unknown = [name for name in dataset.predictions if name not in build.manifest.predictions]
    if unknown:
        has = ", ".join(build.manifest.predictions) or "none"
        raise SourceError(f"Expected predictions of models that the workspace has ({has}), found {', '.join(unknown)}.")
    return dataset


def _without_labels(build: Workspace, dataset: Dataset) -> Dataset:
    """Images alone, for a workspace of boxes."""
    if dataset.task is Task.DETECTION:
        raise SourceError("Expected images with one label each, as the workspace has them, found boxes.")
    why = "labels and predictions of whole images are left out: the workspace has boxes"
    left_out = (Skipped("labels", why),) if len(dataset.ground_truth) or dataset.predictions else ()
    nothing = build.objects(LABELS).iloc[:0]
    skipped = (*dataset.skipped, *left_out)
    return replace(dataset, ground_truth=nothing, predictions={}, probabilities={}, task=build.task, skipped=skipped)


def _refuse_foreign(build: Workspace, embedded: Embedded) -> None:
    """Refuse vectors that cannot be of the workspace's model, or that have nothing to be placed among."""
    own, width = build.embeddings(IMAGES).vectors, embedded.vectors.shape[1]
    if not len(own):
        raise SourceError("This workspace has no images to place new ones among: build it again with them instead.")
    if own.shape[1] != width and len(embedded.vectors):
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
    taken = {ORIGINAL, *batch_names(workspace.paths)}
    if wanted is not None:
        name = checked_name(wanted, "the batch")
        if name in taken:
            raise WorkspaceError(f"There is a batch {name!r} already. Choose another name, or take that one out.")
        return name
    stem = source.resolve().stem[: LONGEST_NAME - 5] or "batch"
    names = [stem, *(f"{stem} {number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _batch(build: Workspace, new: Embedded, name: str, source: Path) -> Batch:
    return Batch(
        name=name,
        source=str(source.resolve()),
        added_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        model=vectors_of(build),
        labelled=_is_labelled(new.dataset),
        dataset=_named(new.dataset, name),
        facts=new.facts,
        vectors=new.vectors,
    )


def _is_labelled(dataset: Dataset) -> bool:
    """Whether a model can be right or wrong on these images; predictions of boxes come with what is to be found."""
    return len(dataset.ground_truth) > 0 or (dataset.task is Task.DETECTION and bool(dataset.predictions))


def _named(dataset: Dataset, batch: str) -> Dataset:
    """In detection, objects whose ids cannot be those of other sources: annotations are numbered from 1 in each."""
    if dataset.task is not Task.DETECTION:
        return dataset

    def named(table: pd.DataFrame) -> pd.DataFrame:
        ids = [f"{batch}/{each}" for each in table.index]
        return table.set_axis(pd.Index(ids, name=table.index.name, dtype=object))

    predictions = {model: named(table) for model, table in dataset.predictions.items()}
    return replace(dataset, ground_truth=named(dataset.ground_truth), predictions=predictions)
