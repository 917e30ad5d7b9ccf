"""Making a workspace's next build: one at a time, in files of their own, current only when it is whole."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.whole import PARTIAL
from explorer.errors import WorkspaceError
from explorer.store.derived.analyses import build_prefix
from explorer.store.derived.artefacts import fresh_folder, is_whole, objects_file, write_json
from explorer.store.derived.checksums import damaged_indexes
from explorer.store.derived.manifest import read_manifest
from explorer.store.paths import WorkspacePaths
from explorer.store.received.arrivals import settle
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.data.records import Skipped
    from explorer.store.derived.manifest import Manifest


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Hold the workspace for one build at a time; a killed build frees it.

    Raises:
        WorkspaceError: the folder cannot be written, is not a workspace, or another build is running.
    """
    paths = WorkspacePaths(folder)
    try:
        make_folder(folder)
        with holding(paths):
            yield folder
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise WorkspaceError(f"The workspace {folder} cannot be written ({error}).") from error


def is_building(folder: Path) -> bool:
    """Whether a build holds the workspace just now."""
    from filelock import FileLock, Timeout

    lock = WorkspacePaths(folder).lock
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def make_folder(folder: Path) -> None:
    """Make the folder of a workspace, unless it is there.

    Raises:
        WorkspaceError: it is something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not all(WorkspacePaths(folder).is_own(entry.name) for entry in folder.iterdir()):
        raise WorkspaceError(
            f"Expected an empty or new folder or a workspace at {folder}, found other files. "
            "Choose another --workspace."
        )


@contextmanager
def holding(paths: WorkspacePaths) -> Iterator[None]:
    """Be the only one who writes derived and received files.

    Raises:
        WorkspaceError: another build is running.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(paths.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WorkspaceError(f"Another build is running in {paths.folder}. Wait for it to finish.") from None
    try:
        _clear_leftovers(paths)
        yield
    finally:
        with lock:  # given back once more, whatever happens here
            lock.release()
            _settle(paths)


def _clear_leftovers(paths: WorkspacePaths) -> None:
    """Undo what killed processes left half done; whoever holds the workspace is the only one who writes there."""
    received = (paths.batches, paths.detectors, paths.uploads, paths.predictions, paths.encoders, paths.tables)
    for folder in (paths.derived, *received):
        for leftover in folder.glob(f"{PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
    _settle(paths)


def _settle(paths: WorkspacePaths) -> None:
    """What arrived with the current build takes its place; what was to arrive with another goes."""
    with suppress(WorkspaceError):  # without a manifest nothing says which is which
        arrived = read_manifest(paths.folder).arrived
        for folder in (paths.batches, paths.predictions, paths.encoders):
            settle(folder, arrived)


def save_samples(
    folder: Path, frame: pd.DataFrame, skipped: list[Skipped], objects: Mapping[str, pd.DataFrame] | None = None
) -> None:
    """Write the sample table of a build, and in detection its boxes by space, into its artefact folder.

    Files that are there as they were written are left as they are; damaged ones are made anew.
    """
    listed = pd.DataFrame(skipped, columns=["filepath", "reason"], dtype=str)
    boxes = {objects_file(space): table for space, table in (objects or {}).items()}
    tables = {"samples.parquet": frame, "skipped.parquet": listed, **boxes}
    if is_whole(folder):
        return
    with fresh_folder(folder) as scratch:
        for name, table in tables.items():
            table.to_parquet(scratch / name)


def announce(folder: Path, manifest: Manifest) -> None:
    """Make a build the current one, finished or not; what is already there of its other spaces stays."""
    write_json(WorkspacePaths(folder).manifest, asdict(manifest))


def publish(folder: Path, manifest: Manifest) -> Workspace:
    """Make a finished build the current one, then drop the artefacts it no longer names, and analyses of others."""
    paths = WorkspacePaths(folder)
    announce(folder, manifest)
    for index in damaged_indexes(paths.derived):
        index.unlink(missing_ok=True)  # the next search builds it
    for entry in os.scandir(paths.derived):
        if entry.name.partition(".faiss")[0] in manifest.artefacts or entry.name.startswith(build_prefix(manifest)):
            continue
        if entry.is_dir():
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink(missing_ok=True)
    return Workspace(folder)
