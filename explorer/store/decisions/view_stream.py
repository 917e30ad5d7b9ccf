"""Saved views as a kind of decision: their events, what each changes, and how it reads.

A view that is saved again shows something else under the same name and link; one whose saving is undone is gone, like a
deleted one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.saved_views import SavedView
from explorer.errors import ViewError
from explorer.store.decisions.state import same_name
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explorer.store.decisions.events import Event


def _saved(before: SavedView | None, event: Event) -> SavedView:
    name, look = event.payload["name"], event.payload["look"]
    if before:
        return replace(before, look=look, updated_at=event.time)
    return SavedView(event.key, name, look, event.author, event.time, event.time)


def _not_saved(before: SavedView | None, event: Event) -> SavedView:
    return before or replace(_saved(before, event), deleted=True)


def _changing(fields: Callable[[Event], dict[str, Any]]) -> Callable[[SavedView | None, Event], SavedView | None]:
    """The view after an event; without its saving, which may be damaged, there is none."""
    return lambda view, event: view and replace(view, updated_at=event.time, **fields(event))


def refuse_taken(views: Iterable[SavedView], name: str, key: str = "") -> None:
    """Raise ViewError where a view other than the one with this key has the name."""
    taken = next((each for each in views if not each.deleted and same_name(each.name) == same_name(name)), None)
    if taken and taken.key != key:
        raise ViewError(f"The name “{taken.name}” is taken by a view of {taken.created_by}. Choose another.")


def _refuse_a_name_twice(views: Mapping[str, SavedView], key: str, after: SavedView | None) -> None:
    if after and not after.deleted:
        refuse_taken(views.values(), after.name, key)


VIEW = StreamKind(
    name="view",
    events={
        "saved": EventKind(_saved, lambda payload: f"saved the view “{payload['name']}”", undone=_not_saved),
        "renamed": EventKind(
            _changing(lambda event: {"name": event.payload["new_name"]}),
            lambda payload: f"renamed the view “{payload['name']}” to “{payload['new_name']}”",
        ),
        "deleted": EventKind(
            _changing(lambda _event: {"deleted": True}), lambda payload: f"deleted the view “{payload['name']}”"
        ),
    },
    refuse=_refuse_a_name_twice,
)
