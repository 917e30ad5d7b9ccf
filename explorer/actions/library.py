"""The edge-case library: every stored subset as a detector, made here, kept with the workspace, and handed on."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.endings import refuse_other_ending
from explorer.data.keys import artefact_key
from explorer.data.records import Skipped
from explorer.data.untrusted import MALFORMED, refuse_expanding
from explorer.data.whole import PARTIAL, told_as, whole_file
from explorer.errors import SubsetError
from explorer.points.live_subsets import evaluate_rule, tables
from explorer.store.derived.artefacts import fresh_folder
from explorer.store.derived.building import holding
from explorer.subsets.detector import Detector, calibrate
from explorer.subsets.detector_files import load, same, save

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace

MOST_BYTES = 2**30
"""Of an imported library, unpacked: what its detectors take in memory."""


def detectors(workspace: Workspace, false_alarm: float = 0.05) -> tuple[list[Detector], list[Skipped]]:
    """Make a detector of each subset, of images or of boxes, and load the imported ones.

    Returns:
        The detectors, and the subsets that cannot be one, with the reason.
    """
    made: list[Detector] = []
    left_out: list[Skipped] = []
    table_of = tables(workspace)
    for subset, problem in (evaluate_rule(each, table_of) for each in workspace.subsets()):
        if problem:
            left_out.append(Skipped(subset.name, problem))
        try:
            made.append(_detector(workspace, subset, false_alarm))
        except SubsetError as error:
            left_out.append(Skipped(subset.name, str(error)))
    return [*made, *_imported(workspace)], left_out


def none_usable(purpose: str, left_out: Sequence[Skipped]) -> SubsetError:
    """Say that no subset can be a detector, and why each cannot."""
    reasons = "; ".join(f"{one.filepath}: {one.reason}" for one in left_out) or "there is none yet"
    return SubsetError(f"Expected a subset to {purpose}, found no usable one ({reasons}).")


def _imported(workspace: Workspace) -> list[Detector]:
    folders = (workspace.paths.former_detectors, workspace.paths.detectors)
    return [load(each) for folder in folders for each in sorted(folder.glob("*/")) if not each.name.startswith(PARTIAL)]


def _detector(workspace: Workspace, subset: Subset, false_alarm: float) -> Detector:
    """Calibrate a subset among the points of the space that most of its members are from.

    Of added points only those that people decided on take part: a new kind of failure must not pass for ordinary.
    """
    name = workspace.space_of(subset.ids)
    embeddings = workspace.embeddings(name)
    of_boxes = name in workspace.box_spaces
    points = workspace.sample_ids(name).index
    found = (points.get_indexer(pd.Index(list(each))) for each in (subset.ids, subset.rejected))
    members, rejected = (rows[rows >= 0] for rows in found)
    if subset.members and not len(members):
        raise SubsetError("none of its members is in this build")
    takes_part = np.arange(len(points)) < workspace.built_points(name)
    takes_part[members] = takes_part[rejected] = True
    rows, place = np.flatnonzero(takes_part), np.cumsum(takes_part) - 1
    return calibrate(
        embeddings.vectors if len(rows) == len(points) else embeddings.vectors[rows],
        place[members].tolist(),
        place[rejected].tolist(),
        name=subset.name,
        model=str(workspace.manifest.model["key"]),
        false_alarm=false_alarm,
        groups=pd.factorize(workspace.objects(name)["sample"])[0][rows] if of_boxes else None,
        margin=float(workspace.manifest.parameters["margin"]) if of_boxes else None,
    )


def export_library(workspace: Workspace, path: Path, false_alarm: float = 0.05) -> list[Skipped]:
    """Write every detector into one ZIP: JSON and arrays, nothing that runs.

    Raises:
        SubsetError: there is no subset to hand on.
        ExportError: the file's ending says something else than ZIP.
    """
    refuse_other_ending(path, "a library, which is a ZIP,", ".zip")
    known, left_out = detectors(workspace, false_alarm)
    if not known:
        raise none_usable("export", left_out)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as temporary,
        told_as(Path(temporary), path),
        whole_file(path) as draft,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for number, detector in enumerate(known):
            folder = Path(temporary) / f"{number:03d}"
            folder.mkdir()
            save(detector, folder)
            for file in sorted(folder.iterdir()):
                archive.write(file, f"{folder.name}/{file.name}")
    return left_out


def import_library(workspace: Workspace, path: Path) -> tuple[list[str], list[Skipped]]:
    """Add the detectors of an exported library to a workspace.

    Returns:
        The names of those that are here now, and those left out because something else here has their name.

    Raises:
        SubsetError: the file is no library, a detector reads another model's vectors, or every name is taken.
        WorkspaceError: another build is running.
    """
    model = str(workspace.manifest.model["key"])
    with TemporaryDirectory() as temporary, told_as(Path(temporary), path):
        _unpack(path, Path(temporary))
        arrived = [load(folder, f"{path} ({folder.name})") for folder in sorted(Path(temporary).glob("*/"))]
    for detector in arrived:
        if detector.model != model:
            raise SubsetError(
                f"Expected detectors of the model {model}, found {detector.name!r} of {detector.model}. Import "
                "into a workspace built with that model."
            )
    with holding(workspace.paths):
        names, left_out = _add(workspace, arrived)
    if not names:
        raise SubsetError("; ".join(f"The name {one.filepath!r} is taken: {one.reason}" for one in left_out) + ".")
    return names, left_out


def _add(workspace: Workspace, arrived: Sequence[Detector]) -> tuple[list[str], list[Skipped]]:
    names: list[str] = []
    left_out: list[Skipped] = []
    subsets = {one.name.casefold() for one in workspace.subsets()}
    here = {one.name.casefold(): one for one in _imported(workspace)}
    for detector in arrived:
        name = detector.name.casefold()
        if name in subsets:
            reason = "a subset here has this name. Rename that subset, then import again"
            left_out.append(Skipped(detector.name, reason))
        elif name in here and not same(here[name], detector):
            reason = "another imported detector has this name. Rename the subset where it is from, then export it again"
            left_out.append(Skipped(detector.name, reason))
        else:
            with fresh_folder(workspace.paths.detectors / artefact_key(name=detector.name)) as scratch:
                save(detector, scratch)
            here[name] = detector
            names.append(detector.name)
    return names, left_out


def _unpack(path: Path, folder: Path) -> None:
    """Unpack `NNN/NAME` entries only: a foreign archive cannot write elsewhere."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_expanding(archive, MOST_BYTES)
            for entry in archive.infolist():
                number, _, name = entry.filename.partition("/")
                if number.isdigit() and name.endswith((".json", ".npy")) and "/" not in name and "\\" not in name:
                    (folder / number).mkdir(exist_ok=True)
                    with archive.open(entry) as packed, (folder / number / name).open("wb") as file:
                        shutil.copyfileobj(packed, file)
    except MALFORMED as error:
        raise SubsetError(f"Expected a library written by `edgecase library export` at {path}: {error}.") from error
    if not any(folder.iterdir()):
        raise SubsetError(f"Expected a library written by `edgecase library export` at {path}, found no detector.")
