"""Correcting and confirming the labels of a workspace: each call one decision, the data stay as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.corrections import LabelledBox, standing_boxes
from explorer.data.spaces import LABELS
from explorer.errors import CorrectionError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from explorer.store.decisions.events import Event
    from explorer.store.workspace import Workspace


def correct(
    workspace: Workspace, labels: Mapping[str, str], *, author: str, source: str = "review", reason: str = ""
) -> Event:
    """Say what images or boxes are, by id; where that is the given label, it is confirmed.

    Raises:
        CorrectionError: an id is unknown or of no label, or a class has no name.
        WorkspaceError: the decision cannot be written.
    """
    given = given_labels(workspace, labels)
    return workspace.corrections.label(labels, given, author=author, source=source, reason=reason)


def confirm(
    workspace: Workspace, ids: Iterable[str], *, author: str, source: str = "review", reason: str = ""
) -> Event:
    """Say that the given labels of images or boxes are right.

    Raises:
        CorrectionError: an id is unknown or has no label.
        WorkspaceError: the decision cannot be written.
    """
    given = given_labels(workspace, ids)
    labels = {each: label for each, label in given.items() if label is not None}
    if len(labels) < len(given):
        bare = next(each for each, label in given.items() if label is None)
        raise CorrectionError(f"Expected labels to confirm, but {bare!r} has none. Say what it is instead.")
    return workspace.corrections.label(labels, given, author=author, source=source, reason=reason)


def given_labels(workspace: Workspace, ids: Iterable[str]) -> dict[str, str | None]:
    """The labels in the data of images, or in detection of labelled boxes; None where an image has none.

    Raises:
        CorrectionError: an id is unknown, or in detection that of no labelled box.
    """
    wanted = list(ids)
    known = _labels(workspace)
    unknown = [each for each in wanted if each not in known.index]
    if unknown:
        what = "labelled boxes" if workspace.task.has_boxes_in(LABELS) else "images"
        raise CorrectionError(f"Expected ids of {what}, found {len(unknown):,} others, such as {unknown[0]!r}.")
    return {each: None if pd.isna(label) else str(label) for each, label in zip(wanted, known.loc[wanted], strict=True)}


def redraw(
    workspace: Workspace,
    image: str,
    boxes: Sequence[LabelledBox],
    *,
    stood: tuple[LabelledBox, ...] | None = None,
    author: str,
    source: str = "review",
    reason: str = "",
) -> Event:
    """Say which boxes an image has, all of them: those that stay, are moved or called something else, and new ones.

    What of a new or moved box lies outside the image is cut off.

    Args:
        workspace: where the image is.
        image: its id.
        boxes: all that it has.
        stood: what they were made of; None for whatever stands.
        author: who decides.
        source: where the answer comes from.
        reason: why.

    Raises:
        CorrectionError: the image is unknown, there are no boxes in this workspace, a new one is none, or others than
            `stood` stand by now.
        WorkspaceError: the decision cannot be written.
    """
    given = given_boxes(workspace, [image])[image]
    known = {*given, *boxes_now(workspace, image)}
    width, height = workspace.samples.loc[[image], ["width", "height"]].to_numpy(np.float64)[0]
    drawn = [box if box in known else _within(box, float(width), float(height)) for box in boxes]
    how: dict[str, Any] = {"author": author, "source": source, "reason": reason}
    return workspace.corrections.draw(
        {image: drawn}, {image: given}, stood=None if stood is None else {image: stood}, **how
    )


def given_boxes(workspace: Workspace, images: Collection[str]) -> dict[str, tuple[LabelledBox, ...]]:
    """The boxes in the data of images, by image.

    Raises:
        CorrectionError: an image is unknown, or there are no boxes in this workspace.
    """
    has_boxes = workspace.task.has_boxes_in(LABELS)
    strange = next((each for each in images if not has_boxes or each not in workspace.rows), None)
    if strange is not None:
        raise CorrectionError(f"Expected the id of an image with boxes, found {strange!r}.")
    objects = workspace.given.objects(LABELS)
    own = objects[objects["sample"].isin(images)]
    sides = own[list(BOX)].to_numpy(np.float64).tolist()
    found: dict[str, list[LabelledBox]] = {each: [] for each in images}
    for each, image, label, box in zip(own.index, own["sample"], own["label"], sides, strict=True):
        found[image].append(LabelledBox(str(each), str(label), *box))
    return {image: tuple(boxes) for image, boxes in found.items()}


def boxes_now(workspace: Workspace, image: str) -> tuple[LabelledBox, ...]:
    """The boxes of an image as people corrected them by now.

    Raises:
        CorrectionError: the image is unknown, or there are no boxes in this workspace.
    """
    said = workspace.corrections
    return standing_boxes(given_boxes(workspace, [image])[image], said.boxes().get(image), said.all())


def _within(box: LabelledBox, width: float, height: float) -> LabelledBox:
    """The part of a box that lies on its image.

    Raises:
        CorrectionError: there is none.
    """
    left, top = max(0.0, box.x), max(0.0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    if not (left < right and top < bottom):
        raise CorrectionError(f"Expected a box on the image of {width:g} x {height:g} pixels, found {box.box}.")
    return box._replace(x=left, y=top, width=right - left, height=bottom - top)


def _labels(workspace: Workspace) -> pd.Series:
    if workspace.task.has_boxes_in(LABELS):
        return workspace.given.objects(LABELS)["label"]
    samples = workspace.given.samples
    return samples["label"] if "label" in samples else pd.Series(None, samples.index, dtype=object)
