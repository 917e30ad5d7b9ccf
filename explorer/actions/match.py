"""New images, and the boxes on them, held against every stored edge case; nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer import readers
from explorer.actions.embedded import batch_of
from explorer.actions.embedder import embedder_of
from explorer.actions.library import detectors, none_usable
from explorer.data.boxes import BOX
from explorer.data.records import Float32, Skipped
from explorer.data.spaces import IMAGES, SpaceName, Task
from explorer.embedding.embedders import space_names
from explorer.errors import SubsetError
from explorer.subsets.match import Match, match, surest_first
from explorer.subsets.similarity import nearness

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import OnProgress
    from explorer.embedding.embedders import Embedded
    from explorer.store.workspace import Workspace
    from explorer.subsets.detector import Detector

CropsOf = Callable[[float], Mapping[SpaceName, Float32]]
"""Gives the vectors of all boxes, cut with a margin: float32 (n, d) for each space."""


class Matched(NamedTuple):
    """New images, the boxes on them, and what they match.

    Attributes:
        table: index id; `filepath` and `digest` of the image; of a box `sample` (the id of its image), `box` (JSON
            [x, y, width, height]), `label` and `confidence`; `space` (whose map it belongs on); `subset` (the surest
            match, None for an ordinary one) and `similarity` to it; `nearest`, the subset whose members it is most
            like, matching or not, and `nearest_similarity` to these.
        matches: for each row its matches, the surest first.
        detectors: what they were held against.
        skipped: images that could not be used, and subsets that could not be made detectors.
    """

    table: pd.DataFrame
    matches: list[list[Match]]
    detectors: list[Detector]
    skipped: list[Skipped]


def match_source(
    workspace: Workspace,
    source: Path,
    *,
    predictions: Sequence[tuple[str, Path]] = (),
    allow_unmatched: bool = False,
    false_alarm: float = 0.05,
    on_progress: OnProgress | None = None,
) -> Matched:
    """Embed new images and their boxes, and say which stored edge cases each belongs to; nothing is kept.

    Args:
        workspace: built with a CLIP model.
        source: new images: a folder, a table, a COCO file or a YOLO dataset.
        predictions: model names, each with its detections on the new images.
        allow_unmatched: take predictions of which less than a tenth belongs to the new images.
        false_alarm: the share of ordinary images (or boxes) that may match a subset by mistake.
        on_progress: told about progress.

    Raises:
        ModelError: the workspace was built from own vectors.
        SourceError: the source cannot be used.
        SubsetError: there is no subset to match with.
    """
    report = on_progress or (lambda _: None)
    embedder = embedder_of(workspace)
    arrived = readers.read(source, None, predictions, allow_unmatched=allow_unmatched)
    known, left_out = usable_detectors(workspace, false_alarm, boxes=arrived.task is Task.DETECTION)
    embedded = embedder.embed(arrived, report)
    names = [name for name in space_names(embedded.dataset) if name != IMAGES and len(embedded.objects(name))]
    found = _hold(
        workspace, embedded, known, names, lambda margin: embedder.embed_boxes(embedded, names, margin, report)
    )
    return found._replace(skipped=[*embedded.dataset.skipped, *left_out])


def match_batch(
    workspace: Workspace, name: str, *, false_alarm: float = 0.05, on_progress: OnProgress | None = None
) -> Matched:
    """Say which stored edge cases the points of a batch belong to.

    Args:
        workspace: with the batch.
        name: the batch.
        false_alarm: the share of ordinary images (or boxes) that may match a subset by mistake.
        on_progress: told about progress.

    Raises:
        SubsetError: there is no subset to match with.
        ModelError: the model is needed to cut boxes as a detector does, and cannot be loaded.
        WorkspaceError: there is no batch of this name.
    """
    embedded, report = batch_of(workspace, name), on_progress or (lambda _: None)
    names = [space for space in workspace.boxes_of(embedded.dataset.predictions) if len(embedded.objects(space))]
    known, left_out = usable_detectors(workspace, false_alarm, boxes=bool(names))

    def crops(margin: float) -> Mapping[SpaceName, Float32]:
        if margin != workspace.manifest.parameters["margin"]:
            return embedder_of(workspace).embed_boxes(embedded, names, margin, report)
        return {space: _own_crops(workspace, space, embedded) for space in names}

    return _hold(workspace, embedded, known, names, crops)._replace(skipped=left_out)


def _own_crops(workspace: Workspace, space: SpaceName, embedded: Embedded) -> Float32:
    """The vectors that boxes have in the workspace."""
    rows = workspace.objects(space).index.get_indexer(embedded.objects(space).index)
    return np.asarray(workspace.embeddings(space).vectors[rows])


def usable_detectors(workspace: Workspace, false_alarm: float, *, boxes: bool) -> tuple[list[Detector], list[Skipped]]:
    """The detectors of what arrived, and those that have nothing to look at, with the reason.

    Raises:
        SubsetError: there is none, or the false-alarm rate is no share.
    """
    if not 0 < false_alarm < 1:
        raise SubsetError(f"Expected a false-alarm rate between 0 and 1, found {false_alarm}.")
    known, left_out = detectors(workspace, false_alarm)
    blind = [] if boxes else [detector for detector in known if detector.of_boxes]
    why = "it is of boxes, and the new images come without: give a COCO file, a YOLO dataset, or --predictions"
    left_out += [Skipped(detector.name, why) for detector in blind]
    seeing = [detector for detector in known if detector not in blind]
    if not seeing:
        raise none_usable("match with", left_out)
    return seeing, left_out


def _hold(
    workspace: Workspace,
    embedded: Embedded,
    known: Sequence[Detector],
    names: Sequence[SpaceName],
    crops: CropsOf,
) -> Matched:
    """Hold images against the detectors of images, and their boxes against those of boxes."""
    model = str(workspace.manifest.model["key"])
    facts = embedded.facts[["digest"]].assign(filepath=embedded.dataset.samples["filepath"])
    parts = [_matched(IMAGES, facts, {None: embedded.vectors}, known, model)]
    margins = list(dict.fromkeys(one.margin for one in known if one.margin is not None))
    if margins:
        cut = {margin: crops(margin) for margin in margins}
        parts += [
            _matched(_map_for(workspace, name), *_boxes(embedded, name, facts, cut), known, model) for name in names
        ]
    tables, matches = zip(*parts, strict=True)
    return Matched(pd.concat(tables), list(chain(*matches)), list(known), [])


def _boxes(
    embedded: Embedded, name: SpaceName, images: pd.DataFrame, cut: Mapping[float, Mapping[SpaceName, Float32]]
) -> tuple[pd.DataFrame, dict[float | None, Float32]]:
    """The boxes of a space with their vectors by margin; those outside their image have no crop and are left out."""
    table = embedded.objects(name)
    there = np.flatnonzero(np.any(next(iter(cut.values()))[name] != 0, axis=1))
    facts = table.iloc[there].join(images, on="sample")
    facts["box"] = [json.dumps(box) for box in facts[list(BOX)].to_numpy(np.float64).tolist()]
    facts = facts[[column for column in _OF_BOXES if column in facts]]
    return facts, {margin: found[name][there] for margin, found in cut.items()}


_OF_BOXES = ["sample", "label", "confidence", "digest", "filepath", "box"]


def _map_for(workspace: Workspace, name: SpaceName) -> SpaceName:
    """The map for new boxes: of the same model's or the ground truth's, else of another model's, else of images."""
    spaces = workspace.spaces
    alike = [space for space in spaces if space.kind is name.kind]
    return name if name in spaces else next(iter([*alike, *(space for space in spaces if space != IMAGES), IMAGES]))


