"""Key -> next image shown, in real Chromium: the Review page against `st.image` and `st.button(shortcut=...)`.

    python benchmarks/review_page.py [--images 60] [--pause 0.5]

Both show the same images of 1600 x 1200 pixels; the verdict is on disk in ours, and dropped by the plain page. The
clock runs from the key's own time to the first frame after the next image is decoded. Needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import numpy as np
import pandas as pd
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from explorer import build
from explorer.actions.review import queue_of, start_round
from explorer.data.verdicts import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHROMIUM = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--disable-background-networking"]
PATIENCE_MS = 20_000
BAR_MS = 100
OURS, PLAIN = ".er-picture img.ev-image:not(.er-overlay)", "[data-testid=stImage] img"

PLAIN_APP = """
from pathlib import Path
import streamlit as st
files = sorted(Path({folder!r}).glob("*.jpg"))
at = st.session_state.setdefault("at", 0)
st.image(str(files[at % len(files)]))
st.button("Correct", shortcut="1", on_click=lambda: st.session_state.update(at=at + 1))
"""

WATCH = """(selector) => {
  window.waits = [];
  const shown = () => document.querySelector(selector)?.src;
  window.addEventListener("keydown", (event) => {
    if (event.key !== "1") return;
    const before = shown();
    const look = async () => {
      const image = document.querySelector(selector);
      if (!image || image.src === before) return requestAnimationFrame(look);
      await image.decode();
      requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - event.timeStamp)));
    };
    look();
  }, { capture: true });
}"""


def main() -> None:
    """Print milliseconds of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two keys")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _paint(folder, arguments.images)
        ours = _keys(_our_app(folder, arguments.images), "/review", OURS, arguments.images - 2, arguments.pause)
        said = _kept(folder)
        plain = _keys(_plain_app(folder), "", PLAIN, min(20, arguments.images - 2), arguments.pause)
    print(f"{'key -> next image':<24} {'median':>8} {'95%':>8} {'longest':>8}")
    for name, waits in (("Review page", ours), ("st.image, st.button", plain)):
        median, most = np.quantile(waits, [0.5, 0.95])
        print(f"{name:<24} {median:5.0f} ms {most:5.0f} ms {max(waits):5.0f} ms")
    print(
        f"{said} of {len(ours)} verdicts on disk; {sum(wait <= BAR_MS for wait in ours) / len(ours):.0%} in {BAR_MS} ms"
    )


def _paint(folder: Path, images: int) -> None:
    chance = np.random.default_rng(0)
    for number in range(images):
        coarse = chance.integers(0, 255, (30, 40, 3), np.uint8)
        Image.fromarray(coarse).resize((1600, 1200), Image.Resampling.BICUBIC).save(folder / f"{number:04}.jpg")


def _our_app(folder: Path, images: int) -> list[str]:
    names = [f"{number:04}.jpg" for number in range(images)]
    table = pd.DataFrame({"image": names, "label": "a", "model.prediction": "a", "model.confidence": 0.9})
    table.to_csv(folder / "table.csv", index=False)
    vectors = np.random.default_rng(1).normal(size=(images, 8)).astype(np.float32)
    np.save(folder / "vectors.npy", vectors)
    workspace = build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.npy")
    protocol = Protocol("Benchmark", tuple(workspace.ids), ("Ada",), model="model", repeats=0)
    start_round(workspace, protocol, author="Ada")
    return [sys.executable, "-m", "explorer", "open", str(folder / "ws"), "--no-browser", "--port"]


def _plain_app(folder: Path) -> list[str]:
    script = folder / "plain.py"
    script.write_text(PLAIN_APP.format(folder=str(folder)), encoding="utf-8")
    return [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true", "--server.port"]


def _kept(folder: Path) -> int:
    from explorer import open_workspace

    workspace = open_workspace(folder / "ws")
    (one,) = workspace.rounds.all()
    return sum(item.verdict is not None for item in queue_of(workspace, one.key, "Ada"))


def _keys(command: Sequence[str], page_path: str, image: str, presses: int, pause: float) -> list[float]:
    """Milliseconds from each key to the next image."""
    with _served(command) as address, _page() as page:
        page.context.add_cookies([{"name": "edgecase_name", "value": "Ada", "url": address}])
        page.goto(address + page_path)
        page.locator(image).wait_for()
        page.wait_for_timeout(3000)
        page.evaluate(WATCH, image)
        for number in range(presses):
            page.keyboard.press("1")
            page.wait_for_function(f"window.waits.length > {number}")
            page.wait_for_timeout(1000 * pause)
        waits: list[float] = page.evaluate("window.waits")
    return waits


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


@contextmanager
def _served(command: Sequence[str]) -> Iterator[str]:
    port = "8692"
    with subprocess.Popen([*command, port], stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


if __name__ == "__main__":
    main()
