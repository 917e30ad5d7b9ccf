"""What a point of a box space is: the box, how each model did on it, and what is known of its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.records import Space
from explorer.evaluation.outcomes import outcomes
from explorer.points.image_table import changes, counts_per_image
from explorer.signals.registry import titles

if TYPE_CHECKING:
    from explorer.data.records import Bool
    from explorer.evaluation.outcomes import Outcomes
    from explorer.store.workspace import Workspace

SMALL, LARGE = 32**2, 96**2
"""COCO's limits of small, medium and large boxes, square pixels."""

LINKING_IOU = 0.1
"""A wrong detection is linked with the object it overlaps at least this much."""


class Thresholds(NamedTuple):
    """From which IoU on an object counts as found, and from which confidence on a detection counts at all."""

    iou: float = 0.5
    confidence: float = 0.0


def box_table(workspace: Workspace, name: str, at: Thresholds = Thresholds()) -> pd.DataFrame:  # noqa: B008 - immutable
    """Build the table behind a map of boxes.

    Args:
        workspace: a detection workspace.
        name: `label`, or `prediction/MODEL`.
        at: what counts; the outcome of detections below the confidence is missing.

    Returns:
        Index object id; `sample`, `label`, box, `area`, `size`, `aspect`, `edge` (pixels to the nearest border),
        `boxes_in_image`; `MODEL.outcome` (tp, fp, fn or ignored), `MODEL.error`, `MODEL.iou` and
        `MODEL.confidence`, for labels of every model; for detections `truth`, the id of the object they are about;
        the image's metadata.
    """
    space, _, model = name.partition("/")
    table = workspace.objects(name)
    frame = table[["sample", "label", *BOX]].join(_shape(workspace, table))
    if space == Space.LABEL:
        for each in workspace.manifest.predictions:
            done = evaluated(workspace, each, at).ground_truth
            frame = frame.join(done[["outcome", "error", "iou", "confidence"]].add_prefix(f"{each}."))
        frame = frame.join(changes(frame, workspace.manifest.predictions))
    else:
        done = evaluated(workspace, model, at).detections
        frame[f"{model}.confidence"] = table["confidence"]
        frame = frame.join(done[["outcome", "error", "iou"]].add_prefix(f"{model}."))
        frame["truth"] = done["nearest"].where(done["iou"] >= LINKING_IOU)
    return frame.join(_metadata(workspace, frame), on="sample")


def image_table(workspace: Workspace, at: Thresholds) -> pd.DataFrame:
    """The table behind the map of images: the samples, in detection with each model's counts at these thresholds."""
    samples, models = workspace.samples, workspace.manifest.predictions
    if workspace.manifest.task != "detection" or at == Thresholds():
        return samples
    made = {model: workspace.objects(f"{Space.PREDICTION}/{model}") for model in models}
    counts = counts_per_image(samples.index, workspace.objects(Space.LABEL), made, **at._asdict())
    return samples.assign(**{str(name): counts[name] for name in counts})


def evaluated(workspace: Workspace, model: str, at: Thresholds) -> Outcomes:
    """Match a model's detections with the ground truth."""
    truth, detections = workspace.objects(Space.LABEL), workspace.objects(f"{Space.PREDICTION}/{model}")
    return outcomes(workspace.samples.index, truth, detections, iou=at.iou, confidence=at.confidence)


def matched(hit: Bool, source: pd.DataFrame, target: pd.DataFrame) -> Bool:
    """Carry selected boxes to another table of boxes: through the object that a detection is about.

    Args:
        hit: bool (n,), rows of `source`.
        source: one `box_table`.
        target: another one of the same workspace.

    Returns:
        bool (m,), rows of `target`.
    """
    return np.asarray(pd.Series(_truths(target)).isin(_truths(source)[hit].dropna()), np.bool_)


def _truths(frame: pd.DataFrame) -> pd.Series:
    """The object behind each row: itself, or what the detection is about."""
    if "truth" in frame:
        return frame["truth"].reset_index(drop=True)
    return pd.Series(frame.index, dtype=object)


def _shape(workspace: Workspace, table: pd.DataFrame) -> pd.DataFrame:
    image = workspace.samples[["width", "height"]].reindex(table["sample"])
    x, y, width, height = (table[side].to_numpy(np.float64) for side in BOX)
    right, bottom = image["width"].to_numpy() - x - width, image["height"].to_numpy() - y - height
    area = width * height
    return pd.DataFrame(
        {
            "area": area,
            "size": np.select([area < SMALL, area < LARGE], ["small", "medium"], "large"),
            "aspect": np.divide(width, height, out=np.full(len(table), np.nan), where=height > 0),
            "edge": np.maximum(0.0, np.minimum.reduce([x, y, right, bottom])),
            "boxes_in_image": table.groupby("sample")["label"].transform("size"),
        },
        index=table.index,
    )


def _metadata(workspace: Workspace, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of the image that the box does not have itself, and that no evaluation made."""
    own = {*frame.columns, "filepath", "digest", *BOX, *titles(), "boxes"}
    own |= {
        name
        for name in workspace.samples
        if str(name).startswith(tuple(f"{m}." for m in workspace.manifest.predictions))
    }
    return workspace.samples.drop(columns=list(own), errors="ignore")
