"""Another IoU threshold chosen -> map and panel drawn, in real Chromium, of a detection set of a million boxes.

    python benchmarks/boxes.py [--images 50000] [--boxes 20] [--steps 5]

Each image has as many labelled objects as detections, half of `--boxes` each. The bar is one second; what one would run
instead is matching alone by pycocotools, of one image and class after the other. Needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from lasso import CHROMIUM, PATIENCE_MS, READY, served, settled
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from explorer.actions.build import build

BAR = 1.0
WIDTH, HEIGHT, CLASSES = 640, 480, 8
FOUND = "of the labelled objects"
ANOTHER = f"""before => {{
  const now = [...document.querySelectorAll("p")].find((said) => said.innerText.includes("{FOUND}"));
  return now && now.innerText !== before && document.querySelector('{READY}');
}}"""
"""The share that was found is another one, and the map is drawn."""


def main() -> None:
    """Print seconds of each step, and of the one that one would run instead."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--boxes", type=int, default=20)
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _write(folder, arguments.images, arguments.boxes // 2)
        theirs = _matched_by_pycocotools(folder)
        build(
            folder / "truth.json",
            folder / "workspace",
            predictions={"model": folder / "detections.json"},
            vectors=folder / "vectors.npy",
        )
        seconds = _steps(folder / "workspace", arguments.steps)
    print(f"{arguments.images * arguments.boxes:,} boxes on {arguments.images:,} images")
    print("slider to map and panel " + ", ".join(f"{each:.2f}" for each in seconds) + " s")
    print(f"slowest {max(seconds):.2f} s, bar {BAR:.0f} s: {'kept' if max(seconds) <= BAR else 'BROKEN'}")
    print(f"pycocotools matches at one threshold in {theirs:.1f} s, ratio {theirs / max(seconds):.1f}")


def _write(folder: Path, images: int, boxes: int) -> None:
    """Write files of one picture that share no checksum, objects on them, detections near these, and vectors."""
    chance = np.random.default_rng(0)
    (folder / "images").mkdir()
    names = [f"images/{number:06}.png" for number in range(images)]
    with BytesIO() as file:
        Image.new("1", (WIDTH, HEIGHT)).save(file, "PNG")
        picture = file.getvalue()
    for number, name in enumerate(names):
        (folder / name).write_bytes(picture + number.to_bytes(4, "big"))  # readers stop before it
    n = images * boxes
    of, kind = np.repeat(np.arange(1, images + 1), boxes), chance.integers(1, CLASSES + 1, n)
    corner = chance.uniform(0, (WIDTH - 150, HEIGHT - 150), (n, 2))
    there = np.hstack([corner, chance.uniform(30, 140, (n, 2))]).round(1)
    found = (there + np.abs(chance.normal(0, 9, (n, 4)))).round(1)
    found[:, 2:] = np.minimum(found[:, 2:], (WIDTH, HEIGHT) - found[:, :2])
    sure = chance.random(n).round(4)
    truth = {
        "images": [{"id": i, "file_name": name, "width": WIDTH, "height": HEIGHT} for i, name in enumerate(names, 1)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": one, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for i, (image, one, box) in enumerate(zip(of.tolist(), kind.tolist(), there.tolist(), strict=True), 1)
        ],
        "categories": [{"id": one, "name": f"class {one}"} for one in range(1, CLASSES + 1)],
    }
    detections = [
        {"image_id": image, "category_id": one, "bbox": box, "score": score}
        for image, one, box, score in zip(of.tolist(), kind.tolist(), found.tolist(), sure.tolist(), strict=True)
    ]
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "detections.json").write_text(json.dumps(detections))
    np.save(folder / "vectors.npy", chance.normal(size=(images, 16)).astype(np.float32))


def _matched_by_pycocotools(folder: Path) -> float:
    """Seconds in which pycocotools matches detections with objects at one threshold."""
    truth = COCO(folder / "truth.json")
    done = COCOeval(truth, truth.loadRes(str(folder / "detections.json")), "bbox")
    done.params.iouThrs, done.params.areaRng, done.params.areaRngLbl = np.array([0.5]), [[0, 1e10]], ["all"]
    start = time.perf_counter()
    done.evaluate()
    return time.perf_counter() - start


def _steps(workspace: Path, steps: int) -> list[float]:
    """Seconds from a key on the slider until map and panel show the next threshold."""
    command = [sys.executable, "-m", "explorer", "open", str(workspace), "--no-browser", "--port", "8791"]
    with served(command), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto("http://127.0.0.1:8791")
        page.locator(READY).first.wait_for(timeout=PATIENCE_MS)
        page.get_by_text("Looking for the worst places").wait_for(state="hidden", timeout=PATIENCE_MS)
        settled(page)
        seconds = [_step(page) for _ in range(steps)]
        browser.close()
    return seconds


def _step(page: Page) -> float:
    said = page.locator("p", has_text=FOUND).first.inner_text()
    slider = page.get_by_role("slider").first
    slider.focus()
    start = time.perf_counter()
    slider.press("ArrowRight")
    page.wait_for_function(ANOTHER, arg=said, timeout=PATIENCE_MS)
    seconds = time.perf_counter() - start
    page.get_by_text("Looking for the worst places").wait_for(state="hidden", timeout=PATIENCE_MS)
    settled(page)
    return seconds


if __name__ == "__main__":
    main()
