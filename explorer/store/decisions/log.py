"""The log of events: reading it, replaying it, appending to it, undo and redo; it knows no kind of decision."""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from explorer.errors import SubsetError, WorkspaceError
from explorer.store.decisions.chain import Damaged, verify
from explorer.store.decisions.database import Database, event_table
from explorer.store.decisions.events import Event, from_row, to_row
from explorer.store.decisions.kinds import KINDS
from explorer.store.decisions.newest import Newest, read_newest, write_newest
from explorer.store.decisions.replay import Replay
from explorer.store.decisions.sentences import phrase
from explorer.store.decisions.validation import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from explorer.store.decisions.chain import Verified
    from explorer.store.decisions.replay import Standing


class Log:
    """An append-only log of events; threads, processes and machines may use one database at once.

    Attributes:
        kind: the kind of decision that undo and redo go by, and events are of, unless another is named.
    """

    kind = ""

    def __init__(self, database: Database, newest: Path | None = None) -> None:
        self._database = database
        self._newest = newest
        self._lock = threading.Lock()
        self._replay = Replay()
        self._standing = self._replay.standing()

    @classmethod
    def open(cls, location: Path | str, newest: Path | None = None) -> Self:
        """Open the SQLite file or the PostgreSQL URL; make it where it is new.

        Args:
            location: the file or the URL.
            newest: the file in which a workspace keeps the newest event, so that the end of the log is not lost
                unseen (`newest_file`).

        Raises:
            WorkspaceError: it cannot be reached or written, is not a decisions database, or is newer than
                this program.
        """
        log = cls(Database(location), newest)
        log._keep_newest()
        return log

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def standing(self) -> Standing:
        """What stands now, by everybody; the same object until there is a new event."""
        with self._database.reading() as connection:
            return self._advance(connection)

    def events(self, key: str | None = None, limit: int = 200, kind: str = "") -> list[Event]:
        """The newest events of a kind of decision, or of one stream of it, newest first, each with `undone` set."""
        stream, prefix = event_table.c.stream, f"{kind or self.kind}:"
        wanted = stream.startswith(prefix, autoescape=True) if key is None else stream == prefix + key
        query = sa.select(event_table).where(wanted).order_by(event_table.c.sequence.desc()).limit(limit)
        with self._database.reading() as connection:
            self._advance(connection)
            return [replace(event, undone=event.id in self._replay.undone) for event in _read(connection, query)[0]]

    def next_undo(self, author: str, kind: str = "") -> Event | None:
        """What `undo` would take back for this author, None where there is nothing."""
        return self._next(self._replay.done, author, kind)

    def next_redo(self, author: str, kind: str = "") -> Event | None:
        """What `redo` would bring back for this author, None where there is nothing."""
        return self._next(self._replay.redo, author, kind)

    def verify(self) -> list[Damaged]:
        """The rows that are not as they were written; reads and checks every one."""
        return self.verify_chain().damaged

    def verify_chain(self) -> Verified:
        """The rows that are not as they were written, and the first broken link of their chain; reads every one."""
        kept = read_newest(self._newest) if self._newest else None
        with self._database.reading() as connection:
            return verify(connection.execute(sa.select(event_table).order_by(event_table.c.sequence)).all(), kept)

    def undo(self, author: str, kind: str = "") -> Event | None:
        """Take back the author's newest decision of a kind that stands, whatever others did since; None without one.

        Raises:
            SubsetError: it would bring about what may not be, such as a name that another subset has by now.
            WorkspaceError: the database cannot be written.
        """
        return self._revert("undone", author, kind)

    def redo(self, author: str, kind: str = "") -> Event | None:
        """Bring back what the author undid last, unless they decided something of the kind since; None without one.

        Raises:
            SubsetError: it would bring about what may not be, such as a name that another subset has by now.
            WorkspaceError: the database cannot be written.
        """
        return self._revert("redone", author, kind)

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, Standing]]:
        """A transaction, and what stands, which no other writer changes before it ends."""
        with self._database.writing() as connection:
            yield connection, self._advance(connection)
        self._keep_newest()

    def _advance(self, connection: sa.Connection) -> Standing:
        table = event_table.c
        with self._lock:
            query = sa.select(event_table).where(table.sequence > self._replay.sequence).order_by(table.sequence)
            sound, damaged = _read(connection, query)
            if sound or damaged:
                last = max([event.sequence for event in sound[-1:]] + [row.sequence for row in damaged[-1:]])
                stream = partial(_stream, connection, last=last)
                self._replay.advance(sound, stream, [row.sequence for row in damaged])
                self._standing = self._replay.standing()
            return self._standing

    def _next(self, stacks: Mapping[tuple[str, str], list[str]], author: str, kind: str) -> Event | None:
        with self._database.reading() as connection:
            self._advance(connection)
            return _last(connection, stacks.get((kind or self.kind, author.strip())))

    def _revert(self, verb: str, author: str, kind: str) -> Event | None:
        with self._writing() as (connection, standing):
            undoing = verb == "undone"
            stacks = self._replay.done if undoing else self._replay.redo
            target = _last(connection, stacks.get((kind or self.kind, author.strip())))
            if target is None:
                return None
            payload = {"name": target.payload["name"], "event": target.id, "what": phrase(target), **why("", None)}
            event = append(connection, verb, author, target.stream, payload)  # void where it is refused
            stream = partial(_stream, connection, last=event.sequence)
            after = self._replay.after([event], self._replay.undone_after([event]), stream)
            KINDS[target.stream_kind].refuse(standing.of(target.stream_kind), target.key, after.value)
            return event

    def _keep_newest(self) -> None:
        """Keep the newest event outside the database, unless the one kept before is gone: that is to be found.

        It is read after the commit, so what is kept is never ahead; a decision, durable by now, never fails for it.
        """
        if self._newest is None or self._database.read_only:
            return
        with suppress(WorkspaceError):
            with self._database.reading() as connection:
                if _newest(connection) == read_newest(self._newest):
                    return
            with self._database.writing() as connection:  # one after the other, so that the newest stays
                kept, newest = read_newest(self._newest), _newest(connection)
                if newest and (kept is None or _holds(connection, kept)):
                    write_newest(self._newest, newest)


