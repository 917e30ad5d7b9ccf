"""New images, and the boxes on them, held against every stored edge case and placed on the frozen maps."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer import readers
from explorer.actions.library import detectors, none_usable
from explorer.data.boxes import BOX
from explorer.data.keys import artefact_key
from explorer.data.records import Skipped
from explorer.data.spaces import IMAGES, Space, Task
from explorer.embedding.embedders import Clip, space_names
from explorer.errors import ModelError, SubsetError
from explorer.maps.neighbors import search
from explorer.maps.placement import place
from explorer.points.index import space_index
from explorer.store.derived.artefacts import fresh_folder, write_json
from explorer.subsets.detector_files import Match, match, surest_first

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.data.records import Float32, OnProgress
    from explorer.data.spaces import SpaceName
    from explorer.embedding.embedders import Embedded
    from explorer.store.workspace import Workspace
    from explorer.subsets.detector import Detector

    Vectors = Mapping[float | None, Float32]
    """Of the same points, float32 (n, d) for each margin of crops; None for whole images."""

NEIGHBORS = 10
"""Old points whose coordinates place a new one."""

INCOMING = "incoming"
_TABLE, _DETECTORS = "incoming.parquet", "detectors.json"


class Incoming(NamedTuple):
    """New images, the boxes on them, and what they match.

    Attributes:
        table: index id; `filepath` and `digest` of the image; of a box `sample` (the id of its image), `box` (JSON
            [x, y, width, height]), `label` and `confidence`; `space` (the map it is placed on), `x`, `y`; `subset`
            (the surest match, None for an ordinary one), `similarity` to it, `matches` (all of them, JSON);
            `arrived_at`, `source`.
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
    false_alarm: float = 0.05,
    on_progress: OnProgress | None = None,
) -> Incoming:
    """Embed new images and their boxes, say which stored edge cases each belongs to, place them, and keep that.

    Args:
        workspace: built with a CLIP model.
        source: new images: a folder, a table, a COCO file or a YOLO dataset.
        predictions: model names, each with its detections on the new images.
        false_alarm: the share of ordinary images (or boxes) that may match a subset by mistake.
        on_progress: told about progress.

    Raises:
        ModelError: the workspace was built from own vectors.
        SourceError: the source cannot be used.
        SubsetError: there is no subset to match with.
    """
    about, report = workspace.manifest.model, on_progress or (lambda _: None)
    if not about.get("text"):
        raise ModelError("Matching new images needs the CLIP model; this workspace was built from your own vectors.")
    if not 0 < false_alarm < 1:
        raise SubsetError(f"Expected a false-alarm rate between 0 and 1, found {false_alarm}.")
    arrived = readers.read(source, None, predictions)
    known, left_out = _usable(workspace, false_alarm, boxes=arrived.task is Task.DETECTION)
    embedder = Clip(workspace.paths.vectors, about["name"], about["pretrained"])
    embedded = embedder.embed(arrived, report)
    parts = [_images(workspace, embedded, known, embedder.key)]
    if any(detector.margin is not None for detector in known):
        parts += _boxes(workspace, embedder, embedded, known, report)
    tables, matches = zip(*parts, strict=True)
    table = pd.concat(tables).assign(
        arrived_at=datetime.now(UTC).isoformat(timespec="seconds"), source=str(source.resolve())
    )
    _keep(workspace, table, known)
    return Incoming(table, list(chain(*matches)), known, [*embedded.dataset.skipped, *left_out])


def _usable(workspace: Workspace, false_alarm: float, *, boxes: bool) -> tuple[list[Detector], list[Skipped]]:
    """The detectors of what arrived, and those that have nothing to look at, with the reason."""
    known, left_out = detectors(workspace, false_alarm)
    blind = [] if boxes else [detector for detector in known if detector.margin is not None]
    why = "it is of boxes, and the new images come without: give a COCO file, a YOLO dataset, or --predictions"
    left_out += [Skipped(detector.name, why) for detector in blind]
    seeing = [detector for detector in known if detector not in blind]
    if not seeing:
        raise none_usable("match with", left_out)
    return seeing, left_out


def _images(
    workspace: Workspace, embedded: Embedded, known: Sequence[Detector], model: str
) -> tuple[pd.DataFrame, list[list[Match]]]:
    facts = embedded.facts[["digest"]].assign(filepath=embedded.dataset.samples["filepath"])
    return _matched(workspace, IMAGES, facts, {None: embedded.vectors}, known, model)


