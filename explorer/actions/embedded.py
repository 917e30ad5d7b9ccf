"""The images of a workspace with their vectors, as a reader and an engine gave them to its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.records import MEASURED, Dataset
from explorer.data.spaces import IMAGES, LABELS, Task
from explorer.embedding.embedders import Embedded
from explorer.points.image_table import judged_columns

if TYPE_CHECKING:
    from collections.abc import Collection

    from explorer.store.workspace import Workspace


def embedded_of(build: Workspace) -> Embedded:
    """Everything that a build holds of its source; image files are where they are now."""
    models = build.manifest.predictions
    samples = build.stored_samples
    samples["filepath"] = build.samples["filepath"]
    told = [f"{model}.{role}" for model in models for role in ("prediction", "confidence")]
    computed = {*MEASURED, *judged_columns(build.task, models)}
    computed |= {"label", *told} if build.task is Task.CLASSIFICATION else set()
    dataset = Dataset(
        samples.drop(columns=list(computed), errors="ignore"),
        _ground_truth(build),
        {model: _predictions(build, model) for model in models},
        build.task,
        {model: table for model in models if (table := build.probabilities(model)) is not None},
        tuple(build.skipped),
    )
    return Embedded(dataset, _facts(build), np.asarray(build.embeddings(IMAGES).vectors))


def batch_of(workspace: Workspace, name: str) -> Embedded:
    """The images of a batch and the boxes on them, as they lie in the workspace."""
    ids = workspace.batch_ids(name)
    about = next(batch for batch in workspace.manifest.batches if batch["name"] == name)
    tables = {space: _on(workspace.objects(space), ids) for space in workspace.object_spaces}
    truth = tables.pop(LABELS, _objects(pd.Series(dtype=object)))
    made = {space.model: table for space, table in tables.items() if space.model in about["predictions"]}
    dataset = Dataset(workspace.samples.loc[ids, ["filepath"]], truth, made, workspace.task)
    rows = workspace.samples.index.get_indexer(ids)
    return Embedded(dataset, _facts(workspace).loc[ids], workspace.embeddings(IMAGES).vectors[rows])


def _on(table: pd.DataFrame, ids: Collection[str]) -> pd.DataFrame:
    return table[table["sample"].isin(ids)]


def _facts(build: Workspace) -> pd.DataFrame:
    return build.samples[["digest", "width", "height"]]


def _ground_truth(build: Workspace) -> pd.DataFrame:
    if build.task is Task.DETECTION:
        return build.objects(LABELS)
    return _objects(build.samples["label"] if "label" in build.samples else pd.Series(dtype=object))


def _predictions(build: Workspace, model: str) -> pd.DataFrame:
    if build.task is Task.DETECTION:
        return build.objects(f"prediction/{model}")
    table = _objects(build.samples[f"{model}.prediction"])
    return table.assign(confidence=build.samples[f"{model}.confidence"].reindex(table.index))


def _objects(labels: pd.Series) -> pd.DataFrame:
    """What images are called, as the table of objects that a reader gives; one without a name has none."""
    known = labels.dropna()
    return pd.DataFrame({"sample": known.index, "label": known.to_numpy()}, known.index, dtype=object)
