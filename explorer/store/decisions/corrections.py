"""What people decided about labels: the verbs, each one event, durable when the call returns."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from explorer.data.corrections import box_changes, standing_boxes
from explorer.errors import CorrectionError
from explorer.store.decisions.correction_stream import CORRECTION, LABELS, Corrected
from explorer.store.decisions.log import append, why
from explorer.store.decisions.validation import clean, clean_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.data.corrections import CorrectedBoxes, Correction, LabelledBox
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log
    from explorer.store.decisions.replay import Standing

_STREAM = f"{CORRECTION.name}:{LABELS}"


class Corrections:
    """The corrections in a log of decisions: labels and boxes that were changed, or found right."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> Mapping[str, Correction]:
        """What stands of each label that somebody decided on, by the id of its image or box."""
        return _of(self.log.standing()).labels

    def boxes(self) -> Mapping[str, CorrectedBoxes]:
        """What stands of the boxes of each image that somebody decided on, by its id.

        A label of one of these boxes that is in `all` was decided on since: `standing_boxes` joins the two.
        """
        return _of(self.log.standing()).boxes

    def history(self, limit: int = 200) -> list[Event]:
        """The newest events, newest first, each with `undone` set."""
        return self.log.events(None, limit, CORRECTION.name)

    def label(
        self,
        labels: Mapping[str, str],
        given: Mapping[str, str | None],
        *,
        stood: Mapping[str, str | None] | None = None,
        author: str,
        source: str = "review",
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Say what labels are, as one decision.

        Args:
            labels: the right label by the id of an image or a box; where it is the given one, that is confirmed.
            given: the labels in the data, by id; None where there is none.
            stood: the labels that this was decided on, by id; None for whatever stands.
            author: who decides.
            source: where the answers come from.
            reason: why.
            context: what else is to be known of the source, JSON.

        Raises:
            CorrectionError: a label is empty, or another than in `stood` by now.
            SubsetError: there is none, or something cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        rows = [[each, given.get(each), _class(labels[each])] for each in clean_ids(labels)]
        payload = {"name": LABELS, "labels": rows, "source": clean(source, "source"), **why(reason, context)}
        with self.log.writing() as (connection, standing):
            _refuse_changed(stood or {}, _labels_of(stood or {}, given, _of(standing)))
            return append(connection, "labelled", author, _STREAM, payload)

    def draw(
        self,
        boxes: Mapping[str, Sequence[LabelledBox]],
        given: Mapping[str, Sequence[LabelledBox]],
        *,
        stood: Mapping[str, tuple[LabelledBox, ...]] | None = None,
        author: str,
        source: str = "review",
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Say which boxes images have, as one decision.

        Args:
            boxes: all the boxes of each image, by its id, also those that stay as they are; where they are the given
                ones, these are confirmed. A box that is in no data has an id of `new_box_id`.
            given: the boxes in the data, by image.
            stood: the boxes that this was decided on, by image; None for whatever stands.
            author: who decides.
            source: where the answers come from.
            reason: why.
            context: what else is to be known of the source, JSON.

        Raises:
            CorrectionError: a box has no class, no size, or an id that another one has, or others than `stood` stand
                by now.
            SubsetError: there is no image, or something cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        _refuse_twice(box.id for each in boxes.values() for box in each)
        rows = [[each, _rows(given.get(each, ())), _rows(boxes[each])] for each in clean_ids(boxes)]
        with self.log.writing() as (connection, standing):
            _refuse_changed(stood or {}, _boxes_of(stood or {}, given, _of(standing)))
            payload = {
                "name": LABELS,
                "boxes": rows,
                "changes": dict(_changes(boxes, given, _of(standing))),
                "source": clean(source, "source"),
                **why(reason, context),
            }
            return append(connection, "boxed", author, _STREAM, payload)

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author decided about labels."""
        return self.log.undo(author, CORRECTION.name)

    def redo(self, author: str) -> Event | None:
        """As `Log.redo`, of what the author decided about labels."""
        return self.log.redo(author, CORRECTION.name)


def _of(standing: Standing) -> Corrected:
    found: Corrected = standing.of(CORRECTION.name).get(LABELS, Corrected())
    return found


def _class(label: str) -> str:
    cleaned = clean(label, "label")
    if not cleaned:
        raise CorrectionError("A correction needs the name of a class, an empty one was given.")
    return cleaned


def _rows(boxes: Sequence[LabelledBox]) -> list[list[Any]]:
    """The boxes as JSON rows ``[id, label, x, y, width, height]``.

    Raises:
        CorrectionError: one has no class, or is no box.
    """
    for box in boxes:
        if not all(map(math.isfinite, box.box)) or min(box.width, box.height) < 0:
            raise CorrectionError(f"Expected a box of finite numbers and no negative size, found {box.box}.")
    ids = clean_ids(box.id for box in boxes) if boxes else []
    return [[each, _class(box.label), *map(float, box.box)] for each, box in zip(ids, boxes, strict=True)]


def _refuse_twice(ids: Iterable[str]) -> None:
    twice = [each for each, number in Counter(ids).items() if number > 1]
    if twice:
        raise CorrectionError(f"Expected an id of its own for each box, found {twice[0]!r} twice.")


def _refuse_changed(stood: Mapping[str, object], now: Mapping[str, object]) -> None:
    """Refuse a decision on what somebody else changed after it was read.

    Raises:
        CorrectionError: something is another by now.
    """
    for each, what in stood.items():
        if now[each] != what:
            raise CorrectionError(
                f"The labels of {each} were changed since. Look at them as they are now, and try again."
            )


def _labels_of(ids: Iterable[str], given: Mapping[str, str | None], stood: Corrected) -> dict[str, str | None]:
    return {each: stood.labels[each].label if each in stood.labels else given.get(each) for each in ids}


def _boxes_of(
    images: Iterable[str], given: Mapping[str, Sequence[LabelledBox]], stood: Corrected
) -> dict[str, tuple[LabelledBox, ...]]:
    return {each: standing_boxes(given.get(each, ()), stood.boxes.get(each), stood.labels) for each in images}


def _changes(
    boxes: Mapping[str, Sequence[LabelledBox]], given: Mapping[str, Sequence[LabelledBox]], stood: Corrected
) -> Counter[str]:
    """How many boxes are relabelled, moved, added and removed, against what stood."""
    found: Counter[str] = Counter()
    for image, before in _boxes_of(boxes, given, stood).items():
        found.update(box_changes(before, boxes[image]))
    return found
