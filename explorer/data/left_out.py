"""What was left out, counted by what it is: images and boxes are not one number."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from explorer.data.images import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.data.records import Skipped

# How readers name a place within a file: annotations and results of COCO, lines of YOLO; images of COCO, table rows.
_BOX = re.compile(r", (annotations\[\d+\]|entry \d+|line \d+)$")
_IMAGE = re.compile(rf"({'|'.join(map(re.escape, sorted(IMAGE_SUFFIXES)))}|, images\[\d+\]|, row \d+)$", re.IGNORECASE)
_BOXES_OF_AN_IMAGE = re.compile(r"(\d+) of its \d+ boxes ")

_SEVERAL = {"image": "images", "box": "boxes", "other entry": "other entries"}


def left_out(skipped: Iterable[Skipped]) -> dict[str, int]:
    """How many images, boxes and other entries were left out, under these names; only those there are."""
    counts: Counter[str] = Counter()
    for one in skipped:
        several = _BOXES_OF_AN_IMAGE.match(one.reason)
        if several:
            counts["box"] += int(several[1])
        elif _BOX.search(one.filepath):
            counts["box"] += 1
        else:
            counts["image" if _IMAGE.search(one.filepath) else "other entry"] += 1
    return {kind: counts[kind] for kind in _SEVERAL if counts[kind]}


def left_out_in_words(skipped: Iterable[Skipped]) -> str:
    """The same in words: `1 image and 2 boxes`; empty where nothing was left out."""
    said = [f"{count:,} {kind if count == 1 else _SEVERAL[kind]}" for kind, count in left_out(skipped).items()]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
