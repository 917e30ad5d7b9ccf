"""Verdicts as a kind of decision: their events, what each changes, and how it reads.

Each reviewer of a round has a stream, so that one who undoes reads no more again than what they said themselves. The
newest verdict on an item stands, of each occasion; sentences do not say what it was, as others may read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.data.counts import counted
from explorer.data.verdicts import Verdict
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.store.decisions.events import Event

SAID = ("verdict", "severity", "reason", "categories", "comment", "seconds")
"""The fields of a verdict that a reviewer fills in, as its row has them after id and reading."""

_SEPARATOR = "/"  # no key of a round has it


def stream_key(round_key: str, reviewer: str) -> str:
    """The key of the stream of what one reviewer says in a round."""
    return f"{round_key}{_SEPARATOR}{reviewer}"


def is_of(stream: str, round_key: str) -> bool:
    """Whether a stream with this key is of a round."""
    return stream.partition(_SEPARATOR)[0] == round_key


def slot(verdict: Verdict) -> str:
    """What a verdict replaces: that on the same item on the same occasion."""
    return f"{verdict.reading} {verdict.id}"


def to_row(verdict: Verdict) -> list[Any]:
    """A verdict as an event keeps it; round and reviewer say its stream, the time says the event."""
    said = [getattr(verdict, field) for field in SAID]
    return [verdict.id, verdict.reading, *(list(each) if isinstance(each, tuple) else each for each in said)]


def _given(before: Snapshot[Verdict] | None, event: Event) -> Snapshot[Verdict]:
    key, _, reviewer = event.key.partition(_SEPARATOR)
    given = [_verdict(key, reviewer, row, event) for row in event.payload["verdicts"]]
    return (before or Snapshot()).changed({slot(each): each for each in given})


def _verdict(key: str, reviewer: str, row: list[Any], event: Event) -> Verdict:
    each, reading, *values = row
    said = dict(zip(SAID, values, strict=True))
    said["categories"] = tuple(said["categories"])
    return Verdict(key, each, reviewer, time=event.time, reading=reading, **said)


def _not_given(before: Snapshot[Verdict] | None, _event: Event) -> Snapshot[Verdict]:
    return before or Snapshot()


def _say_given(payload: Mapping[str, Any]) -> str:
    number, reviewer = len(payload["verdicts"]), payload["reviewer"]
    whose = f" of {reviewer}" if payload["on_behalf"] else ""
    return f"gave {counted(number, 'verdict')}{whose} in “{payload['name']}”"


def _refuse_nothing(_standing: Mapping[str, Any], _key: str, _after: Any) -> None:  # noqa: ANN401 - each kind has values of its own
    """Any verdict may be taken back while the round is open, which its verbs see to."""


VERDICT = StreamKind(
    name="verdict",
    events={"given": EventKind(_given, _say_given, undone=_not_given)},
    refuse=_refuse_nothing,
)
"""What reviewers say."""
