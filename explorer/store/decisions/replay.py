"""From events to what stands: pure functions, no database, and no word of what the decisions are about.

What stands is what remains when all events are replayed in order without the undone ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from explorer.store.decisions.kinds import KINDS
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.streams import REVERSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from explorer.store.decisions.events import Event


@dataclass(frozen=True)
class Standing:
    """What stands after the event with number `sequence`.

    Attributes:
        streams: by kind of stream, what stands in each stream by its key, in the order of beginning.
        damaged: sequence numbers of the rows that are not as they were written, and are left out.
    """

    sequence: int = 0
    streams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    damaged: tuple[int, ...] = ()

    def of(self, kind: str) -> Mapping[str, Any]:
        """What stands in the streams of a kind, by key."""
        return self.streams.get(kind, {})


def undone_in(events: Iterable[Event], before: AbstractSet[str] = frozenset()) -> set[str]:
    """Ids of the events that are undone after these events."""
    undone = set(before)
    for event in events:
        if event.kind == "undone":
            undone.add(event.payload["event"])
        elif event.kind == "redone":
            undone.discard(event.payload["event"])
    return undone


def replay(events: Iterable[Event], undone: AbstractSet[str], start: Any = None) -> Any:  # noqa: ANN401 - of any kind
    """What stands in one stream after its events.

    Args:
        events: of this stream only, in order; all of them, or those that come after `start`.
        undone: ids of events that do not count.
        start: what stood before these events.

    Returns:
        None where nothing stands, as where the event that begins the stream is damaged.
    """
    value = start
    for event in events:
        kind = KINDS[event.stream_kind]
        if event.id in undone:
            value = kind.events[event.kind].undone(value, event)
        elif event.kind in REVERSALS:
            value = kind.touch(value, event)
        else:
            value = kind.touch(kind.events[event.kind].apply(value, event), event)
    return value


@dataclass
class Replay:
    """What stands after the events so far, carried on as new ones come.

    Attributes:
        sequence: number of the last event taken in.
        streams: by kind of stream, what stands in each stream by its key.
        undone: ids of the events undone so far.
        done: for each kind of stream and author the ids of the events that undo can take back, newest last.
        redo: for each kind of stream and author the ids of the events that redo can bring back, next one last.
        damaged: sequence numbers of the rows left out.
    """

    sequence: int = 0
    streams: dict[str, Snapshot[Any]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    done: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    redo: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    damaged: list[int] = field(default_factory=list)

    def advance(
        self, events: Sequence[Event], stream: Callable[[str], Sequence[Event]], damaged: Sequence[int] = ()
    ) -> None:
        """Take in the next events.

        Args:
            events: all sound ones that come after `sequence`, in order.
            stream: gives all events of one stream up to the last of `events`; asked only where some old event
                is undone or redone.
            damaged: sequence numbers of the rows after `sequence` that are not sound.
        """
        reversals = [event for event in events if event.kind in REVERSALS]
        undone = undone_in(reversals, self.undone) if reversals else self.undone
        changed = self._changed(events, undone, stream)
        # nothing was touched so far: where `stream` fails, the next call starts from the same place
        self.undone = undone
        for kind, values in changed.items():
            self.streams[kind] = self.streams.get(kind, Snapshot()).changed(values)
        for event in events:
            self._remember(event)
        self.damaged.extend(damaged)
        self.sequence = max([self.sequence, *damaged, *(event.sequence for event in events)])

    def standing(self) -> Standing:
        """What stands now."""
        return Standing(self.sequence, MappingProxyType(self.streams.copy()), tuple(self.damaged))

    def _changed(
        self, events: Sequence[Event], undone: AbstractSet[str], stream: Callable[[str], Sequence[Event]]
    ) -> dict[str, dict[str, Any]]:
        """By kind and key, what stands in the streams of these events after them."""
        by_stream: dict[str, list[Event]] = {}
        for event in events:
            by_stream.setdefault(event.stream, []).append(event)
        changed: dict[str, dict[str, Any]] = {}
        for name, fresh in by_stream.items():
            kind, key = fresh[0].stream_kind, fresh[0].key
            old = self.streams.get(kind, Snapshot()).get(key)
            again = old is not None and any(event.kind in REVERSALS for event in fresh)
            value = replay(stream(name), undone) if again else replay(fresh, undone, old)
            if value is not None:
                changed.setdefault(kind, {})[key] = value
        return changed

    def _remember(self, event: Event) -> None:
        line = (event.stream_kind, event.author)
        done, redo = self.done.setdefault(line, []), self.redo.setdefault(line, [])
        if event.kind not in REVERSALS:
            done.append(event.id)
            redo.clear()
            return
        source, goal = (done, redo) if event.kind == "undone" else (redo, done)
        source[:] = [each for each in source if each != event.payload["event"]]
        goal.append(event.payload["event"])
