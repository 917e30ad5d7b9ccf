"""Batches: new images that came after a build, with their labels and predictions, kept as they came.

A batch is one folder that is written whole and never changed. Its rows on the maps are derived from it, by each build
anew; it goes only when somebody takes it out.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.keys import artefact_key
from explorer.data.records import Dataset, Skipped
from explorer.data.spaces import Space, Task
from explorer.data.untrusted import MALFORMED
from explorer.store.derived.artefacts import fresh_folder, write_array, write_json
from explorer.store.derived.checksums import damaged_in
from explorer.store.received.arrivals import arrival, arrival_name, discard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from explorer.data.records import Float32
    from explorer.data.spaces import SpaceName
    from explorer.store.paths import WorkspacePaths

FORMAT = 1
_ABOUT, _SAMPLES, _TRUTH, _VECTORS = "batch.json", "samples.parquet", "ground_truth.parquet", "vectors.npy"
_FACTS = ["digest", "width", "height"]
_SAID = ("name", "source", "added_at", "model", "labelled")


@dataclass(frozen=True)
class Batch:
    """New images with their vectors.

    Attributes:
        name: what it is called; a value of the column `batch`.
        source: what it was read from.
        added_at: UTC time, ISO 8601.
        model: names the model that made the vectors.
        labelled: whether somebody looked for what is on the images, so that a model can be right or wrong on them.
        dataset: samples with their metadata, ground truth and predictions; ids are new in the workspace.
        facts: index sample id; digest, width, height.
        vectors: float32 (n, d), of the images.
    """

    name: str
    source: str
    added_at: str
    model: str
    labelled: bool
    dataset: Dataset
    facts: pd.DataFrame
    vectors: Float32

    @property
    def key(self) -> str:
        """Names exactly this batch."""
        return artefact_key(name=self.name, at=self.added_at, ids=self.ids, digests=list(self.facts["digest"]))

    @property
    def ids(self) -> list[str]:
        """Ids of its samples in row order."""
        return list(self.dataset.samples.index)

    def objects(self, space: SpaceName) -> pd.DataFrame | None:
        """In detection, its objects in a space; None where the model said nothing of these images."""
        return (
            self.dataset.predictions.get(space.model) if space.kind is Space.PREDICTION else self.dataset.ground_truth
        )

    def only(self, ids: Collection[str], models: Collection[str]) -> Batch:
        """The part of it with these samples, and what these models said of them."""
        kept = self.dataset.samples.index.isin(ids)
        truth, made, given = self.dataset.ground_truth, self.dataset.predictions, self.dataset.probabilities
        dataset = replace(
            self.dataset,
            samples=self.dataset.samples[kept],
            ground_truth=truth[truth["sample"].isin(ids)],
            predictions={name: table[table["sample"].isin(ids)] for name, table in made.items() if name in models},
            probabilities={name: table[table.index.isin(ids)] for name, table in given.items() if name in models},
        )
        return replace(self, dataset=dataset, facts=self.facts[kept], vectors=self.vectors[kept])


def batch_names(paths: WorkspacePaths) -> list[str]:
    """Names of the batches that were received, those that cannot be read left out."""
    names = [_said(folder).get("name") for folder in _folders(paths)]
    return [str(name) for name in names if name]


def read_batches(paths: WorkspacePaths) -> tuple[list[Batch], list[Skipped]]:
    """All batches, the first added first, and those that are damaged, with what to do."""
    found, damaged = [], []
    for folder in _folders(paths):
        try:
            found.append(_load(folder, paths))
        except MALFORMED as error:
            name = _said(folder).get("name", folder.name)
            why = (
                f"it is damaged ({error}): restore {folder} from a backup, or take it out with `edgecase batch remove`"
            )
            damaged.append(Skipped(f"batch {name}", why))
    return sorted(found, key=lambda batch: (batch.added_at, batch.name)), damaged


def save_batch(paths: WorkspacePaths, batch: Batch) -> str:
    """Keep a batch, which is there once a manifest names the arrival; gives the name of the arrival."""
    samples = batch.dataset.samples.join(batch.facts)
    samples["filepath"] = [paths.stored(path) for path in samples["filepath"]]
    tables = {_SAMPLES: samples, _TRUTH: batch.dataset.ground_truth}
    for kind in ("predictions", "probabilities"):
        given: Mapping[str, pd.DataFrame] = getattr(batch.dataset, kind)
        tables |= {_numbered(kind, number): table for number, table in enumerate(given.values())}
    about = {
        "format": FORMAT,
        **{name: getattr(batch, name) for name in _SAID},
        "task": batch.dataset.task,
        "predictions": list(batch.dataset.predictions),
        "probabilities": list(batch.dataset.probabilities),
    }
    waiting = arrival(_folder(paths, batch.name), batch.key)
    with fresh_folder(waiting) as scratch:
        write_json(scratch / _ABOUT, about)
        write_array(scratch / _VECTORS, batch.vectors)
        for name, table in tables.items():
            table.to_parquet(scratch / name)
    return arrival_name(waiting)


def remove_batch(paths: WorkspacePaths, name: str) -> None:
    """Delete what was received under a name, image files that came through the browser with it."""
    folder = _folder(paths, name)
    source = Path(str(_said(folder).get("source", "")))
    discard(folder)
    for uploaded in paths.uploads.resolve().glob("*/"):
        if source.is_relative_to(uploaded):
            shutil.rmtree(uploaded, ignore_errors=True)


def _folders(paths: WorkspacePaths) -> list[Path]:
    return sorted(folder for folder in paths.batches.glob("*/") if not folder.name.startswith("."))


def _folder(paths: WorkspacePaths, name: str) -> Path:
    return paths.batches / artefact_key(name=name)


def _numbered(kind: str, number: int) -> str:
    """The file of one model's table: a model may be called anything, a file may not."""
    return f"{kind}-{number}.parquet"


def _said(folder: Path) -> dict[str, Any]:
    """What a batch says of itself; nothing where that cannot be read."""
    try:
        said = json.loads((folder / _ABOUT).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _load(folder: Path, paths: WorkspacePaths) -> Batch:
    damaged = damaged_in(folder)
    if damaged:
        raise ValueError(f"{', '.join(damaged)} changed or gone")
    about = _said(folder)
    samples = pd.read_parquet(folder / _SAMPLES)
    samples["filepath"] = paths.found(samples["filepath"].tolist())

    def tables(kind: str, models: Iterable[str]) -> dict[str, pd.DataFrame]:
        return {model: pd.read_parquet(folder / _numbered(kind, number)) for number, model in enumerate(models)}

    dataset = Dataset(
        samples.drop(columns=_FACTS),
        pd.read_parquet(folder / _TRUTH),
        tables("predictions", about["predictions"]),
        Task(about["task"]),
        tables("probabilities", about["probabilities"]),
    )
    vectors = np.load(folder / _VECTORS, allow_pickle=False)
    return Batch(**{name: about[name] for name in _SAID}, dataset=dataset, facts=samples[_FACTS], vectors=vectors)
