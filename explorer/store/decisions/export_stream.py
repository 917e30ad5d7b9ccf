"""Exports as a kind of decision: their events, what each changes, and how it reads.

Each is a stream named by the digest of what was written, so that noting it twice changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.counts import counted
from explorer.data.exports import ExportRecord
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.store.decisions.events import Event


def _exported(before: ExportRecord | None, event: Event) -> ExportRecord:
    if before and not before.taken_back:
        return before
    said = event.payload
    return ExportRecord(
        digest=event.key,
        place=said["name"],
        form=said["form"],
        labels=said["labels"],
        subsets=tuple(said["subsets"]),
        everything=said["everything"],
        without=tuple(said["without"]),
        images=said["images"],
        author=event.author,
        time=event.time,
    )


def _not_exported(before: ExportRecord | None, event: Event) -> ExportRecord:
    return before or replace(_exported(None, event), taken_back=True)


def _say_exported(payload: Mapping[str, Any]) -> str:
    many = payload["images"]
    return f"exported {counted(many, 'row')} as {payload['form']} to {payload['name']}"


def _refuse_nothing(_standing: Mapping[str, Any], _key: str, _after: Any) -> None:  # noqa: ANN401 - each kind has values of its own
    """Any note may be taken back."""


EXPORT = StreamKind(
    name="export",
    events={"exported": EventKind(_exported, _say_exported, undone=_not_exported)},
    refuse=_refuse_nothing,
)
