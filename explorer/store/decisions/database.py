"""The database under the decisions: its table, its schema, its transactions.

Writers take turns: on SQLite by BEGIN IMMEDIATE, on PostgreSQL by a lock on the row that holds the schema's
version. So sequence numbers are committed in their order, and a writer reads the newest events.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from explorer.errors import WorkspaceError
from explorer.store.decisions.connections import (
    begin,
    connect,
    connect_read_only,
    connect_to_nothing,
    connect_to_read,
    copy_file,
    describe,
    parse,
    refuse_foreign_log,
    speaking,
    why_read_only,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Of the schema, oldest first; a test holds them against the migrations."""
VERSION_TABLE = "edgecase_schema"
MIGRATIONS = Path(__file__).parent / "migrations"

_MIGRATION_LOCK = 0x65646765  # "edge": PostgreSQL names advisory locks by number

metadata = sa.MetaData()
event_table = sa.Table(
    "decision_events",
    metadata,
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False, index=True),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False, server_default=""),
    sa.Column("checksum", sa.Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice
)
_version = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text))

_READ_0001 = """
CREATE TEMP VIEW decision_events AS
SELECT sequence, id, time, author, kind, 'subset:' || subset AS stream, payload, coalesce((
    SELECT checksum FROM main.decision_events AS before WHERE before.sequence < events.sequence
    ORDER BY before.sequence DESC LIMIT 1
), '') AS previous, checksum FROM main.decision_events AS events
"""


class Database:
    """An open database with the current schema, or read as if it had it.

    Attributes:
        where: its path, or its URL without the password, for messages.
        lost: that there should be decisions and are none, in a sentence; empty where there are, or should be none.
        read_only: why it can only be read, in a sentence; empty where it can be written.
    """

    def __init__(self, location: Path | str, *, expected: bool = False) -> None:
        """Open it, create it where there is none, and bring an older schema up to date.

        A SQLite file is copied beside itself before; one that is read-only for this person is read as it is.

        Args:
            location: the file or the URL.
            expected: whether decisions were kept there before, so that an empty one is not a new one.

        Raises:
            WorkspaceError: it cannot be reached, is not a decisions database, or is newer than this program.
        """
        url = self._url = parse(location)
        self.where, self.lost = describe(url), ""
        self._file = Path(self.where) if url.drivername == "sqlite" else None
        self.read_only = why_read_only(self._file) if self._file else ""
        self._engine = connect_read_only(self._file) if self._file and self.read_only else connect(url)
        self._reader = connect_to_read(self._file) if self._file and not self.read_only else self._engine
        try:
            if self._file:
                refuse_foreign_log(self._file)
            self._prepare(expected=expected)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()
        self._reader.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection whose statements each see the newest committed events."""
        with speaking(self._url), self._reader.connect() as connection:
            if self.read_only:
                _show_as_newest(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that no other writer interrupts: durable when the block ends, void if it raises.

        Raises:
            WorkspaceError: the database is read-only, was replaced, or is of a newer version by now.
        """
        if self.read_only:
            raise WorkspaceError(self.read_only)
        inode = self._inode()
        with speaking(self._url), self._begin(made=True) as connection:
            version = connection.scalar(sa.select(_version.c.version_num).with_for_update())
            self._refuse_newer(version)
            yield connection
        if self._inode() != inode:
            raise WorkspaceError(
                f"{self.where} was replaced or removed at the moment of writing; what was decided is not in the file "
                "that is there now. Start this program again, then decide again."
            )

    def _inode(self) -> int:
        return self._file.stat().st_ino if self._file and self._file.exists() else 0

    def _prepare(self, *, expected: bool) -> None:
        with speaking(self._url):
            version = self._version()
            if version is None and expected:
                self._count_as_lost()
            if self.read_only:
                if version is None:  # an empty database in memory stands for it
                    with self._reader.begin() as connection:
                        metadata.create_all(connection)
                return
            if version == REVISIONS[-1]:
                return
            if self._file:
                self._file.touch()
            with self._begin(made=False) as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                version = self._schema(connection)
                if version == REVISIONS[-1]:  # another process was faster
                    return
                if version and self._file:
                    copy_file(self._file, Path(f"{self.where}.{version}"))
                _upgrade(connection)

    def _version(self) -> str | None:
        """The schema's revision as it is on disk, None where the database is new."""
        if self._file and not self._file.exists():
            return None
        with self._reader.connect() as connection:
            return self._schema(connection)

    def _count_as_lost(self) -> None:
        found = "no file" if self._file and not self._file.exists() else "an empty database"
        self.lost = self.read_only = (
            f"Expected the decisions that were kept in {self.where}, found {found} there. "
            "Put it back or restore a backup with `edgecase restore`; to begin anew without them, run "
            "`edgecase info WORKSPACE --accept-decisions`."
        )
        self._engine = self._reader = connect_to_nothing()

    @contextmanager
    def _begin(self, *, made: bool) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            if self._file:
                if made:
                    connection.execute(sa.select(_version)).all()  # fails, and leaves as it is, a file that is not ours
                begin(connection)
            yield connection

    def _schema(self, connection: sa.Connection) -> str | None:
        """The schema's revision, None where the database is new."""
        tables = sa.inspect(connection).get_table_names()
        if VERSION_TABLE in tables:
            version = connection.scalar(sa.select(_version.c.version_num))
            self._refuse_newer(version)
            return version
        if tables and connection.dialect.name == "sqlite":
            raise WorkspaceError(
                f"{self.where} should hold decisions, but it is a database of another program, with a table "
                f"{tables[0]!r}. Name another file."
            )
        return None

    def _refuse_newer(self, version: str | None) -> None:
        if version not in REVISIONS:
            raise WorkspaceError(
                f"The decisions in {self.where} have schema {version}, of a newer version of this program; "
                f"{REVISIONS[-1]} is known here. Update with `pip install -U edgecase-explorer`."
            )


def _show_as_newest(connection: sa.Connection) -> None:
    """Show the events of a SQLite file of revision 0001 as the current schema has them."""
    columns = connection.exec_driver_sql("SELECT name FROM pragma_table_info('decision_events')").scalars()
    if "subset" in columns:
        connection.exec_driver_sql(_READ_0001)


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
