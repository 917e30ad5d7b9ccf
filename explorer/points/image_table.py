"""The sample table of a build: one row per image, with everything known and computed about it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.records import MEASURED, Skipped
from explorer.data.spaces import LABELS, Task, predictions_of
from explorer.evaluation.compare import compare
from explorer.evaluation.outcomes import Outcomes, Prepared, outcomes, outcomes_at, prepared
from explorer.points.cache import Cache
from explorer.points.columns import ARROW, COPY, MATCH, SIMILARITY
from explorer.points.membership import SUBSET_COLUMN
from explorer.signals.registry import model_signals, titles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.records import Dataset
    from explorer.data.thresholds import Thresholds
    from explorer.embedding.embedders import Embedded
    from explorer.store.workspace import Workspace


def sample_table(embedded: Embedded) -> pd.DataFrame:
    """Join what was read of the readable samples and how each model did; signals are columns of their own.

    Returns:
        Index id; filepath, digest, width, height, split; in classification label, `MODEL.prediction`,
        `MODEL.confidence`, `MODEL.outcome` (correct, wrong); in detection boxes, `MODEL.tp`, `MODEL.fp`, `MODEL.fn`
        and `MODEL.outcome` (wrong with any false positive or miss, at IoU 0.5); for each two models `A → B` (fixed,
        regressed, still wrong, still right); then metadata.
    """
    samples = embedded.dataset.samples
    frame = pd.DataFrame({"filepath": samples["filepath"]}, index=samples.index).join(embedded.facts)
    if "split" in samples:
        frame["split"] = samples["split"]
    judged = _JUDGED[embedded.dataset.task](embedded)
    return frame.join(judged).join(samples.drop(columns=["filepath", "split"], errors="ignore"))


def without_computed(dataset: Dataset, source: Path) -> Dataset:
    """A dataset without the metadata columns that a build computes itself, such as those of our own exports.

    Args:
        dataset: as read.
        source: what it was read from, under which the columns are listed as skipped.
    """
    models = list(dataset.predictions)
    said = ["label", *(f"{model}.{role}" for model in models for role in ("prediction", "confidence"))]
    boxes = dataset.task is Task.DETECTION
    computed = {
        *MEASURED,
        *titles(),
        *model_signals(models),
        *judged_columns(dataset.task, models),
        *([] if boxes else said),
    }
    computed |= {COPY, MATCH, SIMILARITY, SUBSET_COLUMN}
    taken = [str(name) for name in dataset.samples if name in computed]
    reason = "the column {!r} is left out: the name stands for what is computed here"
    skipped = tuple(Skipped(str(source), reason.format(name)) for name in taken)
    return replace(dataset, samples=dataset.samples.drop(columns=taken), skipped=(*dataset.skipped, *skipped))


def _labels(embedded: Embedded) -> pd.DataFrame:
    """Classification: each sample's label, and each model's prediction and outcome."""
    dataset = embedded.dataset
    frame = pd.DataFrame(index=dataset.samples.index)
    if len(dataset.ground_truth):
        frame["label"] = embedded.labels(LABELS)
    for model, table in dataset.predictions.items():
        by_sample = table.set_index("sample").reindex(frame.index)
        frame[f"{model}.prediction"] = by_sample["label"]
        frame[f"{model}.confidence"] = by_sample["confidence"]
        if "label" in frame:
            frame[f"{model}.outcome"] = answered(frame["label"], by_sample["label"])
    return frame.join(changes(frame, list(dataset.predictions)))


def answered(labels: pd.Series, predicted: pd.Series) -> pd.Series:
    """In classification, how a model did on each image: correct, wrong, None where either is unknown."""
    known = labels.notna() & predicted.notna()
    return pd.Series(np.where(labels == predicted, "correct", "wrong"), labels.index, object).where(known, None)


def _boxes(embedded: Embedded) -> pd.DataFrame:
    """Detection: how many boxes each image has, and how many each model gets right, wrong and misses."""
    dataset = embedded.dataset
    ids = dataset.samples.index
    frame = pd.DataFrame({"boxes": per_image(dataset.ground_truth, ids)}, index=ids)
    for model, table in dataset.predictions.items():
        frame = frame.join(counts_per_image(ids, dataset.ground_truth, table).add_prefix(f"{model}."))
    return frame.join(changes(frame, list(dataset.predictions)))


_JUDGED = {Task.CLASSIFICATION: _labels, Task.DETECTION: _boxes}


def counts_at(workspace: Workspace, at: Thresholds) -> pd.DataFrame:
    """In detection, each image's counts at these thresholds, open where it was not judged; see `counts_per_image`."""
    models = workspace.manifest.predictions
    frame = pd.DataFrame(index=workspace.index)
    for model in models:
        counts = _counts(*judged_objects(workspace, model), evaluated(workspace, model, at))
        frame = beside(frame, counts.add_prefix(f"{model}."))
    return beside(frame, changes(frame, models))


