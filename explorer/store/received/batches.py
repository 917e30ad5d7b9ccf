"""Batches: new images that came after a build, with their labels and predictions, kept as they came.

A batch is one folder that is written whole and never changed. Its rows on the maps are derived from it, by each build
anew; it goes only when somebody takes it out.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.keys import artefact_key
from explorer.data.records import Dataset
from explorer.data.spaces import Space, SpaceName, Task
from explorer.errors import WorkspaceError
from explorer.store.derived.artefacts import UNREADABLE, fresh_folder, write_array, write_json
from explorer.store.derived.checksums import damaged_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.data.records import Float32
    from explorer.store.paths import WorkspacePaths

FORMAT = 1
_ABOUT, _SAMPLES, _TRUTH = "batch.json", "samples.parquet", "ground_truth.parquet"
_FACTS = ["digest", "width", "height"]


@dataclass(frozen=True)
class Batch:
    """New images, each with a vector in every space that it has a point in.

    Attributes:
        name: what it is called; a value of the column `batch`.
        source: what it was read from.
        added_at: UTC time, ISO 8601.
        model: key of the model that made the vectors.
        dataset: samples with their metadata, ground truth and predictions; ids are new in the workspace.
        facts: index sample id; digest, width, height.
        copies: by sample id, the id of the image with the same bytes, where there is one.
        vectors: by space, float32 (n, d): a row per sample, or in detection per object.
    """

    name: str
    source: str
    added_at: str
    model: str
    dataset: Dataset
    facts: pd.DataFrame
    copies: Mapping[str, str]
    vectors: Mapping[SpaceName, Float32]

    @property
    def key(self) -> str:
        """Names exactly this batch."""
        return artefact_key(name=self.name, at=self.added_at, ids=self.ids, digests=list(self.facts["digest"]))

    @property
    def ids(self) -> list[str]:
        """Ids of its samples in row order."""
        return list(self.dataset.samples.index)

    def objects(self, space: SpaceName) -> pd.DataFrame:
        """In detection, its objects in a space; none where it has no predictions of the model."""
        if space.kind is Space.PREDICTION:
            return self.dataset.predictions.get(space.model, self.dataset.ground_truth.iloc[:0])
        return self.dataset.ground_truth

    @property
    def is_labelled(self) -> bool:
        """Whether its images came with ground truth."""
        return len(self.dataset.ground_truth) > 0

    def only(self, ids: Collection[str]) -> Batch:
        """The part of it with these samples."""
        samples = self.dataset.samples.index.isin(ids)
        boxes = self.dataset.task.has_boxes_in

        def rows(space: SpaceName) -> NDArray[np.bool_]:
            return self.objects(space)["sample"].isin(ids).to_numpy() if boxes(space) else samples

        dataset = replace(
            self.dataset,
            samples=self.dataset.samples[samples],
            ground_truth=self.dataset.ground_truth[self.dataset.ground_truth["sample"].isin(ids)],
            predictions={name: table[table["sample"].isin(ids)] for name, table in self.dataset.predictions.items()},
        )
        vectors = {space: each[rows(space)] for space, each in self.vectors.items()}
        return replace(self, dataset=dataset, facts=self.facts[samples], vectors=vectors)


def save_batch(paths: WorkspacePaths, batch: Batch) -> None:
    """Keep a batch: the whole folder, or nothing.

    Raises:
        WorkspaceError: there is one of this name.
    """
    target = paths.batches / artefact_key(name=batch.name)
    if target.exists():
        raise WorkspaceError(f"There is a batch {batch.name!r} already. Give another --batch NAME, or remove it.")
    about = {
        "format": FORMAT,
        **{name: getattr(batch, name) for name in ("name", "source", "added_at", "model", "copies")},
        "task": batch.dataset.task,
        "predictions": list(batch.dataset.predictions),
        "vectors": [str(space) for space in batch.vectors],
    }
    with fresh_folder(target) as scratch:
        write_json(scratch / _ABOUT, about)
        batch.dataset.samples.join(batch.facts).to_parquet(scratch / _SAMPLES)
        batch.dataset.ground_truth.to_parquet(scratch / _TRUTH)
        for number, table in enumerate(batch.dataset.predictions.values()):
            table.to_parquet(scratch / f"predictions-{number}.parquet")
        for number, vectors in enumerate(batch.vectors.values()):
            write_array(scratch / f"vectors-{number}.npy", vectors)


def batches(paths: WorkspacePaths) -> list[Batch]:
    """All batches, the first added first.

    Raises:
        WorkspaceError: one is damaged.
    """
    folders = [folder for folder in paths.batches.glob("*/") if not folder.name.startswith(".")]  # those are not whole
    found = [_load(folder) for folder in folders]
    return sorted(found, key=lambda batch: (batch.added_at, batch.name))


def remove_batch(paths: WorkspacePaths, name: str) -> None:
    """Take a batch out; what people decided about its images stays.

    Raises:
        WorkspaceError: there is none of this name.
    """
    folder = paths.batches / artefact_key(name=name)
    if not folder.is_dir():
        among = ", ".join(batch.name for batch in batches(paths)) or "none yet"
        raise WorkspaceError(f"Expected the name of a batch, found {name!r}. There are: {among}.")
    gone = folder.with_name(f".removed-{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _load(folder: Path) -> Batch:
    damaged = damaged_in(folder)
    if damaged:
        raise _damaged(folder, f"{', '.join(damaged)} changed or gone")
    try:
        about: dict[str, Any] = json.loads((folder / _ABOUT).read_text("utf-8"))
        samples = pd.read_parquet(folder / _SAMPLES)
        return Batch(
            **{name: about[name] for name in ("name", "source", "added_at", "model", "copies")},
            dataset=Dataset(
                samples.drop(columns=_FACTS),
                pd.read_parquet(folder / _TRUTH),
                {
                    model: pd.read_parquet(folder / f"predictions-{number}.parquet")
                    for number, model in enumerate(about["predictions"])
                },
                Task(about["task"]),
            ),
            facts=samples[_FACTS],
            vectors={
                SpaceName.parse(space): np.load(folder / f"vectors-{number}.npy", allow_pickle=False)
                for number, space in enumerate(about["vectors"])
            },
        )
    except UNREADABLE as error:
        raise _damaged(folder, str(error)) from error


def _damaged(folder: Path, why: str) -> WorkspaceError:
    return WorkspaceError(
        f"The batch in {folder} cannot be read ({why}). Restore the folder from a backup, or delete it and add its "
        "images again; subsets and other decisions are kept."
    )
