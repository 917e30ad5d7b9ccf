"""Detections keep their ids when a model is called otherwise: decisions are about the boxes, not about the name."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.spaces import Task, predictions_of
from explorer.errors import WorkspaceError
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Dataset
    from explorer.store.derived.manifest import Manifest


class _Known(NamedTuple):
    """A model's detections as the build before had them, and the name that their ids begin with."""

    begins: str
    table: pd.DataFrame


class Named(NamedTuple):
    """A dataset whose detections have the ids that decisions know, and the manifest's `id_names` and `renamed`."""

    dataset: Dataset
    id_names: dict[str, str]
    renamed: dict[str, str]


def with_known_ids(dataset: Dataset, folder: Path, before: Manifest | None) -> Named:
    """The detections of models that were only renamed, under the ids that they had in the build before.

    Args:
        dataset: as read, its images those that could be read; ids of detections begin with their model's name.
        folder: the workspace.
        before: of the build that is about to be replaced; None where there is none.
    """
    known = _known(folder, before) if before and before.task == dataset.task else {}
    names_before = _names_before(dataset, known)
    renamed = _renamed(names_before, before.renamed if before else {})
    if dataset.task is not Task.DETECTION:
        return Named(dataset, {}, renamed)
    begins = _beginnings(dataset.predictions, known, names_before)
    tables = {model: _begun(table, model, begins[model]) for model, table in dataset.predictions.items()}
    return Named(replace(dataset, predictions=tables), _id_names(begins), renamed)


def with_free_ids(dataset: Dataset, new: Sequence[str], before: Manifest) -> Named:
    """Detections of models that are added to a build, under ids that no other model's have.

    Args:
        dataset: of the build, with what is added; the added ids begin with their model's name.
        new: models that are added, or replaced: these keep what their ids began with.
        before: of the build.
    """
    if dataset.task is not Task.DETECTION:
        return Named(dataset, {}, before.renamed)
    known = {model: name for name, model in before.id_names.items()}
    begins = {model: known.get(model, model) for model in dataset.predictions if model not in new}
    for model in new:
        numbered = (f"{model}-{number}" for number in count(2))
        names = chain([known.get(model, model)], numbered)
        begins[model] = next(name for name in names if name not in begins.values())
    tables = {
        model: _begun(table, model, begins[model]) if model in new else table
        for model, table in dataset.predictions.items()
    }
    return Named(replace(dataset, predictions=tables), _id_names(begins), before.renamed)


def _id_names(begins: Mapping[str, str]) -> dict[str, str]:
    return {name: model for model, name in begins.items() if name != model}


def _known(folder: Path, before: Manifest) -> dict[str, _Known]:
    build = Workspace(folder, manifest=before.without_batches())
    begins = {model: name for name, model in before.id_names.items()}
    found = {}
    for model in before.predictions:
        try:
            found[model] = _Known(begins.get(model, model), _said_by(build, model))
        except WorkspaceError:  # damaged: this build makes it anew, under its own name
            continue
    return found


def _said_by(build: Workspace, model: str) -> pd.DataFrame:
    """What a model said in a build: its detections, or `label` and `confidence` of each image it said one of."""
    if build.task is Task.DETECTION:
        return build.objects(predictions_of(model))
    columns = {f"{model}.prediction": "label", f"{model}.confidence": "confidence"}
    return build.stored_samples[list(columns)].rename(columns=columns).dropna(subset="label")


def _names_before(dataset: Dataset, known: Mapping[str, _Known]) -> dict[str, str]:
    """The name that each model had in the build before, where one said what it says; no two alike."""
    tables = dataset.predictions
    are_same = _are_same if dataset.task is Task.DETECTION else _say_the_same
    same = {model: {name for name, one in known.items() if are_same(tables[model], model, one)} for model in tables}
    kept = {model for model in tables if model in same[model]}
    moved = {model: same[model] - kept for model in tables if model not in kept}
    sure = {model: next(iter(names)) for model, names in moved.items() if len(names) == 1}
    sure = {model: name for model, name in sure.items() if list(sure.values()).count(name) == 1}
    return {**{each: each for each in kept}, **sure}


def _renamed(names_before: Mapping[str, str], earlier: Mapping[str, str]) -> dict[str, str]:
    """The names that models had, and the name that each has now; a name that a model has is its own."""
    now = {name: model for model, name in names_before.items() if model != name}
    return {old: now.get(then, then) for old, then in earlier.items()} | now


def _beginnings(
    tables: Mapping[str, pd.DataFrame], known: Mapping[str, _Known], names_before: Mapping[str, str]
) -> dict[str, str]:
    """What the ids of each model's detections begin with, no two alike: by what they are, else by their name."""
    begins = {model: known[name].begins for model, name in names_before.items()}
    for model in tables:
        own = [known[model].begins] if model in known else []
        numbered = (f"{model}-{number}" for number in count(2))
        begins.setdefault(model, next(name for name in chain(own, [model], numbered) if name not in begins.values()))
    return begins


def _are_same(table: pd.DataFrame, model: str, known: _Known) -> bool:
    """Whether a model's detections are those that another had, one by one."""
    if len(table) != len(known.table) or not len(table):
        return False
    if list(_begun(table, model, known.begins).index) != list(known.table.index):
        return False
    if any(list(table[column]) != list(known.table[column]) for column in ("sample", "label")):
        return False
    numbers = ["confidence", *BOX]
    return np.array_equal(table[numbers].to_numpy(float), known.table[numbers].to_numpy(float), equal_nan=True)


def _say_the_same(table: pd.DataFrame, _model: str, known: _Known) -> bool:
    """Whether a model says of each image what another said."""
    if len(table) != len(known.table) or not len(table):
        return False
    said = table.set_index("sample").reindex(known.table.index)
    sure, before = (one["confidence"].to_numpy(float) for one in (said, known.table))
    return list(said["label"]) == list(known.table["label"]) and np.array_equal(sure, before, equal_nan=True)


def _begun(table: pd.DataFrame, model: str, begins: str) -> pd.DataFrame:
    if begins == model:
        return table
    ids = [begins + str(each).removeprefix(model) for each in table.index]
    return table.set_axis(pd.Index(ids, name=table.index.name, dtype=object))
