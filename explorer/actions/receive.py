"""Files that came through the browser, kept as received data of a new workspace: all of them, or none."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import TYPE_CHECKING

from explorer import readers
from explorer.data.images import IMAGE_SUFFIXES
from explorer.data.whole import PARTIAL
from explorer.errors import SourceError
from explorer.readers.archives import free_place, unpack, write
from explorer.readers.coco import is_coco
from explorer.readers.frames import READERS, read_frame
from explorer.readers.labelled import kind_of
from explorer.readers.table import IMAGE_COLUMNS
from explorer.readers.yolo_config import CONFIG
from explorer.store.derived.building import building
from explorer.store.paths import WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.data.records import Dataset

_TABLES = frozenset(READERS) - {".txt"}
_KEPT = IMAGE_SUFFIXES | frozenset(READERS) | {".json", ".xml", ".yaml", ".yml", ".npy"}
"""Endings of what is kept; the rest of a ZIP, such as what a Mac adds, is left out."""

RECEIVED_ENDINGS = sorted(ending.removeprefix(".") for ending in _KEPT | {".zip"})


def receive(workspace: Path, files: Sequence[tuple[str, bytes | Path]]) -> Path:
    """Keep files in a workspace, and say what to build from.

    Images, a ZIP of them with its folders, a table (CSV, TSV, JSON Lines, Parquet) beside them, a COCO file or a YOLO
    `data.yaml`. A process that is killed meanwhile leaves nothing that is taken for whole.

    Args:
        workspace: the folder of a workspace, new or not.
        files: name, with folders if there are any, and content of each, or the file that has it.

    Returns:
        The folder, table, COCO or YOLO file among what was kept that a build reads.

    Raises:
        SourceError: there is nothing to build from, or a ZIP is damaged, too large, or reaches out of its folder.
        WorkspaceError: the workspace cannot be written, or a build is running there.
    """
    with building(workspace):
        uploads = WorkspacePaths(workspace.resolve()).uploads
        uploads.mkdir(parents=True, exist_ok=True)
        scratch = uploads / f"{PARTIAL}{token_hex(8)}"
        scratch.mkdir()
        try:
            for name, content in files:
                _keep(scratch, name, content)
            source = _source(scratch)
            target = uploads / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{scratch.name.removeprefix(PARTIAL)}"
            scratch.rename(target)
        except SourceError as error:
            raise SourceError(str(error).replace(f"{scratch}/", "").replace(str(scratch), "the files sent")) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target / source.relative_to(scratch)


def refuse_outside(dataset: Dataset, source: Path, paths: WorkspacePaths) -> None:
    """Refuse received files that name images elsewhere on this machine.

    Raises:
        SourceError: one does.
    """
    uploads, here = paths.uploads.resolve(), source.resolve()
    if not here.is_relative_to(uploads) or here == uploads:
        return
    upload = uploads / here.relative_to(uploads).parts[0]
    _refuse_elsewhere(dataset, upload)


def _refuse_elsewhere(dataset: Dataset, folder: Path) -> None:
    outside = next((path for path in dataset.samples["filepath"] if not Path(path).is_relative_to(folder)), None)
    if outside is not None:
        raise SourceError(f"Expected images among the files that were sent, found {outside}. Send them with the table.")


def _keep(folder: Path, name: str, content: bytes | Path) -> None:
    """Write one file, or what is in a ZIP, below a folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts:
        raise SourceError(f"Expected a file with a name, found {name!r}.")
    if parts[-1].lower().endswith(".zip"):
        unpack(folder, parts[-1], content, _is_kept)
    elif _is_kept(parts):
        if isinstance(content, Path):
            with content.open("rb") as file:
                write(free_place(folder, parts), file)
        else:
            free_place(folder, parts).write_bytes(content)


def _is_kept(parts: Sequence[str]) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not hidden and PurePosixPath(parts[-1]).suffix.lower() in _KEPT


def _source(folder: Path) -> Path:
    """What to build from: YOLO, COCO, a table, or the folder of images."""
    source = _only(_yolo(folder), "YOLO data.yaml") or _only(_coco(folder), "COCO file") or _table(folder)
    if source is None:
        source = _inner(folder)
    if source.suffix.lower() not in _TABLES or _has_images(source):  # else a person says which column it is
        _refuse_elsewhere(readers.read(source), folder)
    return source


def _only(found: Sequence[Path], what: str) -> Path | None:
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:3])
        raise SourceError(f"Expected one {what}, found {len(found)}: {names}. Send one of them.")
    return found[0] if found else None


def _below(folder: Path, *endings: str) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in endings and path.is_file())


def _yolo(folder: Path) -> list[Path]:
    return [path for path in _below(folder, ".yaml", ".yml") if path.name.lower() in (CONFIG, "data.yml")]


def _coco(folder: Path) -> list[Path]:
    return [path for path in _below(folder, ".json", ".xml") if is_coco(path) or kind_of(path)]


def _table(folder: Path) -> Path | None:
    """The one table that names images, or the only one, whose columns a person can name."""
    tables = list(_below(folder, *_TABLES))
    naming = [path for path in tables if _has_images(path)]
    return _only(naming, "table with a column image") or _only(tables, "table")


def _has_images(path: Path) -> bool:
    return any(name in IMAGE_COLUMNS for name in read_frame(path).columns)


def _inner(folder: Path) -> Path:
    """The first folder that holds more than one folder: a ZIP often has one around all."""
    entries = list(folder.iterdir())
    return _inner(entries[0]) if len(entries) == 1 and entries[0].is_dir() else folder
