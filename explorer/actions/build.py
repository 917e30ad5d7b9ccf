"""The whole way from images to a workspace, in one readable function."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer import readers
from explorer._version import __version__
from explorer.actions.added_predictions import read_with_added
from explorer.actions.batch_matches import matches_of
from explorer.actions.build_spaces import METHOD_VERSION, MapParameters, Spaces, lay_out_spaces
from explorer.actions.embedder import names_of
from explorer.actions.join_batches import rejoined
from explorer.actions.layers import Ground, Layers, artefacts_of, files_of
from explorer.actions.receive import refuse_outside
from explorer.actions.renamed_models import with_known_ids
from explorer.data.engines import AUTO
from explorer.data.keys import artefact_key
from explorer.data.spaces import IMAGES
from explorer.embedding.embedders import Clip, OwnVectors
from explorer.errors import WorkspaceError
from explorer.points.image_table import judged_columns, sample_table, without_computed
from explorer.store.derived.building import announce, building, publish, save_samples
from explorer.store.derived.manifest import Manifest, read_manifest
from explorer.store.paths import WorkspacePaths
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.renamed_models import Named
    from explorer.data.records import Dataset, OnProgress
    from explorer.embedding.embedders import Embedded, Embedder
    from explorer.store.derived.artefacts import SpaceFiles


def build(
    source: Path | str,
    workspace: Path | str,
    *,
    labels: Path | str | None = None,
    predictions: Sequence[tuple[str, Path | str]] | Mapping[str, Path | str] = (),
    allow_unmatched: bool = False,
    vectors: Path | str | None = None,
    model: str | None = None,
    pretrained: str | None = None,
    engine: str | None = None,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    seed: int = 42,
    margin: float = 0.1,
    columns: Mapping[str, str] = readers.NO_COLUMNS,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> Workspace:
    """Embed images, labels and predictions, lay out their maps, and make that a workspace's current build.

    A second build embeds only images it has not seen, and its maps go on: points that were there stay where they
    were, others are placed among them. Maps are laid out anew where most points are others, or other parameters are
    asked for. A killed build goes on where it stopped. Where there was no build before, the map of images can be
    opened as soon as it is laid out. Subsets and other decisions are never touched.

    Args:
        source: a folder of images, a table of them (CSV, TSV, Parquet, JSONL), a COCO file or a YOLO dataset.
        workspace: the folder to build in.
        labels: a table of labels to join.
        predictions: tables of predictions to join, each with its model's name.
        allow_unmatched: take labels and predictions of which less than a tenth belongs to the images.
        vectors: own vectors (.npy or Parquet) to use instead of a CLIP model.
        model: open_clip model name.
        pretrained: open_clip tag, or a local weights file.
        engine: what runs the model's image side, one of `explorer.data.engines.ENGINES`; as in the build before,
            or `auto`, where None.
        n_neighbors: UMAP's neighbourhood size.
        min_dist: UMAP's smallest distance on the map.
        seed: makes the map repeatable.
        margin: in detection, share of a box's own size that its crop shows around it.
        columns: of a table of images, which column is what: a name for `image`, `id`, `label`, `prediction`,
            `confidence`, `split`, `group`, `time`, `latitude` or `longitude`; see `explorer.readers.table.with_roles`.
        name: what the workspace is called on screen.
        on_progress: called with the current step, units done, and units in all.

    Returns:
        The workspace, opened.

    Raises:
        SourceError: the source, labels, predictions or vectors cannot be used.
        ModelError: the model cannot be loaded.
        WorkspaceError: the workspace cannot be written.
    """
    source, labels, paths = Path(source), Path(labels) if labels else None, WorkspacePaths(Path(workspace))
    parameters = MapParameters(n_neighbors, min_dist, seed, margin)
    report = on_progress or (lambda _: None)
    dataset = _read(paths, source, labels, predictions, columns, allow_unmatched=allow_unmatched)
    embedder: Embedder = (
        OwnVectors(Path(vectors))
        if vectors
        else Clip(paths.vectors, *names_of(model, pretrained), engine or _engine_before(paths.folder))
    )
    with building(paths.folder) as folder:
        before = _manifest_before(folder)
        embedded = embedder.embed(dataset, _counting(report, len(dataset.skipped)))
        report = _counting(report, len(embedded.dataset.skipped))
        known = with_known_ids(embedded.dataset, folder, before)
        embedded = replace(embedded, dataset=known.dataset)
        begun = _begun(
            known,
            before,
            name=name or _root(source).name,
            source=str(source.resolve()),
            root=str(_root(source)),
            model=embedder.about,
            parameters=asdict(parameters),
            samples=save_tables(paths, embedded),
            labels=str(labels.resolve()) if labels else "",
        )
        earlier = _spaces_before(folder, before, parameters, known.renamed)
        ground = Ground(paths, embedded, parameters, begun.moved, report, earlier)
        whole = _laid_out(ground, embedder, begun, first=before is None or before.unfinished)
        matches = matches_of(before) if before else {}
        return publish(folder, rejoined(folder, whole, matches, report, embedder=embedder))


def _read(
    paths: WorkspacePaths,
    source: Path,
    labels: Path | None,
    predictions: Sequence[tuple[str, Path | str]] | Mapping[str, Path | str],
    columns: Mapping[str, str],
    *,
    allow_unmatched: bool,
) -> Dataset:
    """What a source holds with what was added to the workspace, without what is computed here."""
    named = predictions.items() if hasattr(predictions, "items") else predictions
    files = [(model, Path(file)) for model, file in named]
    before = _manifest_before(paths.folder)
    read = read_with_added(paths, source, labels, files, columns, allow_unmatched=allow_unmatched, before=before)
    dataset = without_computed(read, source)
    refuse_outside(dataset, source, paths)
    return dataset


def _begun(known: Named, before: Manifest | None, **about: Any) -> Manifest:  # noqa: ANN401 - fields of the manifest
    """The manifest of a build whose spaces are still to come, with the layers that the build before it had."""
    layers = Layers(before.encoders, before.layouts) if before else Layers()
    moved = before.moved if before else {}
    return Manifest(
        built_at=_now(),
        spaces={},
        predictions=list(known.dataset.predictions),
        task=known.dataset.task,
        unfinished=True,
        id_names=known.id_names,
        renamed=known.renamed,
        moved={old: now for old, now in moved.items() if not Path(old).exists()},
        layouts=list(layers.layouts),
        encoders=list(layers.encoders),
        class_numbers=dict(known.dataset.class_numbers),
        version=__version__,
        **about,
    )


def _laid_out(ground: Ground, embedder: Embedder, begun: Manifest, *, first: bool) -> Manifest:
    """The manifest with all spaces; of a `first` build the map of images can be opened before the others are there."""

    def show_images(files: SpaceFiles) -> None:
        if first:
            announce(ground.paths.folder, replace(begun, spaces=artefacts_of({IMAGES: files})))

    where = (ground.paths.derived, ground.embedded, embedder, ground.parameters, ground.report)
    spaces = lay_out_spaces(*where, on_images=show_images, earlier=ground.earlier)
    layered = ground.layered(spaces, Layers(begun.encoders, begun.layouts), {})
    made = artefacts_of(layered.spaces)
    return replace(begun, spaces=made, encoders=layered.encoders, built_at=_now(), unfinished=False)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _counting(report: OnProgress, left_out: int) -> OnProgress:
    """Add what was left out before to every report."""
    return lambda progress: report(progress._replace(left_out=progress.left_out + left_out))


def _engine_before(folder: Path) -> str:
    before = _manifest_before(folder)
    return str(before.model.get("engine", AUTO)) if before else AUTO


def _manifest_before(folder: Path) -> Manifest | None:
    """Of the build that this one replaces; None where there is none."""
    try:
        return read_manifest(folder)
    except WorkspaceError:
        return None


def _spaces_before(
    folder: Path, before: Manifest | None, parameters: MapParameters, renamed: Mapping[str, str]
) -> Spaces:
    """The spaces of the build that this one replaces, whose maps go on; none where other maps are asked for."""
    if before is None or before.unfinished or MapParameters(**before.parameters).umap != parameters.umap:
        return {}
    try:
        spaces = files_of(Workspace(folder, manifest=before.without_batches()))
        return {replace(name, model=renamed.get(name.model, name.model)): files for name, files in spaces.items()}
    except WorkspaceError:  # a damaged build is made anew
        return {}


def save_tables(paths: WorkspacePaths, embedded: Embedded, filepaths: Sequence[str] | None = None) -> str:
    """Write the sample table, in detection the boxes, and class probabilities; gives the artefact's name.

    Args:
        paths: of the workspace.
        embedded: the dataset with its vectors.
        filepaths: how the image files are written down, where not as the dataset has them.
    """
    frame = sample_table(embedded)
    if embedded.dataset.ground_truth.empty:  # without anything to find, nobody knows what is right
        unknown = judged_columns(embedded.dataset.task, list(embedded.dataset.predictions))
        frame = frame.drop(columns=unknown, errors="ignore")
    frame["filepath"] = [paths.stored(path) for path in frame["filepath"]] if filepaths is None else filepaths
    tables = {str(space): embedded.objects(space) for space in embedded.object_spaces}
    known = set(embedded.ids)
    for model, table in embedded.dataset.probabilities.items():
        tables[f"probabilities/{model}"] = table[table.index.isin(known)]
    skipped = sorted(embedded.dataset.skipped)
    key = artefact_key(
        version=METHOD_VERSION,
        tables={name: _content(table) for name, table in {"samples": frame, **tables}.items()},
        skipped=[list(one) for one in skipped],
    )
    save_samples(paths.derived / f"samples-{key}", frame, skipped, tables)
    return f"samples-{key}"


def _content(table: pd.DataFrame) -> list[object]:
    """What tells two tables apart: their columns, and a hash of their rows."""
    rows = pd.util.hash_pandas_object(table, index=True).to_numpy()
    return [list(table.columns), artefact_key(rows=rows)]


def _root(source: Path) -> Path:
    return (source if source.is_dir() else source.parent).resolve()