def beside(frame: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """A table with more columns, missing where they have no such row; `join` would look up every name each time."""
    known = more if more.index.equals(frame.index) else more.reindex(frame.index)
    return pd.concat([frame, known.set_axis(frame.index)], axis="columns")


def judged_objects(workspace: Workspace, model: str) -> tuple[pd.Index, pd.DataFrame, pd.DataFrame]:
    """The images on which a model can be right or wrong, the objects on them, and what it detected there."""
    ids, tables = workspace.judged(model), [workspace.objects(LABELS), workspace.objects(predictions_of(model))]
    if len(ids) < len(workspace.index):
        tables = [table[table["sample"].isin(ids)] for table in tables]
    return ids, tables[0], tables[1]


_prepared: Cache[Prepared] = Cache(2)
_evaluated: Cache[Outcomes] = Cache(4)


def evaluated(workspace: Workspace, model: str, at: Thresholds) -> Outcomes:
    """Match a model's detections with the ground truth; what was matched last is kept, for images and boxes alike."""
    key = (workspace.paths.key, workspace.tables_key, model, at.confidence)

    def ready() -> Prepared:
        return prepared(*judged_objects(workspace, model), at.confidence)

    return _evaluated.get((*key, at.iou), lambda: outcomes_at(_prepared.get(key, ready), at.iou))


def counts_per_image(
    ids: pd.Index,
    ground_truth: pd.DataFrame,
    detections: pd.DataFrame,
    *,
    iou: float = 0.5,
    confidence: float = 0.0,
) -> pd.DataFrame:
    """Count each image's detections that are right and wrong, and the objects that were missed.

    Args:
        ids: the images.
        ground_truth: the objects on them; see `explorer.evaluation.scenes.scenes`.
        detections: one model's detections on them.
        iou: an object counts as found from this IoU on.
        confidence: detections below are left out.

    Returns:
        `tp`, `fp`, `fn`, `outcome`; see `sample_table`.
    """
    return _counts(
        ids, ground_truth, detections, outcomes(ids, ground_truth, detections, iou=iou, confidence=confidence)
    )


def _counts(ids: pd.Index, ground_truth: pd.DataFrame, detections: pd.DataFrame, done: Outcomes) -> pd.DataFrame:
    found, there = done.detections["outcome"], done.ground_truth["outcome"]
    frame, detected = pd.DataFrame(index=ids), detections[["sample"]]
    frame["tp"] = per_image(detected[found == "tp"], ids)
    frame["fp"] = per_image(detected[found == "fp"], ids)
    frame["fn"] = per_image(ground_truth[["sample"]][there == "fn"], ids)
    frame["outcome"] = np.where(frame["fp"] + frame["fn"] == 0, "correct", "wrong")
    return frame


def judged_columns(task: Task, models: Sequence[str]) -> list[str]:
    """Names of the columns that take labels to compute."""
    counted = task is Task.DETECTION
    roles = ("tp", "fp", "fn", "outcome") if counted else ("outcome",)
    own = [f"{model}.{role}" for model in models for role in roles]
    return [*(["boxes"] if counted else []), *own, *change_names(models)]


def change_names(models: Sequence[str]) -> list[str]:
    """Names of the columns that `changes` makes of these models."""
    return [_change(before, after) for before, after in combinations(models, 2)]


def changes(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """What each later model fixed and broke: a column `A → B` for each pair with outcomes in `frame`."""
    judged = [model for model in models if f"{model}.outcome" in frame]
    compared = {
        _change(before, after): compare(frame[f"{before}.outcome"], frame[f"{after}.outcome"]).change
        for before, after in combinations(judged, 2)
    }
    return pd.DataFrame(compared, index=frame.index)


def _change(before: str, after: str) -> str:
    return f"{before}{ARROW}{after}"


def per_image(objects: pd.DataFrame, ids: pd.Index) -> pd.Series:
    """How many objects each image has."""
    return objects.groupby("sample").size().reindex(ids, fill_value=0)
