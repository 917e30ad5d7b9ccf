"""Mouse released -> panel drawn, in real Chromium: our map against `st.plotly_chart(on_select="rerun")`.

    python benchmarks/lasso.py [--points 5000 100000 1000000] [--charts] [--starts N]

Both show the same points in two colours and, after the lasso, the number selected. The plain chart sends every selected
point to the server and fails once that is too much; that is then said. With `--charts`, ours alone with four charts
open: until these show what was selected, and how much of that is counting. With `--starts`, ours alone started anew so
many times: the address opened until the map is drawn, its first lasso, and the map in other colours. Needs Chromium and
Playwright.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import numpy as np
import pandas as pd
from PIL import Image
from playwright.sync_api import Error, Page, sync_playwright

from explorer import open_workspace
from explorer.data.columns import Table
from explorer.data.records import Embeddings, Layout, Neighbors
from explorer.data.spaces import Space
from explorer.store.derived.artefacts import SpaceFiles
from explorer.store.derived.building import publish, save_samples
from explorer.store.derived.manifest import Manifest
from explorer.subsets.distributions import bars_of, histograms
from explorer.subsets.selection import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from explorer.data.records import Float32

CHROMIUM = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
PATIENCE_MS = 120_000
READY = '[data-ready="true"]'
SAID = "[data-testid=stMarkdownContainer]"

PLAIN_APP = """
import numpy as np, pandas as pd, plotly.express as px, streamlit as st
xy = np.load({points!r})
frame = pd.DataFrame({{"x": xy[:, 0], "y": xy[:, 1], "error": np.where(np.arange(len(xy)) % 5 == 0, "wrong", "right")}})
chart = px.scatter(frame, x="x", y="y", color="error", render_mode="webgl", height=700)
chart.update_layout(dragmode="lasso")
event = st.plotly_chart(chart, on_select="rerun", key="chart")
count = len(event.selection.points)
st.write(f"{{count:,}} selected" if count else "nothing yet")
"""


def main() -> None:
    """Print one row per number of points."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[5_000, 100_000, 1_000_000])
    parser.add_argument("--charts", action="store_true", help="four charts beside our map")
    parser.add_argument("--starts", type=int, default=0, metavar="N", help="start our map anew so many times")
    arguments = parser.parse_args()
    if arguments.charts:
        _charts(arguments.points)
        return
    if arguments.starts:
        for n in arguments.points:
            _anew(n, arguments.starts)
        return
    print(f"{'points':>10} {'edgecase':>10} {'plotly_chart':>13} {'ratio':>7}")
    for n in arguments.points:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            xy = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
            ours = _lasso(_our_app(folder, xy), READY)
            plain = _lasso(_plain_app(folder, xy), ".js-plotly-plot .nsewdrag")
        ratio = f"{plain / ours:6.1f}x" if ours and plain else ""
        print(f"{n:>10,} {_seconds(ours):>10} {_seconds(plain):>13} {ratio:>7}", flush=True)


def _anew(n: int, starts: int) -> None:
    """Print one row per fresh start of n points, and the slowest."""
    with tempfile.TemporaryDirectory() as scratch:
        command = _our_app(Path(scratch), np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32))
        print(f"{n:,} points{'page to map':>14}{'first lasso':>14}{'recoloured':>14}")
        rows = []
        for _ in range(starts):
            rows.append(_first_minute(command))
            print(f"{'':>{len(f'{n:,} points')}}" + "".join(f"{each:>12.2f} s" for each in rows[-1]), flush=True)
        print("slowest".ljust(len(f"{n:,} points")) + "".join(f"{each:>12.2f} s" for each in np.max(rows, axis=0)))


def _first_minute(command: list[str]) -> tuple[float, float, float]:
    """Seconds from address to map, from the first lasso to its panel, and from another colour chosen to it drawn."""
    with served(command), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        start = time.perf_counter()
        page.goto("http://127.0.0.1:8791")
        page.locator(READY).first.wait_for(timeout=PATIENCE_MS)
        to_map = time.perf_counter() - start
        settled(page)
        start = _draw(page, READY)
        page.locator(SAID, has_text="selected").first.wait_for(timeout=PATIENCE_MS)
        lasso = time.perf_counter() - start
        settled(page)
        page.get_by_role("combobox", name="Colour by").click()
        option = page.get_by_role("option", name="Label", exact=True)
        option.wait_for()
        start = time.perf_counter()
        option.click()
        page.locator('[data-ready="true"] .ec-legend', has_text="class 1").first.wait_for(timeout=PATIENCE_MS)
        recoloured = time.perf_counter() - start
        browser.close()
    return to_map, lasso, recoloured


def _charts(points: list[int]) -> None:
    """Print one row per number of points."""
    print(f"{'points':>10} {'cut once':>10} {'counted':>10} {'lasso to charts':>16}")
    for n in points:
        with tempfile.TemporaryDirectory() as scratch:
            chance = np.random.default_rng(0)
            xy = chance.normal(size=(n, 2)).astype(np.float32)
            more = {"model.confidence": chance.random(n), "brightness": chance.normal(size=n)}
            command = _our_app(Path(scratch), xy, **more)
            cut, counted = _counting(open_workspace(Path(scratch) / "workspace").samples, xy)
            seen = _lasso(command, READY, tab="Distributions", answer='.ed-key[data-kind="selected"]')
        print(f"{n:>10,} {cut:>8.3f} s {counted:>8.3f} s {_seconds(seen):>16}", flush=True)


