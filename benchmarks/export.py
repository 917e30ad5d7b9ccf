"""How long a round trip of 12,000 boxes takes in each format: written, then read by a reader of it that is at hand.

None may take `BAR` seconds. Beside each the time that pandas takes to write and read the same boxes as plain CSV, and
the ratio.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer.exporters import FOLDERS, FORMATS, exporter
from explorer.readers import read
from tests.exporters.conftest import detected

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGES, EACH = 2000, 4
BAR = 20.0


def _coco(place: Path) -> int:
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(place / "instances.json")
        results = coco.loadRes(str(place / "results" / "v 1.json"))
    return len(coco.getAnnIds()) + len(results.getAnnIds())


def _yolo(place: Path) -> int:
    found = read(place, predictions=[("v 1", place / "predictions" / "v 1")])
    return len(found.ground_truth) + len(found.predictions["v 1"])


def _label_studio(place: Path) -> int:
    tasks = json.loads((place / "tasks.json").read_text("utf-8"))
    return sum(len(one["result"]) for task in tasks for one in (*task["annotations"], *task["predictions"]))


def _cvat(place: Path) -> int:
    return sum(len(ET.parse(file).findall(".//box")) for file in place.glob("*.xml"))  # noqa: S314 - our own


def _fiftyone(place: Path) -> int:
    samples = json.loads((place / "samples.json").read_text("utf-8"))["samples"]
    return sum(len(sample[field]["detections"]) for sample in samples for field in ("ground_truth", "v_1"))


def _croissant(place: Path) -> int:
    return sum(len(pd.read_parquet(place / f"{name}.parquet")) for name in ("ground_truth", "predictions"))


READERS: dict[str, Callable[[Path], int]] = {
    "csv": lambda place: len(pd.read_csv(place.with_suffix(".boxes.csv"))),
    "images": lambda place: len(pd.read_csv(place / "boxes.csv")),
    "coco": _coco,
    "yolo": _yolo,
    "label-studio": _label_studio,
    "cvat": _cvat,
    "fiftyone": _fiftyone,
    "parquet": lambda place: len(pd.read_parquet(place.with_suffix(".boxes.parquet"))),
    "croissant": _croissant,
}


def main() -> None:
    """Print the seconds of each format."""
    with tempfile.TemporaryDirectory() as scratch:
        package = detected(Path(scratch), IMAGES, EACH)
        boxes = pd.concat([package.truth, *package.predictions.values()])
        started = time.perf_counter()
        boxes.to_csv(Path(scratch) / "plain.csv")
        assert len(pd.read_csv(Path(scratch) / "plain.csv")) == len(boxes)
        plain = time.perf_counter() - started
        print(f"{len(package.images):,} images, {len(boxes):,} boxes; as plain CSV by pandas {plain:.2f} s")
        print(f"{'format':>14} {'write s':>8} {'read s':>8} {'ratio':>8}")
        for form in FORMATS:
            place = Path(scratch) / (form if form in FOLDERS else f"out.{form}")
            started = time.perf_counter()
            exporter(form, "copy" if form in FOLDERS else "")(package, place)
            written = time.perf_counter()
            found = READERS[form](place)
            done = time.perf_counter()
            assert found == len(boxes), (form, found)
            assert done - started < BAR, (form, done - started)
            print(f"{form:>14} {written - started:8.2f} {done - written:8.2f} {(done - started) / plain:8.0f}")


if __name__ == "__main__":
    main()
