"""What people decide about saved views."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from explorer.errors import ViewError
from explorer.store.decisions.log import append, why
from explorer.store.decisions.state import same_name
from explorer.store.decisions.validation import clean
from explorer.store.decisions.view_stream import VIEW, refuse_taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explorer.data.saved_views import SavedView
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log


class SavedViews:
    """The saved views in a log of decisions.

    A view is given by its key or by its name, in any case. Every verb appends one event and returns it.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> list[SavedView]:
        """The views as they stand now, by everybody, in the order of saving."""
        return _living(self.log.standing().of(VIEW.name))

    def find(self, view: str) -> SavedView:
        """The view with this key or name.

        Raises:
            ViewError: there is none.
        """
        return _found(view, self.all())

    def history(self, view: str | None = None, limit: int = 200) -> list[Event]:
        """The newest events, of all views or of one, newest first, each with `undone` set.

        Raises:
            ViewError: the view is unknown.
        """
        every = self.log.standing().of(VIEW.name).values()
        return self.log.events(None if view is None else _found(view, every).key, limit, VIEW.name)

    def save(self, name: str, look: Mapping[str, Any], *, author: str) -> Event:
        """Keep what is looked at: a new view, or where there is one of this name, what that shows from now on.

        Args:
            name: what it is called.
            look: see `SavedView`.
            author: who decides.

        Raises:
            ViewError: the name is empty.
            SubsetError: something cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        name = _clean_name(name)
        with self.log.writing() as (connection, standing):
            living = _living(standing.of(VIEW.name))
            known = next((each for each in living if same_name(each.name) == same_name(name)), None)
            payload = {"name": known.name if known else name, "look": dict(look), **why("", None)}
            return append(connection, "saved", author, _stream(known.key if known else uuid.uuid4().hex), payload)

    def rename(self, view: str, name: str, *, author: str) -> Event:
        """Call a view something else; its link stays.

        Raises:
            ViewError: the view is unknown, or the name is empty or taken.
            WorkspaceError: the database cannot be written.
        """
        name = _clean_name(name)
        with self.log.writing() as (connection, standing):
            living = _living(standing.of(VIEW.name))
            found = _found(view, living)
            refuse_taken(living, name, found.key)
            payload = {"name": found.name, "new_name": name, **why("", None)}
            return append(connection, "renamed", author, _stream(found.key), payload)

    def delete(self, view: str, *, author: str) -> Event:
        """Take a view away; undo brings it back.

        Raises:
            ViewError: the view is unknown.
            WorkspaceError: the database cannot be written.
        """
        with self.log.writing() as (connection, standing):
            found = _found(view, _living(standing.of(VIEW.name)))
            return append(connection, "deleted", author, _stream(found.key), {"name": found.name, **why("", None)})

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author decided about views."""
        return self.log.undo(author, VIEW.name)

    def redo(self, author: str) -> Event | None:
        """As `Log.redo`, of what the author decided about views."""
        return self.log.redo(author, VIEW.name)


def _living(views: Mapping[str, SavedView]) -> list[SavedView]:
    return [each for each in views.values() if not each.deleted]


def _found(view: str, among: Iterable[SavedView]) -> SavedView:
    views = list(among)
    by_key = (each for each in views if each.key == view)
    by_name = (each for each in views if same_name(each.name) == same_name(view))
    found = next(by_key, None) or next(by_name, None)
    if found is None:
        there = ", ".join(each.name for each in views if not each.deleted) or "none yet"
        raise ViewError(f"No view is called “{view}”. There are: {there}.")
    return found


def _clean_name(name: str) -> str:
    name = " ".join(clean(name, "name").split())
    if not name:
        raise ViewError("A view needs a name, an empty one was given.")
    return name


def _stream(key: str) -> str:
    return f"{VIEW.name}:{key}"
