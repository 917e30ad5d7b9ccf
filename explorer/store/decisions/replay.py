"""From events to what stands: pure functions, no database, and no word of what the decisions are about.

What stands is what remains when all events are replayed in order without the undone ones.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.store.decisions.kinds import KINDS
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.streams import REVERSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from explorer.store.decisions.events import Event

    Stream = Callable[[str, int], Sequence[Event]]

RECENT = 20
"""Newest events of a stream that are undone without reading the whole stream again."""


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


class Before(NamedTuple):
    """What stood in a stream before one of its events."""

    event: str
    sequence: int
    value: Any


class After(NamedTuple):
    """What stands in a stream, None where nothing does, and what stood before each of its newest events."""

    value: Any
    recent: deque[Before]


def replay(events: Iterable[Event], undone: AbstractSet[str], start: Any, recent: Iterable[Before]) -> After:  # noqa: ANN401 - of any kind
    """Carry one stream on.

    Args:
        events: the next ones of this stream, in order.
        undone: ids of events that do not count.
        start: what stood before these events.
        recent: what stood before each of the newest events until then.
    """
    value, newest = start, deque(recent, RECENT)
    for event in events:
        newest.append(Before(event.id, event.sequence, value))
        value = _step(value, event, undone)
    return After(value, newest)


def _step(value: Any, event: Event, undone: AbstractSet[str]) -> Any:  # noqa: ANN401
    kind = KINDS[event.stream_kind]
    if event.kind in REVERSALS:
        return kind.reverted(value, event)
    known = kind.events[event.kind]
    return known.undone(value, event) if event.id in undone else known.apply(value, event)


@dataclass
class Replay:
    """What stands after the events so far, carried on as new ones come.

    Attributes:
        sequence: number of the last event taken in.
        streams: by kind of stream, what stands in each stream by its key.
        recent: by stream, what stood before each of its newest events: undoing one of them starts again from there.
        undone: ids of the events undone so far.
        done: for each kind of stream and author the ids of the events that undo can take back, newest last.
        redo: for each kind of stream and author the ids of the events that redo can bring back, next one last.
        damaged: sequence numbers of the rows left out.
    """

    sequence: int = 0
    streams: dict[str, Snapshot[Any]] = field(default_factory=dict)
    recent: dict[str, deque[Before]] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    done: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    redo: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    damaged: list[int] = field(default_factory=list)

    def advance(self, events: Sequence[Event], stream: Stream, damaged: Sequence[int] = ()) -> None:
        """Take in the next events.

        Args:
            events: all sound ones that come after `sequence`, in order.
            stream: gives the events of one stream from a sequence number on, up to the last of `events`; asked only
                where some old event is undone or redone.
            damaged: sequence numbers of the rows after `sequence` that are not sound.
        """
        undone = self.undone_after(events)
        by_stream: dict[str, list[Event]] = {}
        for event in events:
            by_stream.setdefault(event.stream, []).append(event)
        changed = [(fresh[0], self.after(fresh, undone, stream)) for fresh in by_stream.values()]
        # nothing was touched so far: where `stream` fails, the next call starts from the same place
        self.undone = undone
        for event, after in changed:
            self._put(event, after)
        for event in events:
            self._remember(event)
        self.damaged.extend(damaged)
        self.sequence = max([self.sequence, *damaged, *(event.sequence for event in events)])

    def undone_after(self, events: Iterable[Event]) -> set[str]:
        """Ids of the events that are undone after these events."""
        undone = self.undone
        for event in events:
            if event.kind == "undone":
                undone = undone | {event.payload["event"]}
            elif event.kind == "redone":
                undone = undone - {event.payload["event"]}
        return undone

    def after(self, fresh: Sequence[Event], undone: AbstractSet[str], stream: Stream) -> After:
        """What will stand in a stream after fresh events of it."""
        name, kind, key = fresh[0].stream, fresh[0].stream_kind, fresh[0].key
        recent = self.recent.get(name, deque())
        reverted = {event.payload["event"] for event in fresh if event.kind in REVERSALS}
        reverted -= {event.id for event in fresh}
        if not reverted:
            return replay(fresh, undone, self.streams.get(kind, Snapshot()).get(key), recent)
        if reverted <= {before.event for before in recent}:
            kept = list(takewhile(lambda before: before.event not in reverted, recent))
            start = recent[len(kept)]
            return replay(stream(name, start.sequence), undone, start.value, kept)
        return replay(stream(name, 0), undone, None, ())

    def standing(self) -> Standing:
        """What stands now."""
        return Standing(self.sequence, MappingProxyType(self.streams.copy()), tuple(self.damaged))

    def _put(self, event: Event, after: After) -> None:
        """Let this stand in the stream of the event."""
        self.recent[event.stream] = after.recent
        if after.value is not None:
            standing = self.streams.get(event.stream_kind, Snapshot())
            self.streams[event.stream_kind] = standing.changed({event.key: after.value})

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