def _counting(samples: pd.DataFrame, xy: Float32) -> tuple[float, float]:
    """Seconds to cut four columns into bars, and then to count all, shown and lassoed points in them."""
    table = Table(samples)
    columns = [table[name] for name in ("label", "model.outcome", "model.confidence", "brightness")]
    start = time.perf_counter()
    bars = [bars_of(column) for column in columns]
    cut = time.perf_counter() - start
    corners = [(float(np.cos(turn)), float(np.sin(turn))) for turn in np.linspace(0, 2 * np.pi, 24, endpoint=False)]
    start = time.perf_counter()
    histograms(bars, [np.ones(len(xy), np.bool_), xy[:, 0] > 0, inside(xy, tuple(corners))])
    return cut, time.perf_counter() - start


def _seconds(time_taken: float | None) -> str:
    return f"{time_taken:.2f} s" if time_taken else "fails"


def _our_app(folder: Path, xy: Float32, **more: NDArray[np.floating[Any]]) -> list[str]:
    """A workspace of n samples that share one picture: the map's speed does not depend on the pictures.

    Args:
        folder: where it is made.
        xy: places of the samples, (n, 2).
        more: further columns, (n,) each.
    """
    n = len(xy)
    Image.new("RGB", (32, 32), "teal").save(folder / "one.png")
    wrong = np.arange(n) % 5 == 0
    classes = np.char.add("class ", np.arange(10).astype(str))
    frame = pd.DataFrame(
        {
            "filepath": str(folder / "one.png"),
            "digest": "0" * 64,
            "width": 32,
            "height": 32,
            "label": classes[np.arange(n) % 10],
            "model.prediction": classes[(np.arange(n) + wrong) % 10],
            "model.outcome": np.where(wrong, "wrong", "correct"),
            **more,
        },
        index=pd.Index([f"sample-{i}" for i in range(n)], name="id"),
    )
    workspace = folder / "workspace"
    save_samples(workspace / "derived" / "samples-benchmark", frame, [])
    ids = tuple(frame.index)
    none = Neighbors(np.empty((n, 0), np.int64), np.empty((n, 0), np.float32))
    files = SpaceFiles(workspace / "derived" / "space-benchmark", ids)
    embeddings = Embeddings(ids, np.ones((n, 1), np.float32), "none", Space.IMAGE)
    files.save(embeddings, none, Layout(ids, xy, np.full(n, np.nan, np.float32), float("nan")))
    manifest = Manifest(
        name="benchmark",
        source="none",
        root=str(folder),
        built_at="",
        model={"name": "none", "pretrained": None, "key": "", "text": False},
        parameters={},
        samples="samples-benchmark",
        spaces={"image": "space-benchmark"},
        predictions=["model"],
    )
    publish(workspace, manifest)
    return [sys.executable, "-m", "explorer", "open", str(workspace), "--no-browser", "--port", "8791"]


def _plain_app(folder: Path, xy: Float32) -> list[str]:
    np.save(folder / "points.npy", xy)
    script = folder / "plain.py"
    script.write_text(PLAIN_APP.format(points=str(folder / "points.npy")))
    options = ["--server.headless=true", "--server.port=8791", "--browser.gatherUsageStats=false"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *options]


def _lasso(command: list[str], plot: str, *, tab: str = "", answer: str = SAID) -> float | None:
    """Seconds from releasing the mouse until the page says how many points are selected; None where it never does.

    Args:
        command: starts the app.
        plot: what is drawn on.
        tab: what is opened beside it before that.
        answer: where the page says it.
    """
    with served(command), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        try:
            page.goto("http://127.0.0.1:8791")
            page.locator(plot).first.wait_for(timeout=PATIENCE_MS)
            settled(page)
            if tab:
                page.get_by_role("radio", name=tab).click()
                settled(page)
            start = _draw(page, plot)
            page.locator(answer, has_text="selected").first.wait_for(timeout=PATIENCE_MS)
            return time.perf_counter() - start
        except Error:
            return None
        finally:
            browser.close()


def _draw(page: Page, plot: str) -> float:
    """Lasso the middle of the plot, about half of the points, with real mouse moves; when the button was let go."""
    box = page.locator(plot).first.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"]
    page.mouse.move(x + 130, y)
    page.mouse.down()
    for angle in np.linspace(0.3, 2 * np.pi, 24):
        page.mouse.move(float(x + 130 * np.cos(angle)), float(y + 130 * np.sin(angle)))
    released = time.perf_counter()
    page.mouse.up()
    return released


def settled(page: Page) -> None:
    """Wait until the page has been drawn and at rest for some seconds."""
    page.wait_for_selector('[data-test-script-state="notRunning"]', timeout=PATIENCE_MS)
    page.wait_for_timeout(3000)


@contextmanager
def served(command: list[str]) -> Iterator[None]:
    """Run an app at port 8791."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urlopen("http://127.0.0.1:8791/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
