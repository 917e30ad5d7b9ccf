"""Subsets as a kind of decision: their events, what each changes, and how it reads.

What no longer applies (removing an image that is not there) changes nothing. Two rules keep what several people
decide:

- The first membership of an image stands; adding it again changes nothing, unless the first is undone.
- A subset whose creation is undone is in the bin, like a deleted one, with all that others put into it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from explorer.data.counts import counted
from explorer.data.subsets import Membership, Rejection, Subset
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.state import refuse_taken
from explorer.store.decisions.streams import EventKind, StreamKind, further

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explorer.store.decisions.events import Event

_Entry = TypeVar("_Entry")
_Fields = dict[str, Any]

Kind = Literal["created", "edited", "added", "removed", "rejected", "judged", "deleted", "restored"]


# What each event changes: the new values of some fields.


def _created(_before: Subset | None, event: Event) -> Subset:
    facts = {name: event.payload[name] for name in ("name", "note", "category", "colour", "target", "rule")}
    empty = Subset(
        key=event.key,
        created_by=event.author,
        created_at=event.time,
        updated_at=event.time,
        members=Snapshot(),
        rejected=Snapshot(),
        remove=event.payload.get("remove", False),
        **facts,
        **_further(event),
    )
    return replace(empty, **_added(empty, event))


def _created_in_the_bin(before: Subset | None, event: Event) -> Subset:
    return replace(_created(before, event), deleted=True)


def _edited(_subset: Subset, event: Event) -> _Fields:
    return {**event.payload["changes"], **_further(event)}


def _further(event: Event) -> _Fields:
    return {field: tuple(value) for field, value in further(event.payload).items()}


def _added(subset: Subset, event: Event) -> _Fields:
    added = {
        each: Membership(each, origin, score, event.author, event.time)
        for each, origin, score in event.payload["members"]
    }
    return {"members": _with(subset.members, added), "rejected": _without(subset.rejected, added)}


def _removed(subset: Subset, event: Event) -> _Fields:
    return {"members": _without(subset.members, event.payload["ids"])}


def _rejected(subset: Subset, event: Event) -> _Fields:
    rejected = {no: Rejection(no, score, event.author, event.time) for no, score in event.payload["candidates"]}
    return {"members": _without(subset.members, rejected), "rejected": _with(subset.rejected, rejected)}


def _judged(subset: Subset, event: Event) -> _Fields:
    return _rejected(replace(subset, **_added(subset, event)), event)


def _deleted(_subset: Subset, _event: Event) -> _Fields:
    return {"deleted": True}


def _restored(_subset: Subset, _event: Event) -> _Fields:
    return {"deleted": False}


def _nothing(_subset: Subset, _event: Event) -> _Fields:
    return {}


def _with(entries: Mapping[str, _Entry], new: Mapping[str, _Entry]) -> Snapshot[_Entry]:
    """The entries and those of the new ones that are not among them."""
    fresh = {each: value for each, value in new.items() if each not in entries} if entries else new
    return _snapshot(entries).changed(fresh)


def _without(entries: Mapping[str, _Entry], gone: Iterable[str]) -> Snapshot[_Entry]:
    held = [each for each in gone if each in entries] if entries else []
    return _snapshot(entries).changed(dict.fromkeys(held))


def _snapshot(entries: Mapping[str, _Entry]) -> Snapshot[_Entry]:
    return cast("Snapshot[_Entry]", entries)  # every subset here is of `_created`


def _changing(fields: Callable[[Subset, Event], _Fields]) -> Callable[[Subset | None, Event], Subset | None]:
    """The subset after an event; without its creation, which may be damaged, there is none."""
    return lambda subset, event: subset and replace(subset, updated_at=event.time, **fields(subset, event))


# How each event reads.


def _say_created(payload: Mapping[str, Any]) -> str:
    return f"created {_name(payload)}" + (f" with {_members(payload['members'])}" if payload["members"] else "")


def _say_edited(payload: Mapping[str, Any]) -> str:
    name, changes = _name(payload), {**payload["changes"], **further(payload)}
    if list(changes) == ["remove"]:
        return f"marked {name} for removal" if changes["remove"] else f"marked {name} to be kept"
    fields = " and ".join([field for field in changes if field != "name"])
    if "name" not in changes:
        return f"changed the {fields} of {name}"
    return f"renamed {name} to “{changes['name']}”" + (f" and changed its {fields}" if fields else "")


def _say_added(payload: Mapping[str, Any]) -> str:
    return f"added {_members(payload['members'], f' to {_name(payload)}')}"


def _say_removed(payload: Mapping[str, Any]) -> str:
    return f"removed {_count(len(payload['ids']), 'member')} from {_name(payload)}"


def _say_rejected(payload: Mapping[str, Any]) -> str:
    return f"rejected {_count(len(payload['candidates']), 'candidate')} for {_name(payload)}"


def _say_judged(payload: Mapping[str, Any]) -> str:
    accepted, rejected = len(payload["members"]), len(payload["candidates"])
    return f"accepted {accepted:,} and rejected {_count(rejected, 'candidate')} for {_name(payload)}"


def _say_deleted(payload: Mapping[str, Any]) -> str:
    return f"deleted {_name(payload)}"


def _say_restored(payload: Mapping[str, Any]) -> str:
    return f"restored {_name(payload)}"


def _name(payload: Mapping[str, Any]) -> str:
    return f"“{payload['name']}”"


def _count(number: int, noun: str) -> str:
    return counted(number, noun)


def _members(rows: list[list[Any]], where: str = "") -> str:
    origins = Counter(origin for _, origin, _ in rows)
    told = [f"{number:,} {origin}" for origin, number in origins.most_common()]
    return f"{_count(len(rows), 'member')}{where} ({', '.join(told if len(told) > 1 else origins)})"


# What undo and redo may not bring about.


def _refuse_a_name_twice(subsets: Mapping[str, Subset], key: str, after: Subset | None) -> None:
    if after and not after.deleted:
        refuse_taken([each for each in subsets.values() if not each.deleted], after.name, key)


SUBSET = StreamKind(
    name="subset",
    events={
        "created": EventKind(_created, _say_created, undone=_created_in_the_bin),
        "edited": EventKind(_changing(_edited), _say_edited),
        "added": EventKind(_changing(_added), _say_added),
        "removed": EventKind(_changing(_removed), _say_removed),
        "rejected": EventKind(_changing(_rejected), _say_rejected),
        "judged": EventKind(_changing(_judged), _say_judged),
        "deleted": EventKind(_changing(_deleted), _say_deleted),
        "restored": EventKind(_changing(_restored), _say_restored),
    },
    refuse=_refuse_a_name_twice,
    reverted=_changing(_nothing),
)