def _boxes(
    workspace: Workspace, embedder: Clip, embedded: Embedded, known: Sequence[Detector], report: OnProgress
) -> list[tuple[pd.DataFrame, list[list[Match]]]]:
    """The boxes of ground truth and of each model; those outside their image have no crop and are left out."""
    names = [name for name in space_names(embedded.dataset) if name != IMAGES and len(embedded.objects(name))]
    own = float(workspace.manifest.parameters["margin"])
    margins = dict.fromkeys([own, *(one.margin for one in known if one.margin is not None)])
    cut = {margin: embedder.embed_boxes(embedded, names, margin, report) for margin in margins}
    images = embedded.facts[["digest"]].assign(filepath=embedded.dataset.samples["filepath"])
    parts = []
    for name in names:
        table = embedded.objects(name)
        there = np.flatnonzero(np.any(cut[own][name] != 0, axis=1))
        facts = table.iloc[there].join(images, on="sample")
        facts["box"] = [json.dumps(box) for box in facts[list(BOX)].to_numpy(np.float64).tolist()]
        facts = facts[[column for column in _OF_BOXES if column in facts]]
        vectors: Vectors = {margin: found[name][there] for margin, found in cut.items()}
        parts.append(_matched(workspace, _map_for(workspace, name), facts, vectors, known, embedder.key))
    return parts


_OF_BOXES = ["sample", "label", "confidence", "digest", "filepath", "box"]


def _map_for(workspace: Workspace, name: SpaceName) -> SpaceName:
    """The map for new boxes: of the same model's or the ground truth's, else of another model's, else of images."""
    spaces = workspace.spaces
    alike = [space for space in spaces if space.kind is name.kind]
    return name if name in spaces else next(iter([*alike, *(space for space in spaces if space != IMAGES)]))


def _matched(
    workspace: Workspace, name: SpaceName, facts: pd.DataFrame, vectors: Vectors, known: Sequence[Detector], model: str
) -> tuple[pd.DataFrame, list[list[Match]]]:
    """Match points with the detectors of their kind, and place them on a map."""
    per_margin = [
        match([one for one in known if one.margin == margin], each, model=model) for margin, each in vectors.items()
    ]
    found = [sorted(chain(*one), key=surest_first) for one in zip(*per_margin, strict=True)]
    near, similarity = search(space_index(workspace, name).index, next(iter(vectors.values())), NEIGHBORS)
    xy = place(near, similarity, np.asarray(workspace.layout(name).xy))
    table = facts.assign(
        space=str(name),
        x=xy[:, 0],
        y=xy[:, 1],
        subset=pd.Series([one[0].name if one else None for one in found], facts.index, object),
        similarity=[one[0].similarity if one else np.nan for one in found],
        matches=[json.dumps([each._asdict() for each in one], ensure_ascii=False) for one in found],
    )
    return table, found


def figures(detector: Detector) -> dict[str, Any]:
    """How good a detector is, as JSON values: what was set, and what was measured on points held out."""
    return {
        "name": detector.name,
        "of": "images" if detector.margin is None else "boxes",
        "members": len(detector.members),
        "false_alarm": detector.false_alarm,
        "measured_false_alarm": [detector.measured.value, detector.measured.low, detector.measured.high],
        "measured_on": detector.measured.n,
        "recall": detector.recall.value if detector.recall.n else None,
    }


def _keep(workspace: Workspace, table: pd.DataFrame, known: Sequence[Detector]) -> None:
    """One immutable folder per batch; the same images matched again replace what was said of them."""
    batch = artefact_key(digests=sorted(table["digest"].unique()))
    folder = workspace.path / INCOMING
    for old in folder.glob(f"*-{batch}"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    with fresh_folder(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{batch}") as scratch:
        table.to_parquet(scratch / _TABLE)
        write_json(scratch / _DETECTORS, [figures(detector) for detector in known])


def _batches(workspace: Workspace) -> list[Path]:
    """The folders of all batches, the newest first."""
    return sorted((file.parent for file in (workspace.path / INCOMING).glob(f"*/{_TABLE}")), reverse=True)


def incoming(workspace: Workspace) -> pd.DataFrame:
    """All new images and boxes matched so far, the newest batch first; see `Incoming.table`."""
    tables = [pd.read_parquet(folder / _TABLE) for folder in _batches(workspace)]
    if not tables:
        return pd.DataFrame(columns=["space", "filepath", "digest", "x", "y", "subset"])
    together = pd.concat(tables)
    return together.assign(space=together["space"].fillna(Space.IMAGE) if "space" in together else Space.IMAGE)


def last_figures(workspace: Workspace) -> list[dict[str, Any]]:
    """What the newest batch was held against; see `figures`."""
    for folder in _batches(workspace):
        if (folder / _DETECTORS).is_file():
            read: list[dict[str, Any]] = json.loads((folder / _DETECTORS).read_text("utf-8"))
            return read
    return []
