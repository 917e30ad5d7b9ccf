"""Correcting and confirming the labels of a workspace: each call one decision, the data stay as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.spaces import LABELS
from explorer.errors import CorrectionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def _labels(workspace: Workspace) -> pd.Series:
    if workspace.task.has_boxes_in(LABELS):
        return workspace.objects(LABELS)["label"]
    samples = workspace.samples
    return samples["label"] if "label" in samples else pd.Series(None, samples.index, dtype=object)
