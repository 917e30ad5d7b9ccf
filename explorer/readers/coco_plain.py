"""COCO's entries as programs write them, all at once: whole numbers as ids, four numbers as a box, nothing odd.

What is odd is said entry by entry in `explorer.readers.coco`; a file without it need not be looked at that closely.
"""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.readers.objects import ObjectRows, pointless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from explorer.readers.coco_images import CocoImage

_PLAIN = {"image_id", "category_id", "bbox"}
_NUMBERS = {int, float}


class Plain(NamedTuple):
    """Entries that are all as they should be: their images, categories and boxes, one after the other."""

    images: list[CocoImage]
    labels: list[str]
    boxes: list[Any]

    def rows(self, ids: Iterable[str]) -> ObjectRows:
        """Them as objects with these ids."""
        return ObjectRows(list(ids), [image.sample for image in self.images], self.labels, self.boxes)

    def pointless(self) -> Iterator[tuple[int, str]]:
        """The places of boxes that show nothing, each with why."""
        x, y, across, down = np.array(self.boxes, np.float64).T
        of = list(map(id, self.images))
        shown = {each: image.fit.shown for each, image in dict(zip(of, self.images, strict=True)).items()}
        width, height = np.array([shown[each] for each in of]).T
        outside = (x >= width) | (y >= height) | (x + across <= 0) | (y + down <= 0)
        for place in np.flatnonzero(outside | (across == 0) | (down == 0)).tolist():
            yield place, pointless(self.boxes[place], *self.images[place].fit.shown)


def plain(entries: Sequence[Any], images: Mapping[str, CocoImage], categories: Mapping[str, str]) -> Plain | None:
    """All entries at once; None where any of them is not plain.

    Args:
        entries: annotations or results.
        images: by the text of their ids.
        categories: names by the text of their ids.
    """
    if set(map(type, entries)) != {dict} or any(
        "file_name" in entry or not entry.keys() >= _PLAIN for entry in entries
    ):
        return None
    ids, kinds, boxes = (list(map(itemgetter(name), entries)) for name in ("image_id", "category_id", "bbox"))
    if {*map(type, ids), *map(type, kinds)} != {int} or set(map(type, boxes)) != {list} or set(map(len, boxes)) != {4}:
        return None
    there = _by_number({text: image for text, image in images.items() if image.sample and image.fit.changes_nothing})
    named = _by_number(categories)
    found, labels = [there.get(each) for each in ids], [named.get(each) for each in kinds]
    if not all(found) or not all(labels) or not _are_finite(chain.from_iterable(boxes)):
        return None
    if min(map(itemgetter(2), boxes)) < 0 or min(map(itemgetter(3), boxes)) < 0:
        return None
    return Plain([one for one in found if one], [one for one in labels if one], boxes)


def finite(entries: Sequence[Any], name: str) -> list[float] | None:
    """A field of all entries; None where any of them is no finite number."""
    values = [entry.get(name) for entry in entries]
    return values if _are_finite(values) else None


def _are_finite(values: Iterable[object]) -> bool:
    listed = list(values)
    if not set(map(type, listed)) <= _NUMBERS:
        return False
    try:
        return bool(np.isfinite(np.array(listed, np.float64)).all())
    except OverflowError:  # a whole number of more than three hundred digits
        return False


def _by_number(texts: Mapping[str, Any]) -> dict[int, Any]:
    return {int(text): one for text, one in texts.items() if text.isdecimal() and str(int(text)) == text}
