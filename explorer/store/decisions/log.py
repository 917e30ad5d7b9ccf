"""The log of events: reading it, folding it, appending to it, undo and redo; it knows no single verb."""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import sqlalchemy as sa

from explorer.errors import SubsetError
from explorer.store.decisions.database import Database, event_table
from explorer.store.decisions.events import Event, from_row, to_row
from explorer.store.decisions.replay import Fold, replay
from explorer.store.decisions.sentences import phrase
from explorer.store.decisions.validation import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from explorer.store.decisions.events import Kind
    from explorer.store.decisions.state import State


class Damaged(NamedTuple):
    """A row that is not as it was written: its sequence number, and what is wrong."""

    sequence: int
    reason: str


class Log:
    """An append-only log of events; threads, processes and machines may use one database at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._fold = Fold()
        self._state = self._fold.state()

    @classmethod
    def open(cls, location: Path | str) -> Self:
        """Open the SQLite file or the PostgreSQL URL; make it where it is new.

        Raises:
            WorkspaceError: it cannot be reached or written, is not a decisions database, or is newer than
                this program.
        """
        return cls(Database(location))

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def state(self) -> State:
        """What stands now, by everybody; the same object until there is a new event."""
        with self._database.reading() as connection:
            return self._advance(connection)

    def history(self, subset: str | None = None, limit: int = 200) -> list[Event]:
        """The newest events, of all or of one subset (deleted or not), newest first, each with `undone` set.

        Raises:
            SubsetError: the subset is unknown.
        """
        with self._database.reading() as connection:
            state = self._advance(connection)
            query = sa.select(event_table).order_by(event_table.c.sequence.desc()).limit(limit)
            if subset is not None:
                query = query.where(event_table.c.subset == state.find(subset, deleted=None).key)
            return [replace(event, undone=event.id in self._fold.undone) for event in _read(connection, query)[0]]

    def next_undo(self, author: str) -> Event | None:
        """What `undo` would take back for this author, None where there is nothing."""
        with self._database.reading() as connection:
            self._advance(connection)
            return _last(connection, self._fold.done, author)

    def next_redo(self, author: str) -> Event | None:
        """What `redo` would bring back for this author, None where there is nothing."""
        with self._database.reading() as connection:
            self._advance(connection)
            return _last(connection, self._fold.redo, author)

    def verify(self) -> list[Damaged]:
        """The rows that are not as they were written; reads and checks every one."""
        with self._database.reading() as connection:
            return _read(connection, sa.select(event_table).order_by(event_table.c.sequence))[1]

    def undo(self, author: str) -> Event | None:
        """Take back the author's newest decision that stands, whatever others did since; None without one.

        Raises:
            SubsetError: it would bring back a name that another subset has by now.
            WorkspaceError: the database cannot be written.
        """
        return self._revert("undone", author)

    def redo(self, author: str) -> Event | None:
        """Bring back what the author undid last, unless they decided something since; None without one.

        Raises:
            SubsetError: it would bring back a name that another subset has by now.
            WorkspaceError: the database cannot be written.
        """
        return self._revert("redone", author)

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, State]]:
        """A transaction, and the state that no other writer changes before it ends."""
        with self._database.writing() as connection:
            yield connection, self._advance(connection)

    def _advance(self, connection: sa.Connection) -> State:
        table = event_table.c
        with self._lock:
            query = sa.select(event_table).where(table.sequence > self._fold.sequence).order_by(table.sequence)
            sound, damaged = _read(connection, query)
            if sound or damaged:
                last = max([event.sequence for event in sound[-1:]] + [row.sequence for row in damaged[-1:]])
                self._fold.advance(sound, lambda key: _stream(connection, key, last), [row.sequence for row in damaged])
                self._state = self._fold.state()
            return self._state

    def _revert(self, kind: Kind, author: str) -> Event | None:
        with self._writing() as (connection, state):
            undoing = kind == "undone"
            target = _last(connection, self._fold.done if undoing else self._fold.redo, author)
            if target is None:
                return None
            undone = self._fold.undone | {target.id} if undoing else self._fold.undone - {target.id}
            after = replay(_stream(connection, target.subset, state.sequence), undone)
            if after and not after.deleted:
                state.refuse_taken(after.name, after.key)
            payload = {
                "name": target.payload["name"],
                "event": target.id,
                "what": phrase(target.kind, target.payload),
                **why("", None),
            }
            return append(connection, kind, author, target.subset, payload)


def append(connection: sa.Connection, kind: Kind, author: str, subset: str, payload: Mapping[str, Any]) -> Event:
    """Write one event in the transaction of the connection.

    Raises:
        SubsetError: the author is empty, or something cannot be stored.
    """
    author = clean(author, "author")
    if not author:
        raise SubsetError("A decision needs the name of who makes it, none was given. Give an author.")
    event = Event(0, uuid.uuid4().hex, datetime.now(UTC), author, kind, subset, payload)
    row = connection.execute(sa.insert(event_table).values(to_row(event)).returning(event_table.c.sequence))
    return replace(event, sequence=row.scalar_one())


def why(reason: str, context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The part of the payload that says why, and from which selection, model and layout."""
    return {"reason": clean(reason, "reason"), "context": dict(context or {})}


def _last(connection: sa.Connection, stacks: Mapping[str, list[str]], author: str) -> Event | None:
    stack = stacks.get(author.strip())
    if not stack:
        return None
    sound, _ = _read(connection, sa.select(event_table).where(event_table.c.id == stack[-1]))
    return next(iter(sound), None)


def _stream(connection: sa.Connection, subset: str, last: int) -> list[Event]:
    table = event_table.c
    query = sa.select(event_table).where(table.subset == subset, table.sequence <= last)
    return _read(connection, query.order_by(table.sequence))[0]


def _read(connection: sa.Connection, query: sa.Select[Any]) -> tuple[list[Event], list[Damaged]]:
    sound, damaged = [], []
    for row in connection.execute(query):
        try:
            sound.append(from_row(*row))
        except ValueError as error:
            damaged.append(Damaged(row.sequence, str(error)))
    return sound, damaged
