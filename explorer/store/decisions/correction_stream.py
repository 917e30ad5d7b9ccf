"""Corrections of labels as a kind of decision: their events, what each changes, and how it reads.

All of a workspace are one stream, so that what is decided at once, as of a pair of classes or of a file that came back,
is one event and is undone as one. What stands is the newest answer of each image or box; where that is undone, the one
before it. The boxes of an image are decided on together, and what was said of their single labels before that counts no
more: so where a label stands beside the boxes of its image, it is the newer of the two.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from explorer.data.corrections import RECEIVED, CorrectedBoxes, Correction, LabelledBox
from explorer.data.counts import counted
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.streams import EventKind, StreamKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from explorer.store.decisions.events import Event

LABELS = "labels"
"""The key of the stream, and what its events are about."""

_TOLD = 3


@dataclass(frozen=True)
class Corrected:
    """What stands.

    Attributes:
        labels: by id of an image or box.
        boxes: by id of an image.
    """

    labels: Snapshot[Correction] = field(default_factory=Snapshot)
    boxes: Snapshot[CorrectedBoxes] = field(default_factory=Snapshot)


def _labelled(before: Corrected | None, event: Event) -> Corrected:
    how = _how(event)
    said = {each: Correction(each, given, label, *how) for each, given, label in event.payload["labels"]}
    stood = before or Corrected()
    return replace(stood, labels=stood.labels.changed(said))


def _boxed(before: Corrected | None, event: Event) -> Corrected:
    stood = before or Corrected()
    how = _how(event)
    said = {
        image: CorrectedBoxes(image, _boxes(given), _boxes(boxes), *how)
        for image, given, boxes in event.payload["boxes"]
    }
    decided = [*said.values(), *(stood.boxes[image] for image in said if image in stood.boxes)]
    overtaken = {box.id: None for one in decided for box in (*one.given, *one.boxes) if box.id in stood.labels}
    return Corrected(stood.labels.changed(overtaken), stood.boxes.changed(said))


def _how(event: Event) -> tuple[str, str, datetime, bool]:
    """From where, by whom and when, and whether it came back in a file."""
    return event.payload["source"], event.author, event.time, RECEIVED in event.payload["context"]


def _boxes(rows: Sequence[Sequence[Any]]) -> tuple[LabelledBox, ...]:
    return tuple(LabelledBox(*row) for row in rows)


def _as_it_stood(before: Corrected | None, _event: Event) -> Corrected:
    return before or Corrected()


def _say_labelled(payload: Mapping[str, Any]) -> str:
    rows = payload["labels"]
    confirmed = sum(given == label for _, given, label in rows)
    changed = Counter((given, label) for _, given, label in rows if given != label)
    told = ", ".join(f"{given or 'no label'} → {label}" for (given, label), _ in changed.most_common(_TOLD))
    more = ", …" if len(changed) > _TOLD else ""
    parts = [f"corrected {_counted(changed.total(), 'label')} ({told}{more})"] if changed else []
    parts += [f"confirmed {_counted(confirmed, 'label')}"] if confirmed else []
    return " and ".join(parts)


def _say_boxed(payload: Mapping[str, Any]) -> str:
    told = ", ".join(f"{number:,} {what}" for what, number in payload["changes"].items() if number)
    images = _counted(len(payload["boxes"]), "image")
    return f"corrected the boxes of {images} ({told})" if told else f"confirmed the boxes of {images}"


def _counted(number: int, what: str) -> str:
    return counted(number, what)


def _refuse_nothing(_standing: Mapping[str, Any], _key: str, _after: Any) -> None:  # noqa: ANN401 - each kind has values of its own
    """Any answer may be taken back."""


CORRECTION = StreamKind(
    name="correction",
    events={
        "labelled": EventKind(_labelled, _say_labelled, undone=_as_it_stood),
        "boxed": EventKind(_boxed, _say_boxed, undone=_as_it_stood),
    },
    refuse=_refuse_nothing,
)
"""What people decide about labels."""
