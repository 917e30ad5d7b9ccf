"""COCO's entries as programs write them, all at once: whole numbers as ids, four numbers as a box, nothing odd.

What is odd is said entry by entry in `explorer.readers.coco`; a file without it need not be looked at that closely.
"""

from __future__ import annotations

from itertools import chain, repeat
from operator import contains, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.readers.objects import object_table, pointless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from explorer.data.boxes import Float64
    from explorer.data.records import Int64
    from explorer.readers.coco_images import CocoImage

_NUMBERS = {int, float}


class Plain(NamedTuple):
    """Entries that are all as they should be, one after the other.

    Attributes:
        samples: what each is of [n].
        labels: the name of its category [n].
        boxes: x, y, width, height in pixels [n, 4].
        shown: width and height of its image as shown, infinite where nobody says [n, 2].
    """

    samples: NDArray[np.object_]
    labels: NDArray[np.object_]
    boxes: Float64
    shown: Float64

    def table(self, ids: list[str]) -> pd.DataFrame:
        """Them as objects with these ids."""
        return object_table(ids, self.samples, self.labels, self.boxes)

    def pointless(self) -> Iterator[tuple[int, str]]:
        """The places of boxes that show nothing, each with why."""
        x, y, across, down = self.boxes.T
        width, height = self.shown.T
        outside = (x >= width) | (y >= height) | (x + across <= 0) | (y + down <= 0)
        for place in np.flatnonzero(outside | (across == 0) | (down == 0)).tolist():
            yield place, pointless(self.boxes[place].tolist(), *self.shown[place].tolist())


def plain(entries: Sequence[Any], images: Mapping[str, CocoImage], categories: Mapping[str, str]) -> Plain | None:
    """All entries at once; None where any of them is not plain.

    Args:
        entries: annotations or results.
        images: by the text of their ids.
        categories: names by the text of their ids.
    """
    if set(map(type, entries)) != {dict} or any(map(contains, entries, repeat("file_name"))):
        return None
    try:
        ids, kinds, boxes = (list(map(itemgetter(name), entries)) for name in ("image_id", "category_id", "bbox"))
    except KeyError:
        return None
    if {*map(type, ids), *map(type, kinds)} != {int} or set(map(type, boxes)) != {list} or set(map(len, boxes)) != {4}:
        return None
    there = {text: image for text, image in images.items() if image.sample and image.fit.changes_nothing}
    image, label = _places(ids, there), _places(kinds, categories)
    numbers = _finite(list(chain.from_iterable(boxes)))
    if image is None or label is None or numbers is None or numbers.reshape(-1, 4)[:, 2:].min() < 0:
        return None
    samples = np.array([one.sample for one in there.values()], object)
    shown = np.array([one.fit.shown for one in there.values()], np.float64)
    labels = np.array(list(categories.values()), object)
    return Plain(samples[image], labels[label], numbers.reshape(-1, 4), shown[image])


def finite(entries: Sequence[Any], name: str) -> Float64 | None:
    """A field of all entries [n]; None where any of them is no finite number."""
    return _finite([entry.get(name) for entry in entries])


def _finite(values: Sequence[Any]) -> Float64 | None:
    if not set(map(type, values)) <= _NUMBERS:
        return None
    try:
        numbers = np.fromiter(values, np.float64, len(values))
    except OverflowError:  # a whole number of more than three hundred digits
        return None
    return numbers if np.isfinite(numbers).all() else None


def _places(numbers: Sequence[int], known: Mapping[str, object]) -> Int64 | None:
    """Where each is in what is known by the texts of numbers [n]; None where any is not."""
    of = {int(text): place for place, text in enumerate(known) if text.isdecimal() and str(int(text)) == text}
    places = list(map(of.get, numbers))
    return None if None in places else np.array(places, np.int64)
