"""From events to the current state: pure functions, no database.

The state is what remains when all events are replayed in order without the undone ones. What no longer
applies (removing an image that is not there) changes nothing. Two rules keep what several people decide:

- The first membership of an image stands; adding it again changes nothing, unless the first is undone.
- A subset whose creation is undone is in the bin, like a deleted one, with all that others put into it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from explorer.data.subsets import Membership, Rejection, Subset
from explorer.store.decisions.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from explorer.store.decisions.events import Event


def undone_in(events: Iterable[Event], before: AbstractSet[str] = frozenset()) -> set[str]:
    """Ids of the events that are undone after these events."""
    undone = set(before)
    for event in events:
        if event.kind == "undone":
            undone.add(event.payload["event"])
        elif event.kind == "redone":
            undone.discard(event.payload["event"])
    return undone


def replay(events: Iterable[Event], undone: AbstractSet[str], start: Subset | None = None) -> Subset | None:
    """One subset after its events.

    Args:
        events: of this subset only, in order; all of them, or those that come after `start`.
        undone: ids of events that do not count.
        start: the subset before these events.

    Returns:
        None when it was never created.
    """
    subset = start
    members = dict(start.members) if start else {}
    rejected = dict(start.rejected) if start else {}
    for event in events:
        if event.kind == "created":
            subset = _created(event, deleted=event.id in undone)
        elif subset is None or event.id in undone:
            continue
        subset = _with_facts(subset, event)
        _count_in(event, members, rejected)
    if subset is None:
        return None
    return replace(subset, members=MappingProxyType(members), rejected=MappingProxyType(rejected))


def _created(event: Event, *, deleted: bool) -> Subset:
    facts = {name: event.payload[name] for name in ("name", "note", "category", "colour", "target", "rule")}
    return Subset(
        key=event.subset,
        created_by=event.author,
        created_at=event.time,
        updated_at=event.time,
        deleted=deleted,
        **facts,
    )


def _with_facts(subset: Subset, event: Event) -> Subset:
    if event.kind == "edited":
        subset = replace(subset, **event.payload["changes"])
    elif event.kind in ("deleted", "restored"):
        subset = replace(subset, deleted=event.kind == "deleted")
    return replace(subset, updated_at=event.time)


def _count_in(event: Event, members: dict[str, Membership], rejected: dict[str, Rejection]) -> None:
    match event.kind:
        case "created" | "added":
            for member in event.members:
                rejected.pop(member.id, None)
                members.setdefault(member.id, Membership(*member, event.author, event.time))
        case "removed":
            for gone in event.payload["ids"]:
                members.pop(gone, None)
        case "rejected":
            for no, score in event.payload["candidates"]:
                members.pop(no, None)
                rejected.setdefault(no, Rejection(no, score, event.author, event.time))


@dataclass
class Fold:
    """The state after the events so far, carried on as new ones come.

    Attributes:
        sequence: number of the last event taken in.
        subsets: by key, in the order of creation, deleted ones too.
        undone: ids of the events undone so far.
        done: for each author the ids of the events that undo can take back, newest last.
        redo: for each author the ids of the events that redo can bring back, next one last.
        damaged: sequence numbers of the rows left out.
    """

    sequence: int = 0
    subsets: dict[str, Subset] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    done: dict[str, list[str]] = field(default_factory=dict)
    redo: dict[str, list[str]] = field(default_factory=dict)
    damaged: list[int] = field(default_factory=list)

    def advance(
        self, events: Sequence[Event], stream: Callable[[str], Sequence[Event]], damaged: Sequence[int] = ()
    ) -> None:
        """Take in the next events.

        Args:
            events: all sound ones that come after `sequence`, in order.
            stream: gives all events of one subset up to the last of `events`; asked only where some old event
                is undone or redone.
            damaged: sequence numbers of the rows after `sequence` that are not sound.
        """
        undone = undone_in(events, self.undone)
        by_subset: dict[str, list[Event]] = {}
        for event in events:
            by_subset.setdefault(event.subset, []).append(event)
        changed = {}
        for key, fresh in by_subset.items():
            old = self.subsets.get(key)
            again = old is not None and any(event.kind in ("undone", "redone") for event in fresh)
            changed[key] = replay(stream(key), undone) if again else replay(fresh, undone, old)
        # nothing was touched so far: where `stream` fails, the next call starts from the same place
        self.undone = undone
        self.subsets.update({key: subset for key, subset in changed.items() if subset})
        for event in events:
            self._remember(event)
        self.damaged.extend(damaged)
        self.sequence = max([self.sequence, *damaged, *(event.sequence for event in events)])

    def state(self) -> State:
        """What stands now."""
        living = tuple(subset for subset in self.subsets.values() if not subset.deleted)
        binned = tuple(subset for subset in self.subsets.values() if subset.deleted)
        return State(self.sequence, living, binned, tuple(self.damaged))

    def _remember(self, event: Event) -> None:
        done, redo = self.done.setdefault(event.author, []), self.redo.setdefault(event.author, [])
        if event.kind not in ("undone", "redone"):
            done.append(event.id)
            redo.clear()
            return
        source, goal = (done, redo) if event.kind == "undone" else (redo, done)
        source[:] = [each for each in source if each != event.payload["event"]]
        goal.append(event.payload["event"])
