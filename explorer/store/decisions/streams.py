"""What a kind of decision says of itself: the events of its streams, what they change, and how they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from explorer.store.decisions.events import Event

    Step = Callable[[Any, Event], Any]

REVERSALS = ("undone", "redone")
"""Kinds of event that every stream has; what they take back or bring back is counted by the replay."""


FURTHER, ACTIONS = "further", "actions"
"""Under what a payload has what was said beyond what older programs know, over which these pass; and one such fact."""


def apart(facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts that older programs know, and what a payload has beside them for the others."""
    known = {field: value for field, value in facts.items() if field != ACTIONS}
    return known, {FURTHER: {ACTIONS: facts[ACTIONS]}} if ACTIONS in facts else {}


def further(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a payload has beyond what older programs know, by field."""
    found: Mapping[str, Any] = payload.get(FURTHER, {})
    return found


def unchanged(value: Any, _event: Event) -> Any:  # noqa: ANN401 - each kind has values of its own
    """The value as it is."""
    return value


@dataclass(frozen=True)
class EventKind:
    """One kind of event.

    Attributes:
        apply: what stands in the stream after the event, of what stood there before (None: nothing) and the event.
        phrase: what somebody did, of the payload, without who and why: ``added 2 members to “Blurry”``.
        undone: in place of `apply` for an event that is undone.
    """

    apply: Step
    phrase: Callable[[Mapping[str, Any]], str]
    undone: Step = unchanged


@dataclass(frozen=True)
class StreamKind:
    """One kind of decision. A new one, and a new kind of event, come with a new revision of the schema.

    Attributes:
        name: what its streams begin with, `subset` in `subset:KEY`.
        events: its kinds of event by name.
        refuse: raises where undo or redo would bring about what may not be; takes what stands in all its streams by
            key, the key, and what would stand there.
        reverted: as `EventKind.apply`, for the events that undo or redo another: what they change besides.
    """

    name: str
    events: Mapping[str, EventKind]
    refuse: Callable[[Mapping[str, Any], str, Any], None]
    reverted: Step = unchanged