def append(connection: sa.Connection, kind: str, author: str, stream: str, payload: Mapping[str, Any]) -> Event:
    """Write one event in the transaction of the connection.

    Raises:
        SubsetError: the author is empty, or something cannot be stored.
    """
    author = clean(author, "author")
    if not author:
        raise SubsetError("A decision needs the name of who makes it, none was given. Give an author.")
    newest = _newest(connection)
    previous = newest.checksum if newest else ""
    event = Event(0, uuid.uuid4().hex, datetime.now(UTC), author, kind, stream, payload, previous)
    row = connection.execute(sa.insert(event_table).values(to_row(event)).returning(event_table.c.sequence))
    return replace(event, sequence=row.scalar_one())


def why(reason: str, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The part of the payload that says why, and from which selection, model and layout."""
    return {"reason": clean(reason, "reason"), "context": dict(context or {})}


def _newest(connection: sa.Connection) -> Newest | None:
    table = event_table.c
    query = sa.select(table.sequence, sa.cast(table.checksum, sa.Text)).order_by(table.sequence.desc()).limit(1)
    row = connection.execute(query).first()
    return Newest(*row) if row else None


def _holds(connection: sa.Connection, kept: Newest) -> bool:
    query = sa.select(event_table.c.checksum).where(event_table.c.sequence == kept.sequence)
    return connection.scalar(query) == kept.checksum


def _last(connection: sa.Connection, stack: Sequence[str] | None) -> Event | None:
    if not stack:
        return None
    sound, _ = _read(connection, sa.select(event_table).where(event_table.c.id == stack[-1]))
    return next(iter(sound), None)


def _stream(connection: sa.Connection, stream: str, first: int, last: int) -> list[Event]:
    table = event_table.c
    query = sa.select(event_table).where(table.stream == stream, table.sequence.between(first, last))
    return _read(connection, query.order_by(table.sequence))[0]


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[list[Event], list[Damaged]]:
    sound, damaged = [], []
    for row in connection.execute(query):
        try:
            sound.append(from_row(*row))
        except ValueError as error:
            damaged.append(Damaged(row.sequence, str(error)))
    return sound, damaged
