"""Detection figures from COCO files: ours against faster-coco-eval, on the same files.

    python benchmarks/detection.py [--boxes 100000] [--images 10000] [--classes 10] [--pictures]

Boxes are random, detections are jittered boxes of which some have the wrong class, and false alarms. "read" is from
files to memory (ours checks every entry), "evaluate" is matching and all twelve figures. Images are empty files, or
JPEGs, of which ours reads the header to see whether boxes fit their size, and faster-coco-eval reads nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from PIL import Image

from explorer import readers
from explorer.evaluation.detection import evaluate_detection
from explorer.evaluation.outcomes import outcomes

if TYPE_CHECKING:
    from explorer.data.boxes import Float64
    from explorer.data.records import Int64

SIDE = 640


class Files(NamedTuple):
    """Where the two COCO files and the images are."""

    truth: Path
    results: Path
    images: Path


class Timing(NamedTuple):
    """Seconds to read and to evaluate, and COCO's twelve figures."""

    read: float
    evaluate: float
    figures: Float64


def main() -> None:
    """Print seconds of both, their ratios, and how far the figures are apart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--pictures", action="store_true", help="images are JPEGs, no empty files")
    arguments = parser.parse_args()
    picture = _picture() if arguments.pictures else b""
    with tempfile.TemporaryDirectory() as folder:
        _both(_write(Path(folder), 100, 20, 3, picture))  # both import what they need before the clock runs
        files = _write(Path(folder), arguments.boxes, arguments.images, arguments.classes, picture)
        theirs, ours = _both(files)
        seconds = _outcomes(files)
    print(f"{arguments.boxes} boxes of {arguments.classes} classes in {arguments.images} images")
    print("                     read  evaluate   both")
    for name, timing in (("faster-coco-eval", theirs), ("ours", ours)):
        print(f"{name:17} {timing.read:6.2f} s  {timing.evaluate:6.2f} s  {timing.read + timing.evaluate:5.2f} s")
    both = (theirs.read + theirs.evaluate) / (ours.read + ours.evaluate)
    print(
        f"ratio               {theirs.read / ours.read:5.2f}     {theirs.evaluate / ours.evaluate:5.2f}   {both:5.2f}"
    )
    print(f"largest difference of the twelve figures {np.nanmax(np.abs(theirs.figures - ours.figures)):.1e}")
    print(f"outcome and error type of every box at one threshold {seconds:.2f} s")


def _both(files: Files) -> tuple[Timing, Timing]:
    return _theirs(files), _ours(files)


def _theirs(files: Files) -> Timing:
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        truth = COCO(str(files.truth))
        found = truth.loadRes(str(files.results))
        read = time.perf_counter()
        evaluation = COCOeval_faster(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        end = time.perf_counter()
    figures = np.array(evaluation.stats[:12], np.float64)
    return Timing(read - start, end - read, np.where(figures == -1, np.nan, figures))


def _ours(files: Files) -> Timing:
    start = time.perf_counter()
    dataset = readers.read(files.images, files.truth, [("model", files.results)])
    read = time.perf_counter()
    metrics = evaluate_detection(dataset.samples.index, dataset.ground_truth, dataset.predictions["model"])
    figures = np.array(list(metrics.summary().values()))
    return Timing(read - start, time.perf_counter() - read, figures)


def _outcomes(files: Files) -> float:
    dataset = readers.read(files.images, files.truth, [("model", files.results)])
    start = time.perf_counter()
    outcomes(dataset.samples.index, dataset.ground_truth, dataset.predictions["model"])
    return time.perf_counter() - start


def _write(folder: Path, boxes: int, images: int, classes: int, picture: bytes) -> Files:
    """Synthetic ground truth and results, 85% of the boxes found."""
    chance = np.random.default_rng(0)
    image, category = chance.integers(1, images + 1, boxes), chance.integers(1, classes + 1, boxes)
    truth = _boxes(chance, boxes)
    hit = np.flatnonzero(chance.uniform(size=boxes) < 0.85)
    jitter = chance.normal(0, 0.08, (len(hit), 4)) * np.tile(truth[hit, 2:], 2)
    alarms = boxes // 4
    found = np.concatenate([truth[hit] + jitter, _boxes(chance, alarms)]).clip(1).round(2)
    confused = np.where(chance.uniform(size=len(hit)) < 0.05, chance.integers(1, classes + 1, len(hit)), category[hit])
    found_image = np.concatenate([image[hit], chance.integers(1, images + 1, alarms)])
    found_category = np.concatenate([confused, chance.integers(1, classes + 1, alarms)])
    scores = chance.uniform(size=len(found)).round(4).tolist()
    areas = truth[:, 2:].prod(axis=1).tolist()
    annotations = [
        {"id": row, "area": area, "iscrowd": 0, **entry}
        for row, (area, entry) in enumerate(zip(areas, _entries(image, category, truth), strict=True), start=1)
    ]
    results = [
        {**entry, "score": score}
        for entry, score in zip(_entries(found_image, found_category, found), scores, strict=True)
    ]
    listed = [{"id": i, "file_name": f"{i}.jpg", "width": SIDE, "height": SIDE} for i in range(1, images + 1)]
    categories = [{"id": k, "name": f"class {k}"} for k in range(1, classes + 1)]
    files = Files(folder / "truth.json", folder / "results.json", folder / "images")
    files.truth.write_text(json.dumps({"images": listed, "categories": categories, "annotations": annotations}))
    files.results.write_text(json.dumps(results))
    files.images.mkdir(exist_ok=True)
    for entry in listed:
        (files.images / str(entry["file_name"])).write_bytes(picture)
    return files


def _picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((SIDE, SIDE), 30).convert("RGB").save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _boxes(chance: np.random.Generator, n: int) -> Float64:
    sides = np.exp(chance.normal(4, 0.8, (n, 2))).clip(4, 400)
    return np.concatenate([chance.uniform(0, 1, (n, 2)) * (SIDE - sides), sides], axis=1).round(2)


def _entries(image: Int64, category: Int64, boxes: Float64) -> list[dict[str, object]]:
    columns = zip(image.tolist(), category.tolist(), boxes.tolist(), strict=True)
    return [{"image_id": i, "category_id": k, "bbox": box} for i, k, box in columns]


if __name__ == "__main__":
    main()