def _matched(
    name: SpaceName,
    facts: pd.DataFrame,
    vectors: Mapping[float | None, Float32],
    known: Sequence[Detector],
    model: str,
) -> tuple[pd.DataFrame, list[list[Match]]]:
    """Match points with the detectors of their kind; `vectors` are of the same points, by margin of their crops."""
    per_margin = [
        match([one for one in known if one.margin == margin], each, model=model) for margin, each in vectors.items()
    ]
    found = [sorted(chain(*one), key=surest_first) for one in zip(*per_margin, strict=True)]
    alike = [nearness(each, one.members) for margin, each in vectors.items() for one in known if one.margin == margin]
    names = [one.name for margin in vectors for one in known if one.margin == margin]
    near = np.array(alike, np.float64).reshape(len(names), len(facts))
    best = near.argmax(axis=0) if names else []
    table = facts.assign(
        space=str(name),
        nearest=pd.Series([names[one] for one in best] if names else None, facts.index, object),
        nearest_similarity=near.max(axis=0) if names else np.nan,
        subset=pd.Series([one[0].name if one else None for one in found], facts.index, object),
        similarity=[one[0].similarity if one else np.nan for one in found],
    )
    return table, found


def figures(detector: Detector) -> dict[str, Any]:
    """How good a detector is, as JSON values: what was set, and what was measured on points held out."""
    return {
        "name": detector.name,
        "of": "boxes" if detector.of_boxes else "images",
        "members": len(detector.members),
        "false_alarm": detector.false_alarm,
        "measured_false_alarm": [detector.measured.value, detector.measured.low, detector.measured.high],
        "measured_on": detector.measured.n,
        "recall": detector.recall.value if detector.recall.n else None,
    }
