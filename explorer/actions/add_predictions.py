"""Further model versions on the maps of a workspace: what they said of its images, joined after the build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from explorer.actions.added_predictions import REPLACES, with_added
from explorer.actions.build import save_tables
from explorer.actions.build_spaces import lay_out_spaces
from explorer.actions.embedded import embedded_of
from explorer.actions.embedder import engine_of
from explorer.actions.layers import Ground, Layers, artefacts_of, files_of, publish_anew
from explorer.actions.renamed_models import with_free_ids
from explorer.data.names import checked_name
from explorer.data.records import Skipped  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.data.spaces import SpaceName, predictions_of
from explorer.errors import SourceError, WorkspaceError
from explorer.store.derived.building import building
from explorer.store.received.files import digest, receive_file, received, remove_received
from explorer.store.workspace import Workspace, moved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.records import Dataset, OnProgress
    from explorer.embedding.embedders import Embedded

_LEFT_OUT = "left_out"
"""The fact that says what of added predictions could not be used."""


class PredictionsAdded(NamedTuple):
    """The workspace, opened anew, the models that were added, and what of their files could not be used."""

    workspace: Workspace
    names: list[str]
    skipped: list[Skipped]


def add_predictions(
    workspace: Workspace,
    predictions: Sequence[tuple[str, Path]],
    *,
    replacing: bool = False,
    allow_unmatched: bool = False,
    on_progress: OnProgress | None = None,
) -> PredictionsAdded:
    """Add what further models said of the images of a build; later builds of the same source keep it.

    No image is embedded again and no map that is there moves: each model gets a map of its own. Images of batches
    stay without a word of these models. Where this fails, nothing was added.

    Args:
        workspace: what to add to.
        predictions: names of models, each with a table, a file of COCO results or a folder of YOLO text files.
        replacing: whether a model that is there already may be replaced.
        allow_unmatched: take predictions of which less than a tenth belongs to the images.
        on_progress: told about progress.

    Raises:
        SourceError: predictions cannot be used; of boxes also where the source is gone.
        ModelError: the workspace's model cannot be loaded.
        WorkspaceError: a name is taken, a build is running, or the workspace cannot be written.
    """
    named = [(checked_name(name, "the model"), Path(file)) for name, file in predictions]
    _refuse_names([name for name, _ in named])
    with building(workspace.path) as folder:
        now = Workspace(folder, workspace.decisions_location)
        build = Workspace(folder, now.decisions_location, manifest=now.manifest.without_batches())
        _refuse_taken(build, named, replacing=replacing)
        before = embedded_of(build)
        dataset, left_out = before.dataset, {}
        for name, file in named:
            known = _without_lines(build, dataset, name)
            where = (*_source_of(build), name, file, file.resolve().parent)
            dataset = with_added(known, *where, allow_unmatched=allow_unmatched)
            left_out[name] = list(dataset.skipped[len(known.skipped) :])
        embedded = replace(before, dataset=dataset)
        opened = _with_models(now, build, embedded, named, left_out, on_progress or (lambda _: None))
    return PredictionsAdded(opened, list(left_out), [one for lines in left_out.values() for one in lines])


def remove_predictions(workspace: Workspace, name: str, on_progress: OnProgress | None = None) -> Workspace:
    """Take out a model that was added; those that came with the source stay.

    Returns:
        The workspace, opened anew.

    Raises:
        WorkspaceError: no such model was added, a build is running, or the workspace cannot be written.
    """
    with building(workspace.path) as folder:
        now = Workspace(folder, workspace.decisions_location)
        build = Workspace(folder, now.decisions_location, manifest=now.manifest.without_batches())
        added = [one.name for one in received(build.paths.predictions)]
        if name not in added:
            raise WorkspaceError(
                f"Expected the name of predictions that were added, found {name!r}. There are: "
                f"{', '.join(added) or 'none'}. What came with the source goes with the next `edgecase build`."
            )
        before = embedded_of(build)
        kept = {model: table for model, table in before.dataset.predictions.items() if model != name}
        left = {model: table for model, table in before.dataset.probabilities.items() if model != name}
        dataset = _without_lines(build, before.dataset, name)
        without = replace(before, dataset=replace(dataset, predictions=kept, probabilities=left))
        manifest = replace(
            build.manifest,
            samples=save_tables(build.paths, without, _as_stored(build)),
            spaces={each: one for each, one in build.manifest.spaces.items() if SpaceName.parse(each).model != name},
            predictions=list(kept),
            id_names={begins: model for begins, model in build.manifest.id_names.items() if model != name},
        )
        opened = publish_anew(now, manifest, on_progress or (lambda _: None))
        remove_received(build.paths.predictions, name)
    return opened


def _with_models(
    now: Workspace,
    build: Workspace,
    embedded: Embedded,
    named: Sequence[tuple[str, Path]],
    left_out: Mapping[str, Sequence[Skipped]],
    report: OnProgress,
) -> Workspace:
    """Lay out what is new, keep the files, and publish; all, or nothing."""
    new = [name for name, _ in named]
    identified = with_free_ids(embedded.dataset, new, build.manifest)
    embedded = replace(embedded, dataset=identified.dataset)
    there = {space: files for space, files in files_of(build).items() if space.model not in new}
    ground = Ground.of(build, embedded, report)
    own = {space: files for space, files in there.items() if space.is_first}
    first = lay_out_spaces(build.paths.derived, embedded, engine_of(build), ground.parameters, report, there=own)
    layered = ground.layered(first, Layers(build.manifest.encoders, build.manifest.layouts), there)
    arrived = [
        receive_file(
            build.paths.predictions,
            name,
            file,
            {REPLACES: _stands_in(build, name), _LEFT_OUT: [list(one) for one in left_out[name]]},
        )
        for name, file in named
    ]
    manifest = replace(
        build.manifest,
        samples=save_tables(build.paths, embedded, _as_stored(build)),
        spaces=artefacts_of(layered.spaces),
        predictions=list(embedded.dataset.predictions),
        encoders=layered.encoders,
        id_names=identified.id_names,
        unfinished=False,  # every first space is there now, also where the build was interrupted
        arrived=arrived,
    )
    return publish_anew(now, manifest, report)


def _without_lines(build: Workspace, dataset: Dataset, name: str) -> Dataset:
    """A dataset without what is listed of the file of predictions that were added under a name."""
    lines = {
        tuple(line)
        for one in received(build.paths.predictions)
        if one.name == name
        for line in one.facts.get(_LEFT_OUT, ())
    }
    return replace(dataset, skipped=tuple(one for one in dataset.skipped if tuple(one) not in lines))


def _source_of(build: Workspace) -> tuple[Path, Path | None]:
    """Where a build was read from, as far as is known now: its source, and its labels."""
    about = build.manifest
    return Path(moved(about.source, about.moved)), Path(moved(about.labels, about.moved)) if about.labels else None


def _as_stored(build: Workspace) -> list[str]:
    """How the image files of a build are written down."""
    return list(build.stored_samples["filepath"])


def _refuse_names(names: Sequence[str]) -> None:
    for name in names:
        if SpaceName.parse(str(predictions_of(name))) != predictions_of(name):
            raise WorkspaceError(f"Expected a model's name without “?layout=” and “?encoder=”, found {name!r}.")
    if len(set(names)) < len(names):
        raise SourceError(f"Expected each model once, found {', '.join(names)}.")


def _refuse_taken(build: Workspace, named: Sequence[tuple[str, Path]], *, replacing: bool) -> None:
    """Refuse names that are there; what was received and could not be joined may be received again."""
    kept = {one.name: one.sha256 for one in received(build.paths.predictions)}
    for name, file in named:
        if not file.exists():
            raise SourceError(f"Expected the predictions of {name} at {file}, found nothing.")
        interrupted = name not in build.manifest.predictions and kept.get(name) in (None, digest(file))
        if not interrupted and not replacing:
            raise WorkspaceError(
                f"There are predictions of a model {name!r} already. Choose another name, or use --replace."
            )


def _stands_in(build: Workspace, name: str) -> bool:
    """Whether added predictions are in place of those that came with the source."""
    kept = {one.name: bool(one.facts.get(REPLACES)) for one in received(build.paths.predictions)}
    return kept.get(name, name in build.manifest.predictions)
