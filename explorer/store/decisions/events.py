"""The events of the decisions store: their nouns, their checks on the way in, their form in the database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from explorer.data.subsets import Member
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal[
    "created", "edited", "added", "removed", "rejected", "deleted", "restored", "undone", "redone"
]  # a new kind comes with a new schema revision, so that an older program refuses what it cannot fold


@dataclass(frozen=True)
class Event:
    """One decision of one person, exactly as it was written.

    Attributes:
        sequence: its place in the database, increasing from 1 (gaps are possible).
        id: unique id (uuid4 hex).
        time: when, UTC.
        author: who.
        kind: what.
        subset: key of the subset that it is about.
        payload: JSON values: always ``name`` (the subset's name at that time), ``reason`` and ``context``
            (from which selection, model and layout); by kind ``members``, ``ids``, ``candidates``,
            ``changes``, ``event``.
        undone: whether it is undone now; only `Decisions.history` knows, elsewhere False.
    """

    sequence: int
    id: str
    time: datetime
    author: str
    kind: Kind
    subset: str
    payload: Mapping[str, Any]
    undone: bool = False

    @property
    def members(self) -> list[Member]:
        """The members that this event adds."""
        return [Member(*row) for row in self.payload["members"]]

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        from explorer.store.decisions.sentences import phrase

        return f"{self.author} {phrase(self.kind, self.payload)}."


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
        "subset": event.subset,
        "payload": encode(event.payload),
    }
    return {**columns, "checksum": checksum(*columns.values())}


def from_row(sequence: int, *columns: str) -> Event:
    """The event in a row of the database; columns in the order of `to_row`.

    Raises:
        ValueError: the row is not the one that was written.
    """
    *parts, written = columns
    if not all(isinstance(part, str) for part in parts) or checksum(*parts) != written:
        raise ValueError(f"event {sequence} does not match its checksum")
    event_id, time, author, kind, subset, payload = parts
    # the checksum vouches for the kind
    return Event(
        sequence,
        event_id,
        datetime.fromisoformat(time),
        author,
        cast("Kind", kind),
        subset,
        json.loads(payload),
    )
