"""A source read together with what further models said of its images, which came after a build and was kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import readers
from explorer.data.records import Skipped
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.readers.predictions import with_predictions
from explorer.store.received.files import received, unreadable
from explorer.store.workspace import moved as now_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.records import Dataset
    from explorer.store.derived.manifest import Manifest
    from explorer.store.paths import WorkspacePaths

REPLACES = "replaces"
"""The fact that says that added predictions stand in for those that came with the source."""


def read_with_added(
    paths: WorkspacePaths,
    source: Path,
    labels: Path | None,
    predictions: Sequence[tuple[str, Path]],
    columns: Mapping[str, str] = readers.NO_COLUMNS,
    *,
    allow_unmatched: bool = False,
    before: Manifest | None,
) -> Dataset:
    """Read a source, with the predictions given and those that were added to the workspace before.

    What was added and cannot be joined is listed in `skipped`. A model that is given has precedence over one of the
    same name that was added, unless that one was to stand in for it.

    Args:
        paths: of the workspace.
        source: see `readers.read`.
        labels: see `readers.read`.
        predictions: those given.
        columns: see `readers.read`.
        allow_unmatched: see `readers.read`; what was added was looked at then.
        before: of the build that is about to be replaced; None where there is none.

    Raises:
        SourceError: the source, the labels or the predictions given cannot be used.
    """
    kept, moved = received(paths.predictions, before.arrived if before else ()), before.moved if before else {}
    standing_in = {one.name for one in kept if one.facts.get(REPLACES)}
    given = [(name, file) for name, file in predictions if name not in standing_in]
    dataset = readers.read(source, labels, given, columns, allow_unmatched=allow_unmatched)
    skipped = [Skipped(folder, f"{why}; add it again") for folder, why in unreadable(paths.predictions).items()]
    for one in kept:
        if one.name in dataset.predictions and one.name not in standing_in:
            skipped.append(Skipped(f"added predictions {one.name}", "the source has a model of this name by now"))
            continue
        try:
            beside = Path(now_at(one.source, moved)).parent
            dataset = with_added(dataset, source, labels, one.name, one.path, beside, allow_unmatched=True)
        except SourceError as error:
            skipped.append(Skipped(f"added predictions {one.name}", str(error)))
    return replace(dataset, skipped=(*dataset.skipped, *skipped))


def with_added(
    dataset: Dataset,
    source: Path,
    labels: Path | None,
    name: str,
    file: Path,
    beside: Path,
    *,
    allow_unmatched: bool,
) -> Dataset:
    """A dataset with the predictions of one more model, in place of those of its name.

    Args:
        dataset: the samples with what is known of them.
        source: what they were read from; in detection it is read again, for what the ids in `file` mean.
        labels: the labels it was read with.
        name: of the model.
        file: its predictions.
        beside: the folder that image paths in them start at.
        allow_unmatched: take predictions of which less than a tenth belongs to the samples.

    Raises:
        SourceError: they cannot be used.
    """
    predictions = {model: table for model, table in dataset.predictions.items() if model != name}
    probabilities = {model: table for model, table in dataset.probabilities.items() if model != name}
    others = replace(dataset, predictions=predictions, probabilities=probabilities)
    if dataset.task is Task.CLASSIFICATION:
        joined = with_predictions(others, name, file, beside=beside)
        little = readers.little_used(joined.used[len(others.used) :], allow_unmatched=allow_unmatched)
        return replace(joined, skipped=(*joined.skipped, *little))
    again = readers.read(source, labels, [(name, file)], allow_unmatched=allow_unmatched)
    table = again.predictions[name]
    known = table["sample"].isin(dataset.samples.index)
    if len(table) and not known.any():
        raise SourceError(f"Expected detections on the images of the workspace in {file}, found none.")
    new = [one for one in again.skipped if one not in set(dataset.skipped)]
    return replace(others, predictions={**predictions, name: table[known]}, skipped=(*dataset.skipped, *new))
