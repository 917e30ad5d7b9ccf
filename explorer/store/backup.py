"""One file that holds a workspace's decisions, and what is needed to open it again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from explorer.data.endings import refuse_other_ending
from explorer.data.untrusted import MALFORMED, MOST_JSON, refuse_expanding
from explorer.data.whole import told_as, whole_file, whole_folder
from explorer.errors import WorkspaceError
from explorer.store.decisions.connections import copy_file, parse
from explorer.store.decisions.database import Database, event_table
from explorer.store.decisions.newest import Newest, newest_file, read_newest, write_newest
from explorer.store.paths import DECISIONS, DECISIONS_FILE, DERIVED, MANIFEST, RECEIVED, ROLES
from explorer.store.received.arrivals import arrival_name
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FORMAT = 5
_READ = (1, 2, 3, 4, FORMAT)
"""Format 1 had events of revision 0001, and did not know the newest; 2 had none of saved views, 3 none of findings, 4
none of rounds and verdicts."""
_ABOUT, _LINES = "backup.json", "decisions.jsonl"
_BATCH = 1000
MOST_BYTES = 2**40
"""Of a backup, unpacked: vectors and maps of some ten million images."""

Rows = list[dict[str, Any]]


class BackedUp(NamedTuple):
    """What a backup holds, or what was restored: events of the decisions, derived files, and where it is."""

    path: Path
    events: int
    derived: int


def backup(workspace: Workspace, file: Path, *, full: bool = False) -> BackedUp:
    """Write manifest, roles and a consistent copy of the decisions into one ZIP, while others may go on deciding.

    Decisions of a SQLite file are copied by SQLite's own backup, those of a server event by event.

    Args:
        workspace: the opened workspace.
        file: the new file.
        full: also take what a build can make again: samples, maps and vectors.

    Raises:
        WorkspaceError: the file exists or cannot be written, or the decisions cannot be read.
        ExportError: the file's ending says something else than ZIP.
    """
    refuse_other_ending(file, "a backup, which is a ZIP,", ".zip")
    if file.exists():
        raise WorkspaceError(f"{file} exists already, and a backup never replaces a file. Choose another name.")
    found = _files(workspace, (*RECEIVED, *DERIVED) if full else RECEIVED)
    with _writing(file), whole_file(file) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        seen = read_newest(workspace.newest_decision)  # before the decisions, so that it is not ahead of them
        name, content, rows = _decisions(workspace.decisions_location)
        archive.writestr(name, content)
        archive.write(workspace.path / MANIFEST, MANIFEST)
        if workspace.paths.roles.exists():
            archive.write(workspace.paths.roles, ROLES)
        for path in found:
            archive.write(path, path.relative_to(workspace.path).as_posix(), zipfile.ZIP_STORED)
        about = {
            "format": FORMAT,
            "name": workspace.manifest.name,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "decisions": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "events": len(rows),
            "newest": _newest(rows, seen),
        }
        archive.writestr(_ABOUT, json.dumps(about, indent=2, ensure_ascii=False))
    return BackedUp(file, len(rows), sum(path.relative_to(workspace.path).parts[0] in DERIVED for path in found))


def restore(file: Path, folder: Path, decisions: Path | str | None = None) -> BackedUp:
    """Make a workspace of a backup: the same events with the same checksums, and the derived files it holds.

    Args:
        file: what `backup` wrote.
        folder: the new workspace; it must not exist, or be empty.
        decisions: an empty database for the decisions; None asks the environment (`paths.DECISIONS`), then
            means `decisions.db` in the workspace.

    Raises:
        WorkspaceError: the file is not a backup or is damaged, or there is something at either place already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceError(f"There is something at {folder} already, and nothing is replaced. Choose a new folder.")
    with (
        _archive(file) as archive,
        tempfile.TemporaryDirectory() as scratch,
        told_as(Path(scratch), file),
        whole_folder(folder) as draft,
    ):
        about = _checked(archive, file)
        derived = [name for name in archive.namelist() if name.partition("/")[0] in DERIVED]
        kept = [name for name in archive.namelist() if name.partition("/")[0] in RECEIVED]
        roles = [name for name in archive.namelist() if name == ROLES]
        archive.extractall(draft, [MANIFEST, *roles, *kept, *derived])
        Workspace(draft)
        arrived = Path(archive.extract(about["decisions"], scratch))
        rows = _rows_of(arrived, file)
        if len(rows) != about["events"]:
            raise _not_whole(file, f"expected {about['events']:,} events, found {len(rows):,}")
        location = decisions or os.environ.get(DECISIONS) or draft / DECISIONS_FILE
        if location == draft / DECISIONS_FILE and arrived.name == DECISIONS_FILE:
            shutil.move(arrived, location)
        else:
            _write(rows, location)
        if about["newest"]:
            write_newest(newest_file(draft, location), about["newest"])
    return BackedUp(folder, len(rows), len(derived))


def _files(workspace: Workspace, tops: tuple[str, ...]) -> list[Path]:
    """The files below these folders, without what a killed process left half done; what waits is whole."""
    folder, arrived = workspace.path, workspace.manifest.arrived
    found = (path for top in tops for path in (folder / top).rglob("*") if path.is_file())
    return sorted(path for path in found if not any(_is_half(part, arrived) for part in path.relative_to(folder).parts))


def _is_half(part: str, arrived: Sequence[str]) -> bool:
    return part.startswith(".") and arrival_name(Path(part)) not in arrived


