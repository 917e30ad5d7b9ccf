"""SQLite and PostgreSQL: where the decisions are, how to connect, and their errors in a sentence."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import time
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BUSY_SECONDS = 60
_LOOKS = 4
_OTHERWISE = ("SQLITE_ERROR", "SQLITE_CORRUPT", "SQLITE_NOTADB")
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
"""What SQLite says where the disk has no space left for the log that reading wants too."""
_ADDRESS = re.compile(
    r"://|^\s*postgres(ql)?\b.*:|(^|\s)(host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\s*=",
    re.IGNORECASE,
)
"""What is meant for a server, readable or not: never taken for a path, which messages show."""
_SHOWN = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")
_EXPECTED = "Decisions are kept in a SQLite file or on a PostgreSQL server"
_SQLITE_REASONS = {
    "SQLITE_BUSY": "another program has been writing for a minute; close it, or try again",
    "SQLITE_FULL": "the disk is full; free some space and try again, nothing was recorded",
    "SQLITE_READONLY": "it is read-only; make the file and its folder writable",
    "SQLITE_CANTOPEN": "it is gone or cannot be opened; put it back, or see that its folder exists and is writable",
    "SQLITE_NOTADB": "it is not a database; move the file away, or name another one",
    "SQLITE_ERROR": "its tables are not those of decisions, as where another file took its place or it is damaged; "
    "put the former back, or restore it from a backup",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_IOERR": "the disk cannot be read or written; it may be full, else check it; then try again",
}


@contextmanager
def speaking(url: sa.URL) -> Iterator[None]:
    """Say in a sentence what the database driver reports, without a secret of the URL.

    Raises:
        WorkspaceError: in place of any error of the driver.
    """
    try:
        yield
    except DBAPIError as error:
        told = f"The decisions in {describe(url)} cannot be used: {_reason(error, url)}."
        raise WorkspaceError(told) from (error if url.drivername == "sqlite" else None)
    except UnicodeDecodeError as error:  # SQLite's own words quote the broken schema
        told = f"The decisions in {describe(url)} cannot be used: {_SQLITE_REASONS['SQLITE_CORRUPT']}."
        raise WorkspaceError(told) from error


def _reason(error: DBAPIError, url: sa.URL) -> str:
    told = " ".join(str(error.orig).split()).rstrip(".")
    if url.drivername == "sqlite":
        return _SQLITE_REASONS.get(_sqlite_error(error), told)
    for secret in _secrets(url):
        told = told.replace(secret, "***")
    return f"{told}; check the address and that the server runs"


def _secrets(url: sa.URL) -> set[str]:
    """The password and everything else in the URL that is not shown, as it is and as a URL writes it."""
    hidden = [url.password, *(url.query[name] for name in url.query if name not in _SHOWN)]
    values = {part for value in hidden for part in (value if isinstance(value, tuple) else (value,)) if part}
    return values | {quote(value, safe="") for value in values}


def parse(location: Path | str) -> sa.URL:
    """The URL of a SQLite file or of a PostgreSQL database, for the drivers used here.

    Raises:
        WorkspaceError: it is a URL of something else.
    """
    if isinstance(location, Path) or not _ADDRESS.search(location):
        return sa.URL.create("sqlite", database=str(Path(location).absolute()))
    try:
        url = sa.make_url(location)
    except (ArgumentError, ValueError):
        raise _unreadable() from None  # their words quote the password
    if url.drivername == "sqlite" and url.database:
        return parse(Path(url.database))
    if url.drivername.lower().split("+")[0] not in ("postgresql", "postgres"):
        raise WorkspaceError(f"{_EXPECTED}, not {url.drivername}://. Give a path, or postgresql://USER@HOST/NAME.")
    if "@" in f"{url.host} {url.database}":
        raise _unreadable()
    return url.set(drivername="postgresql+psycopg")


def _unreadable() -> WorkspaceError:
    return WorkspaceError(
        f"{_EXPECTED}, but the URL given cannot be read. Give a path, or postgresql://USER@HOST/NAME; in a password "
        "write %40 %3A %2F %3F %23 for @ : / ? #."
    )


def describe(url: sa.URL) -> str:
    """The path or the URL for messages, without anything secret."""
    if url.drivername == "sqlite":
        return str(url.database)
    return identity(url.difference_update_query([name for name in url.query if name not in _SHOWN]))


def identity(url: sa.URL) -> str:
    """The path or the URL without its password: what tells one database from another."""
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
    """An engine that connects when first used; it never makes a SQLite file.

    Raises:
        WorkspaceError: the driver for PostgreSQL is not installed.
    """
    if url.drivername == "sqlite":
        return _connecting(partial(_open, Path(str(url.database))))
    url = url.update_query_dict({"connect_timeout": "10", **url.query})
    try:
        return sa.create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, max_overflow=-1)
    except ModuleNotFoundError as error:
        raise WorkspaceError(
            "Decisions on a PostgreSQL server need its driver, which is not installed. "
            'Run `pip install "edgecase-explorer[postgres]"`.'
        ) from error


def connect_to_read(path: Path) -> sa.Engine:
    """As `connect`, for reading a SQLite file, which a full disk does not prevent."""
    return _connecting(partial(_open_or_look, path))


def connect_read_only(path: Path) -> sa.Engine:
    """An engine that only looks at a SQLite file; nothing at all where there is none."""
    return _connecting(partial(look_at, path)) if path.exists() else connect_to_nothing()


def connect_to_nothing() -> sa.Engine:
    """An engine of an empty database in memory."""
    return sa.create_engine("sqlite://", poolclass=sa.StaticPool)


def look_at(path: Path) -> sqlite3.Connection:
    """A connection that only reads a SQLite file, also in a folder that cannot be written."""
    # without a log there is no writer, and without its help SQLite opens a WAL file only as one that never changes
    return _sqlite(path, "mode=ro" if _has_log(path) else "immutable=1")


def refuse_foreign_log(path: Path) -> None:
    """See that a log that was left beside a SQLite file is of this file, not of one that was there before it.

    SQLite itself would write such a log into whichever file is there.

    Raises:
        WorkspaceError: it hides events that the file holds.
    """
    for attempt in range(_LOOKS):
        if not _has_log(path):
            return
        alone, together = _events(path, "immutable=1"), _events(path, "mode=ro")
        if alone is None or together is None or alone <= together:
            return
        time.sleep(0.1 * attempt)  # whoever writes at this moment may have been seen half way
    log = log_of(path)
    raise WorkspaceError(
        f"Expected in {log} the log of {path}, found one of another file: {path} was replaced while a program wrote. "
        f"To use {path.name} as it is, move {log.name} and {path.name}-shm away, and keep them: the last decisions of "
        "the former file are in them."
    )


def _events(path: Path, how: str) -> set[tuple[object, ...]] | None:
    """The events in a SQLite file, opened so; none where there are other tables, None where it cannot be said."""
    try:
        with closing(_sqlite(path, how)) as connection:
            return set(connection.execute("SELECT sequence, checksum FROM decision_events"))
    except sqlite3.DatabaseError as error:
        return set() if _words(error) in _OTHERWISE else None


def _connecting(creator: Callable[[], sqlite3.Connection]) -> sa.Engine:
    # NullPool: whoever closes last empties the log into the file, so that one put in its place meets neither a log nor
    # pages of the former; and each look decides anew whether somebody who may write has the file open
    return sa.create_engine("sqlite://", creator=creator, poolclass=sa.NullPool)


def _open(path: Path) -> sqlite3.Connection:
    connection = _sqlite(path, "mode=rw")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA fullfsync=ON")  # without it macOS does not reach the disk
    return connection


def _open_or_look(path: Path) -> sqlite3.Connection:
    try:
        connection = _open(path)
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if _words(error) not in _NO_ROOM or not path.exists():
            raise
        return look_at(path)
    return connection


def _sqlite(path: Path, how: str) -> sqlite3.Connection:
    where = f"{path.as_uri()}?{how}"
    # isolation_level None: the driver begins no transaction of its own
    connection = sqlite3.connect(where, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    # a broken byte spoils its own row, found by the checksum, not the reading of all
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection


def _has_log(path: Path) -> bool:
    log = log_of(path)
    return log.exists() and log.stat().st_size > 0


def log_of(path: Path) -> Path:
    """The write-ahead log beside a SQLite file, while somebody writes."""
    return path.with_name(f"{path.name}-wal")


def copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite file, consistently also while others write; the copy replaces the target once it is whole.

    Raises:
        WorkspaceError: it cannot be read, or the copy not be written.
    """
    draft = target.with_name(f"{target.name}.partial")
    try:
        draft.unlink(missing_ok=True)  # of a copy that was killed
        opened = look_at(source) if why_read_only(source) else _open_or_look(source)
        with closing(opened) as old, closing(sqlite3.connect(draft)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        draft.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise WorkspaceError(
            f"The decisions in {source} cannot be copied to {target} ({error}). Check the folder and the space there."
        ) from error


def begin(connection: sa.Connection) -> None:
    """Begin a transaction on a SQLite file that no other writer interrupts.

    Writers ask again the more often, the longer they have waited, so that these go first: SQLite's own waiting pauses
    for longer each time, and those who come last go first.
    """
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    _patiently(connection, "PRAGMA journal_mode=WAL")
    _patiently(connection, "BEGIN IMMEDIATE")
    connection.exec_driver_sql(f"PRAGMA busy_timeout={1000 * _BUSY_SECONDS}")


def _patiently(connection: sa.Connection, statement: str) -> None:
    """Execute a statement for which SQLite must be free, asking its own driver, which costs others little."""
    ask = connection.connection.cursor().execute
    start = time.monotonic()
    while (waited := time.monotonic() - start) < _BUSY_SECONDS:
        try:
            ask(statement)
        except sqlite3.OperationalError as error:
            if _words(error) != "SQLITE_BUSY":
                break
            pause = max(0.001, 0.015 / (1 + 20 * waited))
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - so that two do not ask in step
        else:
            return
    connection.exec_driver_sql(statement)  # its errors are those of SQLAlchemy


def _sqlite_error(error: DBAPIError) -> str:
    """The first two words of SQLite's name for the error, empty where it is of another database."""
    return _words(error.orig)


def _words(error: BaseException | None) -> str:
    return "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
