"""The labels that an export says to be true, and what models said, of images or of boxes alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.corrections import CORRECTED, GIVEN, standing_boxes
from explorer.data.spaces import LABELS, Task, predictions_of
from explorer.errors import ExportError

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def choices(workspace: Workspace) -> list[str]:
    """What can be exported as labels: those given, those as people corrected them, and what each model said."""
    return [GIVEN, CORRECTED, *workspace.manifest.predictions]


def labels_of(workspace: Workspace, which: str) -> pd.DataFrame:
    """The objects that are exported as labels, as `Dataset.ground_truth` has them.

    Args:
        workspace: where they are.
        which: `GIVEN`, `CORRECTED`, or the name of a model, whose predictions are taken as labels.

    Raises:
        ExportError: there is no such model.
    """
    if which == GIVEN:
        return _given(workspace)
    if which == CORRECTED:
        return corrected(workspace)
    if which not in workspace.manifest.predictions:
        known = ", ".join([GIVEN, CORRECTED, *workspace.manifest.predictions])
        raise ExportError(f"Expected {known} as labels, found {which!r}.")
    said = predictions_by_model(workspace)[which].drop(columns="confidence")
    if workspace.task is Task.DETECTION:
        said = said.assign(area=said["width"] * said["height"], crowd=False, ignore=False)
    return said


def corrected(workspace: Workspace) -> pd.DataFrame:
    """The given labels as people corrected them; images that had none have one where somebody said so."""
    labels = _given(workspace)
    said = pd.Series({each: one.label for each, one in workspace.corrections.all().items()}, dtype=object)
    known = said[said.index.isin(labels.index)]
    changed = labels.assign(label=known.reindex(labels.index).fillna(labels["label"])).astype(labels.dtypes)
    if workspace.task is Task.DETECTION:
        return _with_corrected_boxes(changed, workspace)
    new = said[said.index.isin(workspace.rows) & ~said.index.isin(labels.index)]
    if new.empty:
        return changed
    index = pd.Index(new.index, name="id", dtype=object)
    added = pd.DataFrame({"sample": new.index, "label": new}, index, dtype=object)
    both = pd.concat([changed, added])
    return both.loc[[each for each in workspace.ids if each in both.index]]


def _with_corrected_boxes(labels: pd.DataFrame, workspace: Workspace) -> pd.DataFrame:
    """The boxes of the images whose boxes people corrected, in place of those given; a moved one has a new area."""
    corrected = {each: one for each, one in workspace.corrections.boxes().items() if each in workspace.rows}
    if not corrected:
        return labels
    said = workspace.corrections.all()
    boxes = [(image, box) for image, one in corrected.items() for box in standing_boxes((), one, said)]
    index = pd.Index([box.id for _, box in boxes], name="id", dtype=object)
    names = {"sample": [image for image, _ in boxes], "label": [box.label for _, box in boxes]}
    sides = np.array([box.box for _, box in boxes], np.float64).reshape(-1, len(BOX))
    drawn = pd.DataFrame(names, index, dtype=object).assign(**dict(zip(BOX, sides.T, strict=True)))
    stayed = (drawn[list(BOX)] == labels[list(BOX)].reindex(index)).all(axis=1)
    drawn["area"] = labels["area"].reindex(index).where(stayed, drawn["width"] * drawn["height"])
    for flag in ("crowd", "ignore"):
        drawn[flag] = index.isin(labels.index[labels[flag]])
    drawn = drawn.reindex(columns=labels.columns).astype(labels.dtypes)
    return pd.concat([labels[~labels["sample"].isin(corrected)], drawn])


def predictions_by_model(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """What each model said, as `Dataset.predictions` has it."""
    models = workspace.manifest.predictions
    if workspace.task is Task.DETECTION:
        return {model: workspace.objects(predictions_of(model)) for model in models}
    said = {model: _of_images(workspace, f"{model}.prediction") for model in models}
    return {
        model: frame.assign(confidence=workspace.samples[f"{model}.confidence"].reindex(frame.index).astype(np.float64))
        for model, frame in said.items()
    }


def _given(workspace: Workspace) -> pd.DataFrame:
    given = workspace.given
    return given.objects(LABELS) if workspace.task is Task.DETECTION else _of_images(given, "label")


def _of_images(workspace: Workspace, column: str) -> pd.DataFrame:
    """One label for each image that has one."""
    said = workspace.samples[column].dropna() if column in workspace.samples else pd.Series(dtype=object)
    return pd.DataFrame(
        {"sample": said.index, "label": said.astype(str)}, pd.Index(said.index, name="id"), dtype=object
    )
