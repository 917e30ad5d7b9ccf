"""What a point of a box space is: the box, how each model did on it, and what is known of its image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX, nearest_overlap
from explorer.data.thresholds import Thresholds
from explorer.points.columns import MATCH, SIMILARITY
from explorer.points.image_table import beside, change_names, changes, evaluated
from explorer.signals.registry import titles

if TYPE_CHECKING:
    from explorer.data.records import Bool
    from explorer.data.spaces import SpaceName
    from explorer.store.workspace import Workspace

SMALL, LARGE = 32**2, 96**2
"""COCO's limits of small, medium and large boxes, square pixels."""

LINKING_IOU = 0.1
"""A wrong detection is linked with the object it overlaps at least this much."""


class BoxColumns(NamedTuple):
    """What is known of boxes at any threshold, in the order of `box_table`: index object id.

    Attributes:
        own: `sample`, `label`, the box, and what follows from it.
        of_image: metadata of the image that the box is on.
    """

    own: pd.DataFrame
    of_image: pd.DataFrame

    def joined_with(self, outcomes: pd.DataFrame | None = None) -> pd.DataFrame:
        """One table of these and of how the models did."""
        return pd.concat([one for one in (self.own, outcomes, self.of_image) if one is not None], axis="columns")


def box_table(workspace: Workspace, name: SpaceName, at: Thresholds = Thresholds()) -> pd.DataFrame:  # noqa: B008 - immutable
    """Build the table behind a map of boxes.

    Args:
        workspace: a detection workspace.
        name: of labels, or of one model's predictions.
        at: what counts; the outcome of detections below the confidence is missing.

    Returns:
        Index object id; `sample`, `label`, box, `area`, `size`, `aspect`, `edge` (pixels to the nearest border),
        `overlap` (IoU with the box on the same image that it overlaps most), `boxes_in_image`; `MODEL.outcome` (tp,
        fp, fn or ignored), `MODEL.error`, `MODEL.iou` and `MODEL.confidence`, for labels of every model; for detections
        `truth`, the id of the object they are about;
        the image's metadata.
    """
    return box_columns(workspace, name).joined_with(outcome_columns(workspace, name, at))


def box_columns(workspace: Workspace, name: SpaceName) -> BoxColumns:
    """The part of `box_table` that no threshold changes."""
    table = workspace.objects(name)
    said = [column for column in (MATCH, SIMILARITY) if column in table]
    own = table[["sample", "label", *BOX, *said]].join(_shape(workspace, table))
    judged = {"truth", *(() if name.model else change_names(workspace.manifest.predictions))}
    metadata = _metadata(workspace, {*own.columns, *judged})
    of_image = metadata.reindex(own["sample"]).set_axis(own.index)
    return BoxColumns(own, of_image)


def outcome_columns(workspace: Workspace, name: SpaceName, at: Thresholds) -> pd.DataFrame:
    """The part of `box_table` that says how the models did at these thresholds."""
    table = workspace.objects(name)
    frame = pd.DataFrame(index=table.index)
    if name.model:
        done = evaluated(workspace, name.model, at).detections
        frame[f"{name.model}.confidence"] = table["confidence"]
        frame = beside(frame, done[["outcome", "error", "iou"]].add_prefix(f"{name.model}."))
        frame["truth"] = done["nearest"].where(done["iou"] >= LINKING_IOU)
        return frame
    for model in workspace.manifest.predictions:
        done = evaluated(workspace, model, at).ground_truth
        frame = beside(frame, done[["outcome", "error", "iou", "confidence"]].add_prefix(f"{model}."))
    return beside(frame, changes(frame, workspace.manifest.predictions))


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
            "overlap": nearest_overlap(
                pd.factorize(table["sample"])[0].astype(np.int64), np.stack([x, y, x + width, y + height], axis=1)
            ),
            "boxes_in_image": table.groupby("sample")["label"].transform("size"),
        },
        index=table.index,
    )


def _metadata(workspace: Workspace, own: set[str]) -> pd.DataFrame:
    """Columns of the images that their boxes do not have themselves, and that no evaluation made."""
    own = own | {"filepath", "digest", *BOX, *titles("graph"), "boxes", MATCH, SIMILARITY}
    judged = tuple(f"{model}." for model in workspace.manifest.predictions)
    own |= {str(name) for name in workspace.samples if str(name).startswith(judged)}
    return workspace.samples.drop(columns=list(own), errors="ignore")