def _decisions(location: Path | str) -> tuple[str, bytes, Rows]:
    """The name in the backup, the content, and the events in it."""
    url = parse(location)
    if url.drivername != "sqlite":
        rows = _rows(location)
        return _LINES, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode(), rows
    file = Path(str(url.database))
    with tempfile.TemporaryDirectory() as scratch, told_as(copy := Path(scratch) / DECISIONS_FILE, file):
        if file.exists():
            copy_file(file, copy)
        rows = _rows(copy)
        return DECISIONS_FILE, copy.read_bytes(), rows


def _rows(location: Path | str) -> Rows:
    """Every event as it is in the database, damaged ones too."""
    database = Database(location)
    try:
        with database.reading() as connection:
            query = sa.select(event_table).order_by(event_table.c.sequence)
            return [dict(row) for row in connection.execute(query).mappings()]
    finally:
        database.close()


def _rows_of(path: Path, file: Path) -> Rows:
    """The events of an extracted backup.

    Raises:
        WorkspaceError: a line of them is not an event, or the database is none.
    """
    if path.name == DECISIONS_FILE:
        return _rows(path)
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        rows = _chained(rows) if rows and "subset" in rows[0] else rows
        torn = next((number for number, row in enumerate(rows, 1) if not _is_row(row)), None)
    except MALFORMED as error:
        raise _not_whole(file, f"a line of {_LINES} is no event: {error}") from error
    if torn:
        raise _not_whole(file, f"line {torn:,} of {_LINES} is no event")
    return rows


def _is_row(row: dict[str, Any]) -> bool:
    """Whether a row has every column of an event, of the type it has there; damaged events are rows too."""
    kinds = {column.name: column.type.python_type for column in event_table.columns}
    "".join(map(str, row.values())).encode()  # half a surrogate pair is refused here as it is by a database
    return {name: type(value) for name, value in row.items()} == kinds and 0 < row["sequence"] < 2**63


def _chained(rows: Rows) -> Rows:
    """Rows of revision 0001 as the migration would make them."""
    before = ["", *(row["checksum"] for row in rows[:-1])]
    for row, previous in zip(rows, before, strict=True):
        row |= {"stream": f"subset:{row.pop('subset')}", "previous": previous}
    return rows


def _newest(rows: Rows, seen: Newest | None) -> Newest | None:
    """The newest event; the one seen before where that is gone by now, so that the backup does not hide it."""
    if seen and seen.checksum not in {row["checksum"] for row in rows}:
        return seen
    return Newest(rows[-1]["sequence"], rows[-1]["checksum"]) if rows else None


def _write(rows: Rows, location: Path | str) -> None:
    database = Database(location)
    try:
        with database.writing() as connection:
            query = sa.select(event_table).order_by(event_table.c.sequence)
            there = [dict(row) for row in connection.execute(query).mappings()]
            if there == rows:  # of a restore that was killed after this
                return
            if there:
                raise WorkspaceError(f"{database.where} holds decisions already; nothing is replaced. Name another.")
            for start in range(0, len(rows), _BATCH):
                connection.execute(sa.insert(event_table), rows[start : start + _BATCH])
            if connection.dialect.name == "postgresql":  # the next number comes after those given here
                last = "SELECT setval(pg_get_serial_sequence('decision_events', 'sequence'), max(sequence))"
                connection.exec_driver_sql(f"{last} FROM decision_events HAVING max(sequence) IS NOT NULL")
    finally:
        database.close()


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"The backup {file} cannot be written ({error}). Check the path and the space.") from error


@contextmanager
def _archive(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise _not_whole(file, str(error)) from error
    except OSError as error:
        raise WorkspaceError(f"The backup {file} cannot be restored ({error}).") from error


def _checked(archive: zipfile.ZipFile, file: Path) -> Mapping[str, Any]:
    """What the backup says of itself, once every byte of it was seen to be as it was written."""
    try:
        refuse_expanding(archive, MOST_BYTES)
        if archive.getinfo(_ABOUT).file_size > MOST_JSON:
            raise ValueError(f"{_ABOUT} has more than {MOST_JSON:,} bytes")
        about: dict[str, Any] = json.loads(archive.read(_ABOUT))
        if about["format"] not in _READ:
            raise WorkspaceError(
                f"The backup {file} has format {about['format']!r}, {FORMAT} is known here. Update with "
                "`pip install -U edgecase-explorer`."
            )
        torn = archive.testzip()
        with archive.open(about["decisions"]) as content:
            digest = hashlib.sha256()
            while block := content.read(2**20):
                digest.update(block)
        archive.getinfo(MANIFEST)
        sequence, checksum = (about["format"] > 1 and about["newest"]) or (0, "")
        about["newest"] = Newest(int(sequence), str(checksum)) if sequence else None
        about["events"] = int(about["events"])
    except MALFORMED as error:
        raise _not_whole(file, f"it lacks what `edgecase backup` writes: {error}") from error
    if torn or digest.hexdigest() != about["sha256"] or about["decisions"] not in (DECISIONS_FILE, _LINES):
        raise _not_whole(file, f"{torn or about['decisions']} is not as it was written")
    return about


def _not_whole(file: Path, reason: str) -> WorkspaceError:
    return WorkspaceError(f"{file} is not a whole backup of a workspace ({reason}). Nothing was restored.")
