"""SQLite and PostgreSQL: where the decisions are, how to connect, and their errors in a sentence."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection

_BUSY_SECONDS = 60
_EXPECTED = "Decisions are kept in a SQLite file or on a PostgreSQL server"
_SQLITE_REASONS = {
    "SQLITE_BUSY": "another program has been writing for a minute; close it, or try again",
    "SQLITE_FULL": "the disk is full; free some space and try again, nothing was recorded",
    "SQLITE_READONLY": "it is read-only; make the file and its folder writable",
    "SQLITE_CANTOPEN": "it cannot be opened; the folder must exist and be writable",
    "SQLITE_NOTADB": "it is not a database; move the file away, or name another one",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_IOERR": "the disk cannot be read or written; it may be full, else check it; then try again",
}


@contextmanager
def speaking(where: str) -> Iterator[None]:
    """Say in a sentence what the database driver reports.

    Raises:
        WorkspaceError: in place of any error of the driver.
    """
    try:
        yield
    except DBAPIError as error:
        told = " ".join(str(error.orig).split()).rstrip(".")
        name = _sqlite_error(error)
        reason = _SQLITE_REASONS.get(name, told) if name else f"{told}; check the address and that the server runs"
        raise WorkspaceError(f"The decisions in {where} cannot be used: {reason}.") from error


def parse(location: Path | str) -> sa.URL:
    """The URL of a SQLite file or of a PostgreSQL database, for the drivers used here.

    Raises:
        WorkspaceError: it is a URL of something else.
    """
    if isinstance(location, Path) or "://" not in location:
        return sa.URL.create("sqlite", database=str(Path(location).absolute()))
    try:
        url = sa.make_url(location)
    except (ArgumentError, ValueError) as error:
        raise WorkspaceError(f"{_EXPECTED}, but the URL given cannot be read. Check its form.") from error
    if url.drivername == "sqlite" and url.database:
        return parse(Path(url.database))
    if url.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise WorkspaceError(f"{_EXPECTED}, not {url.drivername}://. Give a path, or postgresql://USER@HOST/NAME.")
    return url.set(drivername="postgresql+psycopg")


def describe(url: sa.URL) -> str:
    """The path or the URL for messages, without a password."""
    if url.drivername == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql").difference_update_query(["password"]).render_as_string()


def why_read_only(path: Path) -> str:
    """Why a SQLite file cannot be written, in a sentence; empty where it can.

    Raises:
        WorkspaceError: its folder is missing.
    """
    if not path.parent.is_dir():
        raise WorkspaceError(
            f"Decisions are to be kept in {path}, but its folder does not exist. Create it, or name another."
        )
    if os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK)):
        return ""
    return (
        f"Decisions must be writable, but {path} is read-only for you. Change the permissions, or copy "
        "the workspace to where you may write."
    )


def connect(url: sa.URL) -> sa.Engine:
    """An engine that connects when first used.

    Raises:
        WorkspaceError: the driver for PostgreSQL is not installed.
    """
    if url.drivername == "sqlite":
        # isolation_level None: the driver begins no transaction of its own
        arguments = {"timeout": _BUSY_SECONDS, "isolation_level": None}
        engine = sa.create_engine(url, max_overflow=-1, connect_args=arguments)
        sa.event.listen(engine, "connect", _prepare)
        return engine
    url = url.update_query_dict({"connect_timeout": "10", **url.query})
    try:
        return sa.create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, max_overflow=-1)
    except ModuleNotFoundError as error:
        raise WorkspaceError(
            "Decisions on a PostgreSQL server need its driver, which is not installed. "
            'Run `pip install "edgecase-explorer[postgres]"`.'
        ) from error


def connect_read_only(path: Path) -> sa.Engine:
    """An engine that only looks at a SQLite file; nothing at all where there is none."""
    if not path.exists():
        return sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    # NullPool: each look decides anew whether somebody who may write has the file open
    engine = sa.create_engine("sqlite://", creator=partial(look_at, path), poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", _read_broken_text)
    return engine


def look_at(path: Path) -> sqlite3.Connection:
    """A connection that only reads a SQLite file, also in a folder that cannot be written."""
    # without a log there is no writer, and without its help SQLite opens a WAL file only as one that never changes
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)


def copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite file, consistently also while others write; the copy replaces the target once it is whole.

    Raises:
        WorkspaceError: it cannot be read, or the copy not be written.
    """
    draft = target.with_name(f"{target.name}.partial")
    try:
        draft.unlink(missing_ok=True)  # of a copy that was killed
        opened = look_at(source) if why_read_only(source) else sqlite3.connect(source)
        with closing(opened) as old, closing(sqlite3.connect(draft)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        draft.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise WorkspaceError(
            f"The decisions in {source} cannot be copied to {target} ({error}). Check the folder and the space there."
        ) from error


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    _read_broken_text(connection, _record)
    connection.cursor().execute("PRAGMA synchronous=FULL")
    connection.cursor().execute("PRAGMA fullfsync=ON")  # without it macOS does not reach the disk


def _read_broken_text(connection: DBAPIConnection, _record: object) -> None:
    # a broken byte spoils its own row, found by the checksum, not the reading of all
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")


def use_wal(connection: sa.Connection) -> None:
    """Switch a SQLite file to the write-ahead log; waits, as SQLite does not, for others who do so too."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if _sqlite_error(error) != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _sqlite_error(error: DBAPIError) -> str:
    """The first two words of SQLite's name for the error, empty where it is of another database."""
    return "_".join(getattr(error.orig, "sqlite_errorname", "").split("_")[:2])
