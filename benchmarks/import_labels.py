"""How long it takes to say what 10,000 returned boxes change, in each format: read, matched and compared.

The bar is five seconds. Every tenth image was moved out of place by ten pixels meanwhile. The last line is 10,000 boxes
on one image, without ids, half of which moved.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer.corrections.diff import Standing, diff
from explorer.corrections.matching import KnownImage, Matched, match
from explorer.data.boxes import BOX
from explorer.data.corrections import LabelledBox
from explorer.data.labelled_images import LabelledImage, Region
from explorer.exporters import FOLDERS, exporter
from explorer.readers.returned import read_returned
from tests.exporters.conftest import detected

if TYPE_CHECKING:
    from explorer.exporters.package import Package

IMAGES, EACH, ON_ONE = 3334, 4, 10_000
FORMATS = ("csv", "parquet", "images", "coco", "yolo", "label-studio", "cvat", "fiftyone")


def main() -> None:
    """Print the seconds of each format."""
    with tempfile.TemporaryDirectory() as scratch:
        package = detected(Path(scratch), IMAGES, EACH)
        known = [KnownImage(*row) for row in package.images[["filepath", "digest"]].itertuples()]
        standing = _standing(package)
        print(f"{len(known):,} images, {len(package.truth):,} boxes, bar 5 s")
        print(f"{'format':>14} {'read s':>8} {'diff s':>8} {'changes':>8}")
        for form in FORMATS:
            place = Path(scratch) / (form if form in FOLDERS else f"out.{form}")
            exporter(form)(package, place)
            started = time.perf_counter()
            content = read_returned(place).content
            read = time.perf_counter()
            matched, unmatched = match(content.images, known)
            assert not unmatched
            changes = diff(matched, unmatched, standing, has_boxes=True)
            done = time.perf_counter()
            moved = sum(change.kind != "unchanged" for change in changes)
            print(f"{form:>14} {read - started:8.2f} {done - read:8.2f} {moved:8,}")
    _on_one()


def _standing(package: Package) -> dict[str, Standing]:
    boxes: dict[str, list[LabelledBox]] = {each: [] for each in package.images.index}
    for row in package.truth[["sample", "label", *BOX]].itertuples():
        identity, sample, label, x, y, width, height = row
        boxes[sample].append(LabelledBox(str(identity), label, x, y, width, height))
    sizes = zip(package.images.index, package.images["width"], package.images["height"], strict=True)
    found = {}
    for number, (each, width, height) in enumerate(sizes):
        shift = 10.0 * (number % 10 == 0)
        stood = tuple(box._replace(x=box.x + shift) for box in boxes[each])
        found[each] = Standing(float(width), float(height), None, stood)
    return found


def _on_one() -> None:
    chance = np.random.default_rng(1)
    sides = np.column_stack([chance.uniform(0, 3900, (ON_ONE, 2)), chance.uniform(5, 100, (ON_ONE, 2))]).tolist()
    boxes = tuple(LabelledBox(f"gt:{number}", "cell", *each) for number, each in enumerate(sides))
    regions = tuple(
        Region("cell", (x + number % 2, y, width, height)) for number, (x, y, width, height) in enumerate(sides)
    )
    image = LabelledImage("file, 1", "a.png", id="a", regions=regions)
    started = time.perf_counter()
    changes = diff([Matched(image, "a", "id")], [], {"a": Standing(4000, 4000, None, boxes)}, has_boxes=True)
    print(f"{'on one image':>14} {'':>8} {time.perf_counter() - started:8.2f} {len(changes):8,}")


if __name__ == "__main__":
    main()
