"""Findings as a kind of decision: their events, what each changes, and how it reads.

A finding on which nobody decided has no stream; one whose dismissal is undone is kept, like one that is kept again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.data.findings import DecidedFinding
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from explorer.store.decisions.events import Event


def _dismissed(_before: DecidedFinding | None, event: Event) -> DecidedFinding:
    said = event.payload
    return DecidedFinding(
        key=event.key,
        kind=said["kind"],
        title=said["name"],
        model=said["model"],
        definition=said["definition"],
        ids=frozenset(said["ids"]),
        dismissed=True,
        reason=said["reason"],
        author=event.author,
        time=event.time,
    )


def _not_dismissed(before: DecidedFinding | None, event: Event) -> DecidedFinding:
    return before or replace(_dismissed(before, event), dismissed=False)


def _kept(before: DecidedFinding | None, event: Event) -> DecidedFinding | None:
    """Kept again; without its dismissal, which may be damaged, there is nothing to keep."""
    return before and replace(before, dismissed=False, author=event.author, time=event.time)


FINDING = StreamKind(
    name="finding",
    events={
        "dismissed": EventKind(
            _dismissed, lambda payload: f"dismissed the finding “{payload['name']}”", undone=_not_dismissed
        ),
        "kept": EventKind(_kept, lambda payload: f"kept the finding “{payload['name']}” again"),
    },
    refuse=lambda _findings, _key, _after: None,  # whatever undo brings about may be
)
