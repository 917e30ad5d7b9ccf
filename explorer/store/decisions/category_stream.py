"""Categories as a kind of decision: their events, what each changes, and how it reads.

A category is retired with a reason and never deleted. One whose making is undone is none, and may be made again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.categories import Category
from explorer.data.counts import counted
from explorer.errors import CategoryError
from explorer.store.decisions.state import same_name
from explorer.store.decisions.streams import EventKind, StreamKind, further

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explorer.store.decisions.events import Event

    Changing = Callable[[Category | None, Event], Category | None]


RETIRED_EXAMPLES = "retired_examples"


def _added(_before: Category | None, event: Event) -> Category:
    return Category(event.key, **_read({**event.payload["facts"], **further(event.payload)}), **_by(event))


def _by(event: Event) -> dict[str, Any]:
    return {"created_by": event.author, "created_at": event.time, "updated_at": event.time}


def _read(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {field: tuple(value) if isinstance(value, list) else value for field, value in facts.items()}


def _not_added(before: Category | None, event: Event) -> Category:
    return before or replace(_added(before, event), undone=True)


def _edited(category: Category, event: Event) -> dict[str, Any]:
    changes = _read({**event.payload["changes"], **further(event.payload)})
    if RETIRED_EXAMPLES in changes:
        return {RETIRED_EXAMPLES: category.retired_examples.union(changes[RETIRED_EXAMPLES])}
    if "name" not in changes:
        return changes
    former = [name for name in category.names if same_name(name) != same_name(changes["name"])]
    return {**changes, "former": tuple(former)}


def _changing(fields: Callable[[Category, Event], dict[str, Any]]) -> Changing:
    """The category after an event; without its making, which may be damaged, there is none."""
    return lambda category, event: category and replace(category, updated_at=event.time, **fields(category, event))


def _say_edited(payload: Mapping[str, Any]) -> str:
    name, changes = f"“{payload['name']}”", {**payload["changes"], **further(payload)}
    if RETIRED_EXAMPLES in changes:
        number = len(changes[RETIRED_EXAMPLES])
        return f"retired {counted(number, 'example')} of the category {name}"
    fields = " and ".join(field for field in changes if field != "name")
    if "name" not in changes:
        return f"changed the {fields} of the category {name}"
    return f"renamed the category {name} to “{changes['name']}”" + (f" and changed its {fields}" if fields else "")


def refuse_taken(categories: Iterable[Category], name: str, key: str = "") -> None:
    """Raise CategoryError where a category other than the one with this key has or had the name."""
    taken = with_name(name, (each for each in categories if not each.undone and each.key != key))
    if taken is None:
        return
    if taken.retired:
        raise CategoryError(f"The category “{taken.name}” is retired ({taken.retired}). Restore it, or choose another.")
    had = "is" if same_name(taken.name) == same_name(name) else f"“{name}” was the name of"
    raise CategoryError(f"The name is taken: {had} the category “{taken.name}” of {taken.created_by}. Choose another.")


def with_name(name: str, among: Iterable[Category]) -> Category | None:
    """The category that has or had this name, in any case; one that has it now comes first."""
    categories = list(among)
    wanted = same_name(name)
    now = (each for each in categories if same_name(each.name) == wanted)
    before = (each for each in categories if wanted in map(same_name, each.former))
    return next(now, None) or next(before, None)


def _refuse_a_name_twice(categories: Mapping[str, Category], key: str, after: Category | None) -> None:
    if after and not after.undone:
        refuse_taken(categories.values(), after.name, key)


CATEGORY = StreamKind(
    name="category",
    events={
        "added": EventKind(_added, lambda payload: f"added the category “{payload['name']}”", undone=_not_added),
        "edited": EventKind(_changing(_edited), _say_edited),
        "retired": EventKind(
            _changing(lambda _category, event: {"retired": event.payload["reason"]}),
            lambda payload: f"retired the category “{payload['name']}”",
        ),
        "restored": EventKind(
            _changing(lambda _category, _event: {"retired": ""}),
            lambda payload: f"restored the category “{payload['name']}”",
        ),
    },
    refuse=_refuse_a_name_twice,
)
