"""Findings as a kind of decision: their events, what each changes, and how it reads.

A finding on which nobody decided has no stream; one whose dismissal is undone is kept, like one that is kept again.
What is recommended to do about one is said as it is kept, which is all that an older program reads of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.findings import DecidedFinding
from explorer.store.decisions.streams import ACTIONS, EventKind, StreamKind, further

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.store.decisions.events import Event


def _dismissed(before: DecidedFinding | None, event: Event) -> DecidedFinding:
    first = _told(event, event.payload)
    return replace(first, dismissed=True, reason=event.payload["reason"], actions=before.actions if before else ())


def _told(event: Event, said: Mapping[str, Any]) -> DecidedFinding:
    return DecidedFinding(
        key=event.key,
        kind=said["kind"],
        title=event.payload["name"],
        model=said["model"],
        definition=said["definition"],
        ids=frozenset(said["ids"]),
        dismissed=False,
        reason="",
        author=event.author,
        time=event.time,
    )


def _not_dismissed(before: DecidedFinding | None, event: Event) -> DecidedFinding:
    return before or replace(_dismissed(before, event), dismissed=False)


def _kept(before: DecidedFinding | None, event: Event) -> DecidedFinding | None:
    """Kept again; without its dismissal, which may be damaged, or what is recommended, there is nothing to keep."""
    said = further(event.payload)
    kept = _told(event, said) if said and not before else before
    if kept is None:
        return None
    actions = tuple(said[ACTIONS]) if said else kept.actions
    return replace(kept, dismissed=False, author=event.author, time=event.time, actions=actions)


def _say_kept(payload: Mapping[str, Any]) -> str:
    name = f"“{payload['name']}”"
    return f"changed the actions of the finding {name}" if further(payload) else f"kept the finding {name} again"


FINDING = StreamKind(
    name="finding",
    events={
        "dismissed": EventKind(
            _dismissed, lambda payload: f"dismissed the finding “{payload['name']}”", undone=_not_dismissed
        ),
        "kept": EventKind(_kept, _say_kept),
    },
    refuse=lambda _findings, _key, _after: None,  # whatever undo brings about may be
)
