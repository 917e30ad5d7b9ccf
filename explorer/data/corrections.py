"""What a person said of the label of an image or a box, or of all boxes of an image."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

GIVEN, CORRECTED = "given", "corrected"
"""The labels in the data, and those as people corrected them."""

ADDED = "added:"
"""What the ids of boxes begin with that people drew, or that a file brought."""


RECEIVED = "received"
"""The fact of a decision that names the file its labels came back in, by its digest."""


@dataclass(frozen=True)
class Correction:
    """What stands of one label after some event.

    Attributes:
        id: of the image or box.
        given: the label that it had in the data when this was decided; None where it had none.
        label: what it is.
        source: where the answer came from, such as `review`, or the name of a file.
        author: who decided.
        time: when, UTC.
        came_back: whether it came in a file, and was not decided here.
    """

    id: str
    given: str | None
    label: str
    source: str
    author: str
    time: datetime
    came_back: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Whether the given label was found right."""
        return self.label == self.given


class LabelledBox(NamedTuple):
    """A box with its class: in pixels of the upright image, from its top left corner.

    A given box keeps its id through every correction of it; one that is added has an id of its own, see `new_box_id`.
    """

    id: str
    label: str
    x: float
    y: float
    width: float
    height: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width and height."""
        return self[2:]


@dataclass(frozen=True)
class CorrectedBoxes:
    """What stands of the boxes of one image after some event.

    Attributes:
        id: of the image.
        given: the boxes that it had in the data when this was decided.
        boxes: all the boxes that it has; one of `given` that is not among them was removed.
        source: where the answer came from, such as `review`, or the name of a file.
        author: who decided.
        time: when, UTC.
        came_back: whether they came in a file, and were not decided on here.
    """

    id: str
    given: tuple[LabelledBox, ...]
    boxes: tuple[LabelledBox, ...]
    source: str
    author: str
    time: datetime
    came_back: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Whether the given boxes were found right."""
        return set(self.boxes) == set(self.given)


def new_box_id() -> str:
    """An id for a box that is in no data."""
    return f"{ADDED}{uuid.uuid4().hex[:16]}"


def standing_boxes(
    given: Iterable[LabelledBox], corrected: CorrectedBoxes | None, labels: Mapping[str, Correction]
) -> tuple[LabelledBox, ...]:
    """The boxes of an image as people corrected them.

    Args:
        given: those in the data.
        corrected: what stands of them as a whole; None where nobody decided on that.
        labels: what stands of single labels, by id: those of boxes that were decided on since.
    """
    boxes = given if corrected is None else corrected.boxes
    return tuple(box._replace(label=labels[box.id].label) if box.id in labels else box for box in boxes)


def redrawn(
    now: Iterable[LabelledBox], boxes: Iterable[LabelledBox], removed: Collection[str]
) -> tuple[LabelledBox, ...]:
    """The boxes of an image once some were changed or added and others removed by id; the rest is as it was."""
    anew = {box.id: box for box in boxes}
    kept = [anew.pop(box.id, box) for box in now if box.id not in removed]
    return (*kept, *anew.values())


def box_changes(before: Sequence[LabelledBox], after: Sequence[LabelledBox]) -> Counter[str]:
    """How many boxes of an image are relabelled, moved, added and removed; one may be relabelled and moved."""
    was = {box.id: box for box in before}
    kept = [(was[box.id], box) for box in after if box.id in was]
    return Counter(
        relabelled=sum(old.label != new.label for old, new in kept),
        moved=sum(old.box != new.box for old, new in kept),
        added=len(after) - len(kept),
        removed=len(was) - len(kept),
    )
