"""The events of the decisions store: their nouns, their form in the database, and the checksum of each.

An event carries the checksum of the one before it, so that all of them are a chain in which none can be removed,
changed or moved unseen. An event of revision 0001 was written without that, and with the key alone of its stream: its
checksum is of those values still, and the migration gave it the checksum before it beside them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALL_OF_0001 = "subset:"  # the one kind of stream there was, so that no event of it passes for another's


@dataclass(frozen=True)
class Event:
    """One decision of one person, exactly as it was written.

    Attributes:
        sequence: its place in the database, increasing from 1 (gaps are possible).
        id: unique id (uuid4 hex).
        time: when, UTC.
        author: who.
        kind: what.
        stream: what it is about, `KIND:KEY`, such as `subset:KEY`.
        payload: JSON values: always ``name`` (of what it is about, at that time), ``reason`` and ``context``
            (from which selection, model and layout); by kind ``members``, ``ids``, ``candidates``,
            ``changes``, ``event``.
        previous: checksum of the event before it, empty for the first.
        undone: whether it is undone now; only `Decisions.history` knows, elsewhere False.
    """

    sequence: int
    id: str
    time: datetime
    author: str
    kind: str
    stream: str
    payload: Mapping[str, Any]
    previous: str = ""
    undone: bool = False

    @property
    def stream_kind(self) -> str:
        """The kind of decision: `subset` of `subset:KEY`."""
        return self.stream.partition(":")[0]

    @property
    def key(self) -> str:
        """What it is about: `KEY` of `subset:KEY`."""
        return self.stream.partition(":")[2]

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        from explorer.store.decisions.sentences import phrase

        return f"{self.author} {phrase(self)}."


def encode(payload: Mapping[str, Any]) -> str:
    """The payload as compact JSON.

    Raises:
        SubsetError: it is not JSON, or some text in it cannot be stored.
    """
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError) as error:
        raise SubsetError(f"A decision must be plain JSON values and storable text; {error}.") from error
    return text


def checksum(*parts: str) -> str:
    """SHA-256 of the parts, none of which can contain the NUL that separates them."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def to_row(event: Event) -> dict[str, str]:
    """The event as columns of the database, without its sequence number, which the database gives."""
    columns = {
        "id": event.id,
        "time": event.time.astimezone(UTC).isoformat(timespec="microseconds"),
        "author": event.author,
        "kind": event.kind,
        "stream": event.stream,
        "payload": encode(event.payload),
        "previous": event.previous,
    }
    return {**columns, "checksum": checksum(*columns.values())}


def from_row(sequence: int, *columns: str) -> Event:
    """The event in a row of the database; columns in the order of `to_row`.

    Raises:
        ValueError: the row is not the one that was written.
    """
    *parts, written = columns
    if set(map(type, parts)) != {str} or not _is_of(written, parts):
        raise ValueError(f"event {sequence} does not match its checksum")
    event_id, time, author, kind, stream, payload, previous = parts
    return Event(sequence, event_id, datetime.fromisoformat(time), author, kind, stream, json.loads(payload), previous)


def _is_of(written: str, parts: Sequence[str]) -> bool:
    """Whether a checksum is of these columns, or of what revision 0001 had of them."""
    if written == checksum(*parts):
        return True
    *unchanged, stream, payload, _previous = parts
    return written == checksum(*unchanged, stream.removeprefix(_ALL_OF_0001), payload)
