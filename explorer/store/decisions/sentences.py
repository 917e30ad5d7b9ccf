"""One sentence per event, for the history page and for the label of the undo button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.store.decisions.kinds import KINDS

if TYPE_CHECKING:
    from explorer.store.decisions.events import Event


def phrase(event: Event) -> str:
    """What somebody did, without who: ``added 12 members to “Blurry” (lasso)``."""
    because = f": {event.payload['reason']}" if event.payload["reason"] else ""
    return _did(event) + because


def _did(event: Event) -> str:
    match event.kind:
        case "undone":
            return f"undid: {event.payload['what']}"
        case "redone":
            return f"redid: {event.payload['what']}"
        case _:
            return KINDS[event.stream_kind].events[event.kind].phrase(event.payload)
