"""Rounds of review as a kind of decision: their events, what each changes, and how it reads.

The protocol is frozen by the first event; what is done otherwise afterwards is a deviation, which stays. A round whose
start is undone is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.counts import counted
from explorer.data.verdicts import Deviation, Round, read_protocol
from explorer.errors import ReviewError
from explorer.store.decisions.state import same_name
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explorer.store.decisions.events import Event

    Changing = Callable[[Round | None, Event], Round | None]


def _started(_before: Round | None, event: Event) -> Round:
    said = event.payload
    protocol = read_protocol(said["protocol"])
    return Round(event.key, protocol, protocol, said["digest"], event.author, event.time, repeats=said["repeats"])


def _not_started(before: Round | None, event: Event) -> Round:
    return before or replace(_started(before, event), undone=True)


def _deviated(one: Round, event: Event) -> dict[str, Any]:
    changes = event.payload["changes"]
    deviation = Deviation(changes, event.payload["reason"], event.author, event.time)
    protocol = read_protocol({**one.protocol.facts(), **changes})
    return {"protocol": protocol, "deviations": (*one.deviations, deviation)}


def _changing(fields: Callable[[Round, Event], dict[str, Any]]) -> Changing:
    """The round after an event; without its start, which may be damaged, there is none."""
    return lambda one, event: one and replace(one, **fields(one, event))


def _say_started(payload: Mapping[str, Any]) -> str:
    protocol = read_protocol(payload["protocol"])
    many = counted(len(protocol.ids), "item")
    return f"started the round “{payload['name']}” of {many} for {', '.join(protocol.reviewers)}"


def _say_deviated(payload: Mapping[str, Any]) -> str:
    changed = " and ".join(payload["changes"])
    return f"deviated from the protocol of “{payload['name']}”" + (f" in its {changed}" if changed else "")


def refuse_taken(rounds: Iterable[Round], name: str, key: str = "") -> None:
    """Raise ReviewError where a round other than the one with this key has the name."""
    for each in rounds:
        if not each.undone and each.key != key and same_name(each.name) == same_name(name):
            raise ReviewError(f"The name “{each.name}” is taken by a round of {each.started_by}. Choose another.")


def _refuse_a_name_twice(rounds: Mapping[str, Round], key: str, after: Round | None) -> None:
    if after and not after.undone:
        refuse_taken(rounds.values(), after.name, key)


ROUND = StreamKind(
    name="round",
    events={
        "started": EventKind(_started, _say_started, undone=_not_started),
        "deviated": EventKind(_changing(_deviated), _say_deviated),
        "closed": EventKind(
            _changing(lambda _one, event: {"closed": event.payload["reason"]}),
            lambda payload: f"closed the round “{payload['name']}”",
        ),
        "reopened": EventKind(
            _changing(lambda _one, _event: {"closed": ""}),
            lambda payload: f"opened the round “{payload['name']}” again",
        ),
    },
    refuse=_refuse_a_name_twice,
)
"""What people decide about rounds of review."""
