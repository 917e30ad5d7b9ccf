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
from explorer.store.decisions.chain import Chain, Damaged, Verified, read, verify
from explorer.store.decisions.database import Database, event_table
from explorer.store.decisions.events import Event, to_row
from explorer.store.decisions.kinds import KINDS
from explorer.store.decisions.newest import Newest, read_newest, write_newest
from explorer.store.decisions.replay import Replay
from explorer.store.decisions.sentences import phrase
from explorer.store.decisions.validation import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

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
        self._known: Newest | None = None  # the newest event of the database that was opened
        self._last: Newest | None = None  # of the one that is read, another where it was replaced
        self._begin_anew()

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
        log = cls(Database(location, expected=newest is not None and newest.exists()), newest)
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

    def rows(self) -> list[dict[str, Any]]:
        """Every event as it is in the database, damaged ones too, in order: its columns by name."""
        with self._database.reading() as connection:
            query = sa.select(event_table).order_by(event_table.c.sequence)
            return [dict(row) for row in connection.execute(query).mappings()]

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
        kept = self._kept()
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(event_table).order_by(event_table.c.sequence)).all()
            return self._with_loss(verify(rows, _gone(connection, kept)))

    def verified(self) -> Verified:
        """As `verify_chain`, each row as it was when it was first read: costs no more than what is new."""
        kept = self._kept()
        with self._database.reading() as connection:
            self._advance(connection)
            return self._with_loss(self._chain.verified(_gone(connection, kept)))

    def accept(self) -> None:
        """Take the events that are there for all that there should be, as after going back to an older database.

        Raises:
            WorkspaceError: it cannot be written down in the workspace.
        """
        if self._newest is None:
            return
        with self._database.reading() as connection:
            newest = _newest(connection)
        self._newest.unlink(missing_ok=True)
        if newest:
            write_newest(self._newest, newest)

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
    def writing(self) -> Iterator[tuple[sa.Connection, Standing]]:
        """A transaction, and what stands, which no other writer changes before it ends.

        Raises:
            WorkspaceError: the database cannot be written, or is not the one that was opened.
        """
        with self._database.writing() as connection:
            if self._known and not _holds(connection, self._known):
                raise WorkspaceError(self._replaced(self._known))
            yield connection, self._advance(connection)
            newest = _newest(connection)
        self._known = newest
        self._keep_newest()

    def _advance(self, connection: sa.Connection) -> Standing:
        table = event_table.c
        with self._lock:
            is_known = self._known is None or _holds(connection, self._known)
            if self._last and not (is_known if self._last == self._known else _holds(connection, self._last)):
                self._begin_anew()
            query = sa.select(event_table).where(table.sequence > self._replay.sequence).order_by(table.sequence)
            rows = connection.execute(query).all()
            if rows:
                sound, damaged = read(rows)
                stream = partial(_stream, connection, last=rows[-1].sequence)
                self._replay.advance(sound, stream, [row.sequence for row in damaged])
                self._chain.extend(rows, damaged)
                self._standing = self._replay.standing()
                unsound = {row.sequence for row in damaged}
                whole = [Newest(row.sequence, row.checksum) for row in rows if row.sequence not in unsound]
                self._last = whole[-1] if whole else self._last
            if is_known:
                self._known = self._last
            return self._standing

    def _begin_anew(self) -> None:
        """Forget what was read: another database is in the place of the one that was opened."""
        self._replay, self._chain = Replay(), Chain()
        self._last = None
        self._standing = self._replay.standing()

    def _replaced(self, known: Newest) -> str:
        return (
            f"Expected in {self._database.where} the decisions that were opened, up to event {known.sequence}, found "
            "others: the database was replaced meanwhile, and nothing was recorded. Start this program again to go on "
            "with those that are there now, or put the former back."
        )

    def _kept(self) -> Newest | None:
        return read_newest(self._newest) if self._newest else None

    def _with_loss(self, found: Verified) -> Verified:
        """With what was lost as a whole, which no chain shows."""
        lost = self._database.lost
        return found._replace(broken_link=Damaged(0, lost)) if lost and not found.broken_link else found

    def _next(self, stacks: Mapping[tuple[str, str], list[str]], author: str, kind: str) -> Event | None:
        with self._database.reading() as connection:
            self._advance(connection)
            return _last(connection, stacks.get((kind or self.kind, author.strip())))

    def _revert(self, verb: str, author: str, kind: str) -> Event | None:
        with self.writing() as (connection, standing):
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

        It is read after the commit, so what is kept is never ahead, and again after it was kept: of several who do so
        at once the last sees what is newest. A decision, durable by now, never fails for it.
        """
        if self._newest is None or self._database.read_only:
            return
        with suppress(WorkspaceError, OSError), self._database.reading() as connection:
            while (newest := _newest(connection)) != (kept := self._kept()):
                if newest is None or _gone(connection, kept):
                    return
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
    query = sa.select(sa.cast(event_table.c.checksum, sa.Text)).where(event_table.c.sequence == kept.sequence)
    return connection.scalar(query) == kept.checksum


def _gone(connection: sa.Connection, kept: Newest | None) -> Newest | None:
    """The event that was kept as the newest, where it is not there."""
    return None if kept is None or _holds(connection, kept) else kept


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
    return read(connection.execute(query))
