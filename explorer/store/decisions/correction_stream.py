"""Corrections of labels as a kind of decision: their events, what each changes, and how it reads.

All of a workspace are one stream, so that what is decided at once, as of a pair of classes or of a file that came back,
is one event and is undone as one. What stands is the newest answer of each image or box; where that is undone, the one
before it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from explorer.data.corrections import Correction
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.store.decisions.events import Event

LABELS = "labels"
"""The key of the stream, and what its events are about."""

_TOLD = 3


def _labelled(before: Snapshot[Correction] | None, event: Event) -> Snapshot[Correction]:
    source = event.payload["source"]
    said = {
        each: Correction(each, given, label, source, event.author, event.time)
        for each, given, label in event.payload["labels"]
    }
    return (before or Snapshot()).changed(said)


def _not_labelled(before: Snapshot[Correction] | None, _event: Event) -> Snapshot[Correction]:
    return before or Snapshot()


def _say_labelled(payload: Mapping[str, Any]) -> str:
    rows = payload["labels"]
    confirmed = sum(given == label for _, given, label in rows)
    changed = Counter((given, label) for _, given, label in rows if given != label)
    told = ", ".join(f"{given or 'no label'} → {label}" for (given, label), _ in changed.most_common(_TOLD))
    more = ", …" if len(changed) > _TOLD else ""
    parts = [f"corrected {_labels(changed.total())} ({told}{more})"] if changed else []
    parts += [f"confirmed {_labels(confirmed)}"] if confirmed else []
    return " and ".join(parts)


def _labels(number: int) -> str:
    return f"{number:,} label{'' if number == 1 else 's'}"


def _refuse_nothing(_standing: Mapping[str, Any], _key: str, _after: Any) -> None:  # noqa: ANN401 - each kind has values of its own
    """Any answer may be taken back."""


CORRECTION = StreamKind(
    name="correction",
    events={"labelled": EventKind(_labelled, _say_labelled, undone=_not_labelled)},
    refuse=_refuse_nothing,
)
