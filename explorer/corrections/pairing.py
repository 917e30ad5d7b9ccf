"""Which box is which: of two lists of boxes on one image, the pairs that stand for the same object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.data.boxes import overlap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from explorer.data.corrections import LabelledBox

LEAST_OVERLAP = 0.5
"""IoU from which on two boxes without an id in common may be of one object, as benchmarks of detection have it."""

STILL = 0.1
"""Pixels by which two boxes may differ and they are one, also where they have no area: formats round to hundredths of a
pixel, or to millionths of an image."""

_NEAREST = 32
"""Boxes that one may be a pair with; more overlap it only where somebody makes them to."""


def paired(before: Sequence[LabelledBox], after: Sequence[LabelledBox]) -> dict[int, int]:
    """Pair boxes: by a common id first, then those of one class by IoU, then those of any, the greatest first.

    Args:
        before: boxes with ids of their own.
        after: boxes whose id may be empty, of another image, or of several; where several have one, the box that
            overlaps it most is it.

    Returns:
        Place in `before` to place in `after`; each is in one pair at most, whose IoU is `LEAST_OVERLAP` or more unless
        they have one id.
    """
    pairs = _by_id(before, after)
    left = [place for place in range(len(before)) if place not in pairs]
    taken = set(pairs.values())
    right = [place for place in range(len(after)) if place not in taken]
    candidates = sorted(
        (before[one].label != after[other].label, -iou, one, other)
        for one, other, iou in _overlapping(before, after, left, right)
    )
    for _, _, one, other in candidates:
        if one not in pairs and other not in taken:
            pairs[one] = other
            taken.add(other)
    return pairs


def _by_id(before: Sequence[LabelledBox], after: Sequence[LabelledBox]) -> dict[int, int]:
    places = {box.id: place for place, box in enumerate(before)}
    claims: dict[int, list[int]] = {}
    for place, box in enumerate(after):
        if box.id in places:
            claims.setdefault(places[box.id], []).append(place)
    return {
        one: others[0] if len(others) == 1 else max(others, key=lambda other: _iou(before[one], after[other]))
        for one, others in claims.items()
    }


def _iou(one: LabelledBox, other: LabelledBox) -> float:
    return float(overlap(_sides([one]), _sides([other]), np.zeros(1, np.bool_))[0])


def _overlapping(
    before: Sequence[LabelledBox], after: Sequence[LabelledBox], left: Sequence[int], right: Sequence[int]
) -> Iterator[tuple[int, int, float]]:
    """The pairs of these places that overlap enough, with their IoU; no more than so many of each box."""
    if not left or not right:
        return
    first = _sides([before[place] for place in left])
    order = np.argsort(first[0], kind="stable")
    starts = first[0][order]
    for other in right:
        # boxes that share half of their union begin no further apart than either is wide
        reach = after[other].width + STILL
        low, high = np.searchsorted(starts, [after[other].x - reach, after[other].x + reach], "left")
        near = order[low:high]
        found = first[:, near]
        box = np.broadcast_to(_sides([after[other]]), found.shape)
        ious = overlap(box, found, np.zeros(len(near), np.bool_))
        ious = np.where(np.abs(found - box).max(axis=0) <= STILL, 1.0, ious)
        enough = np.flatnonzero(ious >= LEAST_OVERLAP)
        for place in enough[np.argsort(-ious[enough], kind="stable")][:_NEAREST]:
            yield left[near[place]], other, float(ious[place])


def _sides(boxes: Sequence[LabelledBox]) -> NDArray[np.float64]:
    return np.array([box.box for box in boxes], np.float64).T
