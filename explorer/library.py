"""The edge-case library at work: new images are held against every stored subset and placed on the frozen map."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer import readers
from explorer.embedders import Clip
from explorer.errors import ModelError, SubsetError
from explorer.live import look, tables
from explorer.neighbors import search
from explorer.projection import place
from explorer.records import Skipped, Space
from explorer.search import space_index
from explorer.store.artefacts import artefact_key, fresh_folder
from explorer.subsets.detector import Detector, calibrate
from explorer.subsets.library import Match, load, match, save

if TYPE_CHECKING:
    from explorer.records import OnProgress
    from explorer.store.workspace import Workspace

NEIGHBORS = 10
"""Old points whose coordinates place a new one."""

INCOMING = "incoming"
LIBRARY = "library"


class Incoming(NamedTuple):
    """New images and what they match.

    Attributes:
        table: index id; `filepath`, `digest`, `x`, `y` on the frozen map, `subset` (the surest match, None for an
            ordinary image), `similarity` to it, `matches` (all of them, JSON), `arrived_at`, `source`.
        matches: for each row its matches, the surest first.
        detectors: what they were held against.
        skipped: images that could not be used, and subsets that could not be made detectors.
    """

    table: pd.DataFrame
    matches: list[list[Match]]
    detectors: list[Detector]
    skipped: list[Skipped]


def detectors(workspace: Workspace, false_alarm: float = 0.05) -> tuple[list[Detector], list[Skipped]]:
    """Make a detector of each subset of images, and load the imported ones.

    Returns:
        The detectors, and the subsets that cannot be one, with the reason.
    """
    vectors = workspace.embeddings(Space.IMAGE).vectors
    rows, model = workspace.rows, str(workspace.manifest.model["key"])
    made: list[Detector] = []
    left_out: list[Skipped] = []
    table_of = tables(workspace)
    for subset, problem in (look(each, table_of) for each in workspace.subsets()):
        if problem:
            left_out.append(Skipped(subset.name, problem))
        members, rejected = ([rows[i] for i in ids if i in rows] for ids in (subset.ids, subset.rejected))
        if subset.members and not members:
            left_out.append(Skipped(subset.name, "its members are boxes, or not in this build: images are matched"))
            continue
        try:
            made.append(calibrate(vectors, members, rejected, name=subset.name, model=model, false_alarm=false_alarm))
        except SubsetError as error:
            left_out.append(Skipped(subset.name, str(error)))
    imported = workspace.path / LIBRARY
    made += [load(folder) for folder in sorted(imported.glob("*/"))] if imported.is_dir() else []
    return made, left_out


def match_source(
    workspace: Workspace, source: Path, *, false_alarm: float = 0.05, on_progress: OnProgress | None = None
) -> Incoming:
    """Embed new images, say which stored edge cases each belongs to, place them on the map, and keep that.

    Args:
        workspace: built with a CLIP model.
        source: a folder or table of new images.
        false_alarm: the share of ordinary images that may match a subset by mistake.
        on_progress: told about progress.

    Raises:
        ModelError: the workspace was built from own vectors.
        SourceError: the source cannot be used.
        SubsetError: there is no subset to match with.
    """
    about = workspace.manifest.model
    if not about.get("text"):
        raise ModelError("Matching new images needs the CLIP model; this workspace was built from your own vectors.")
    if not 0 < false_alarm < 1:
        raise SubsetError(f"Expected a false-alarm rate between 0 and 1, found {false_alarm}.")
    arrived = readers.read(source)
    known, left_out = detectors(workspace, false_alarm)
    if not known:
        reasons = "; ".join(f"{one.filepath}: {one.reason}" for one in left_out) or "there is none yet"
        raise SubsetError(f"Expected a subset of images to match with, found no usable one ({reasons}).")
    embedder = Clip(workspace.path, about["name"], about["pretrained"])
    embedded = embedder.embed(arrived, on_progress or (lambda _: None))
    found = match(known, embedded.vectors, model=embedder.key)
    near, similarity = search(space_index(workspace, Space.IMAGE).index, embedded.vectors, NEIGHBORS)
    xy = place(near, similarity, np.asarray(workspace.layout(Space.IMAGE).xy))
    table = embedded.facts[["digest"]].assign(
        filepath=embedded.dataset.samples["filepath"],
        x=xy[:, 0],
        y=xy[:, 1],
        subset=pd.Series([one[0].name if one else None for one in found], embedded.facts.index, object),
        similarity=[one[0].similarity if one else np.nan for one in found],
        matches=[json.dumps([each._asdict() for each in one], ensure_ascii=False) for one in found],
        arrived_at=datetime.now(UTC).isoformat(timespec="seconds"),
        source=str(source.resolve()),
    )
    _keep(workspace, table)
    return Incoming(table, found, known, [*embedded.dataset.skipped, *left_out])


def _keep(workspace: Workspace, table: pd.DataFrame) -> None:
    """One immutable file per batch; the same images matched again replace what was said of them."""
    batch = artefact_key(digests=sorted(table["digest"]))
    folder = workspace.path / INCOMING
    for old in folder.glob(f"*-{batch}"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    with fresh_folder(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{batch}") as scratch:
        table.to_parquet(scratch / "incoming.parquet")


def incoming(workspace: Workspace) -> pd.DataFrame:
    """All new images matched so far, the newest batch first; see `Incoming.table`."""
    batches = sorted((workspace.path / INCOMING).glob("*/incoming.parquet"), reverse=True)
    tables = [pd.read_parquet(file) for file in batches]
    return pd.concat(tables) if tables else pd.DataFrame(columns=["filepath", "digest", "x", "y", "subset"])


def export_library(workspace: Workspace, path: Path, false_alarm: float = 0.05) -> list[Skipped]:
    """Write every detector into one ZIP: JSON and arrays, nothing that runs.

    Raises:
        SubsetError: there is no subset to hand on.
    """
    known, left_out = detectors(workspace, false_alarm)
    if not known:
        raise SubsetError("Expected a subset of images to export, found no usable one.")
    scratch = path.with_name(f".{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary, zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, detector in enumerate(known):
            folder = Path(temporary) / f"{number:03d}"
            folder.mkdir()
            save(detector, folder)
            for file in sorted(folder.iterdir()):
                archive.write(file, f"{folder.name}/{file.name}")
    scratch.replace(path)
    return left_out


def import_library(workspace: Workspace, path: Path) -> list[str]:
    """Add the detectors of an exported library to a workspace; gives their names.

    Raises:
        SubsetError: the file is no library, a detector reads another model's vectors, or its name is taken.
    """
    model = str(workspace.manifest.model["key"])
    taken = {one.name.casefold() for one in detectors(workspace)[0]}
    with TemporaryDirectory() as temporary:
        _unpack(path, Path(temporary))
        arrived = [load(folder) for folder in sorted(Path(temporary).glob("*/"))]
        for detector in arrived:
            if detector.model != model:
                raise SubsetError(
                    f"Expected detectors of the model {model}, found {detector.name!r} of {detector.model}. Import "
                    "into a workspace built with that model."
                )
            if detector.name.casefold() in taken:
                raise SubsetError(f"The name {detector.name!r} is taken here. Rename that subset, then import again.")
        for detector in arrived:
            with fresh_folder(workspace.path / LIBRARY / artefact_key(name=detector.name)) as scratch:
                save(detector, scratch)
    return [detector.name for detector in arrived]


def _unpack(path: Path, folder: Path) -> None:
    """Unpack `NNN/NAME` entries only: a foreign archive cannot write elsewhere."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                number, _, name = entry.filename.partition("/")
                if number.isdigit() and name.endswith((".json", ".npy")) and "/" not in name and "\\" not in name:
                    (folder / number).mkdir(exist_ok=True)
                    (folder / number / name).write_bytes(archive.read(entry))
    except (OSError, zipfile.BadZipFile) as error:
        raise SubsetError(f"Expected a library written by `edgecase library export` at {path}: {error}.") from error
    if not any(folder.iterdir()):
        raise SubsetError(f"Expected a library written by `edgecase library export` at {path}, found no detector.")
