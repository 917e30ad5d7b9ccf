"""Command -> map drawn, in an open browser: the built demo against a bare `st.plotly_chart` of its points.

    python benchmarks/start.py [--starts 3]

Both are started anew each time, in one browser profile: the first start finds its cache empty, the second is what a
person waits for the next day. Needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import numpy as np
from playwright.sync_api import sync_playwright

from explorer.actions.demo import build_demo

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

# What a browser does where there is no graphics card: the page is drawn by the processor, and so is WebGL.
CHROMIUM = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-background-networking"]
PORT = 8792
PATIENCE_MS = 120_000

PLAIN_APP = """
import numpy as np, pandas as pd, plotly.express as px, streamlit as st
xy = np.load({points!r})
frame = pd.DataFrame({{"x": xy[:, 0], "y": xy[:, 1]}})
st.plotly_chart(px.scatter(frame, x="x", y="y", render_mode="webgl", height=700), on_select="rerun", key="chart")
"""


def main() -> None:
    """Print one row per start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=3)
    starts = parser.parse_args().starts
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        workspace = build_demo(folder / "demo")
        np.save(folder / "points.npy", workspace.layout().xy)
        (folder / "plain.py").write_text(PLAIN_APP.format(points=str(folder / "points.npy")))
        ours = [sys.executable, "-m", "explorer", "demo", "--workspace", str(workspace.path), "--no-browser"]
        plain = [sys.executable, "-m", "streamlit", "run", str(folder / "plain.py"), "--server.headless=true"]
        taken = {
            "edgecase demo": _starts([*ours, f"--port={PORT}"], '[data-ready="true"]', starts),
            "plotly_chart": _starts([*plain, f"--server.port={PORT}"], ".js-plotly-plot .main-svg", starts),
        }
    print(f"{'start':>6}" + "".join(f"{name:>16}" for name in taken) + f"{'ratio':>8}")
    for number, (a, b) in enumerate(zip(*taken.values(), strict=True), start=1):
        print(f"{number:>6}{a:14.2f} s{b:14.2f} s{b / a:7.2f}x")


def _starts(command: list[str], plot: str, starts: int) -> list[float]:
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", args=CHROMIUM, viewport={"width": 1440, "height": 900}
        )
        taken = [_start(command, plot, browser) for _ in range(starts)]
        browser.close()
    return taken


def _start(command: list[str], plot: str, browser: BrowserContext) -> float:
    """Seconds from the command to the map; then some rest, in which the browser writes its cache."""
    page = browser.new_page()
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _answers():
            time.sleep(0.02)
        page.goto(f"http://127.0.0.1:{PORT}", wait_until="commit")
        page.locator(plot).first.wait_for(timeout=PATIENCE_MS)
        taken = time.perf_counter() - begun
        time.sleep(5)
        return taken
    finally:
        page.close()
        process.kill()
        process.wait()


def _answers() -> bool:
    try:
        urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
