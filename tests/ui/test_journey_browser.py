"""The main job in real Chromium with a real mouse, through a crash: lasso, tag, kill, restart, grow, export."""

from __future__ import annotations

import csv
import io
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer import open_workspace
from explorer.subsets.selection import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from explorer.store.workspace import Workspace

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
CLUSTER = "Trouser"
NAME = "odd trousers"


@pytest.fixture
def copied(demo: Workspace, tmp_path: Path) -> Workspace:
    """The demo in a folder of its own."""
    return open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))


@contextmanager
def _served(workspace: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "explorer", "open", str(workspace), "--port", str(port), "--no-browser"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_until_served(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield server
        finally:
            server.kill()


def _wait_until_served(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own server
        except OSError:
            assert server.poll() is None, "`edgecase open` ended."
            time.sleep(0.1)
        else:
            return
    pytest.fail("`edgecase open` did not answer.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settled(page: Page) -> None:
    """Wait until the page's script has run and nothing moves any more."""
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    place = (
        "JSON.stringify([...document.querySelectorAll('.ec-stage, .eg-gallery')].map(e => e.getBoundingClientRect()))"
    )
    before, now = "", page.evaluate(place)
    while before != now:
        page.wait_for_timeout(500)
        before, now = now, page.evaluate(place)


def _lasso(page: Page, workspace: Workspace) -> None:
    """Draw around the middle of one class on the map, mouse button down, in many small moves."""
    xy = workspace.layout().xy[workspace.samples["label"].to_numpy() == CLUSTER]
    middle = np.median(xy, axis=0)
    radius = float(np.median(np.hypot(*(xy - middle).T)))
    page.wait_for_selector(".ec-scatter[data-ready=true]")
    _settled(page)
    turns = [step * math.tau / 24 for step in range(24)]
    around = [(middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn)) for turn in turns]
    to_pixel = "points => points.map(([x, y]) => document.querySelector('.ec-scatter').edgecasePixel(x, y))"
    pixels = page.evaluate(to_pixel, [[float(x), float(y)] for x, y in around])
    page.mouse.move(*pixels[0])
    page.mouse.down()
    for pixel in pixels[1:]:
        page.mouse.move(*pixel, steps=3)
    page.mouse.up()
    page.wait_for_function("Number(document.querySelector('.ec-scatter').dataset.selected) > 0")
    _settled(page)


def _tag(page: Page) -> int:
    """Tag the selection as a new subset; gives the count that the button named."""
    button = page.get_by_role("button", name=re.compile(r"^(\S+ )?Tag [\d,]+ images…"))
    said = re.search(r"Tag ([\d,]+) images", button.inner_text())
    assert said
    button.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Subset", exact=True).click()
    page.keyboard.type(NAME)
    dialog.get_by_role("button", name="as a new subset").click()
    page.get_by_text(f"as “{NAME}”").wait_for()
    return int(said[1].replace(",", ""))


def _grow(page: Page, workspace: Workspace) -> list[str]:
    """Accept the first two candidates by their checks; gives their ids."""
    _settled(page)
    page.get_by_role("radio", name="Grow").click()
    page.get_by_role("button", name="Accept checked").first.wait_for()
    gallery = page.locator(".eg-gallery", has=page.locator(".eg-check"))
    gallery.locator(".eg-item").nth(1).wait_for()
    _settled(page)
    tiles = [gallery.locator(".eg-item").nth(place) for place in (0, 1)]
    rows = [int(tile.get_attribute("data-row") or -1) for tile in tiles]
    for tile in tiles:
        tile.hover()
        tile.locator(".eg-check").click()
    page.get_by_role("button", name="Accept 2 checked").click()
    page.get_by_text(f"2 images added to “{NAME}”").wait_for()
    return [workspace.ids[row] for row in rows]


def _open_row(page: Page, row: int) -> None:
    """Click into a row of the table, which is drawn on a canvas."""
    table = page.get_by_test_id("stDataFrame").first
    table.wait_for()
    _settled(page)
    table.click(position={"x": 200, "y": 35 * (row + 1) + 17})


def _export(page: Page, folder: Path) -> list[str]:
    """Download the table in its ZIP; gives its ids."""
    _settled(page)
    page.get_by_role("button", name="Export…").click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_test_id("stDownloadButton").get_by_role("button").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        table = io.StringIO(archive.read(file.name.removesuffix(".zip")).decode("utf-8"), newline="")
    return [row["id"] for row in csv.DictReader(table)]


def test_what_was_lassoed_and_tagged_survives_a_kill_and_is_what_is_exported(
    copied: Workspace, browser: Browser, tmp_path: Path
) -> None:
    port = _free_port()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    with _served(copied.path, port) as server:
        page.goto(f"http://127.0.0.1:{port}")
        _lasso(page, copied)
        shown = page.locator(".ec-scatter").get_attribute("data-selected")
        count = _tag(page)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()

    tagged = open_workspace(copied.path).subset(NAME)
    (event,) = copied.decisions.history()
    (stroke,) = event.payload["context"]["selection"]
    lassoed = inside(copied.layout().xy, tuple((x, y) for x, y in stroke["polygon"]))
    assert set(tagged.ids) == {copied.ids[row] for row in np.flatnonzero(lassoed)}
    assert len(tagged.ids) == count == int(shown or -1) > 20
    assert (copied.samples.loc[list(tagged.ids), "label"] == CLUSTER).mean() > 0.8

    with _served(copied.path, port):
        page.goto(f"http://127.0.0.1:{port}/subsets")
        _open_row(page, 0)
        page.get_by_role("heading", name=NAME).wait_for()
        page.get_by_text(f"{count} images · made by").wait_for()
        accepted = _grow(page, copied)
        grown = open_workspace(copied.path).subset(NAME)
        assert grown.ids == (*tagged.ids, *accepted)
        assert [grown.members[sample].origin for sample in accepted] == ["grown", "grown"]
        assert _export(page, tmp_path) == list(grown.ids)
    assert failures == []


def test_a_page_goes_on_when_its_server_was_killed_and_started_again(copied: Workspace, browser: Browser) -> None:
    """With its selection, and without losing what is done next."""
    port = _free_port()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    with _served(copied.path, port) as server:
        page.goto(f"http://127.0.0.1:{port}")
        page.get_by_role("radio", name="v2").click()
        _lasso(page, copied)
        before = page.locator(".ec-scatter").get_attribute("data-selected")
        tab = page.evaluate("document.querySelector('.ec-scatter').dataset.tab")
        page.evaluate("delete document.querySelector('.ec-scatter').dataset.tab")  # until the page has gone on
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        page.wait_for_selector('.stApp:not([data-test-connection-state="CONNECTED"])')
    with _served(copied.path, port):
        page.wait_for_selector('.stApp[data-test-connection-state="CONNECTED"]')
        page.wait_for_selector(f'.ec-scatter[data-tab="{tab}"][data-ready="true"]')
        _settled(page)
        assert page.locator(".ec-scatter").get_attribute("data-selected") == before
        assert page.get_by_text("here by v2").count() == 1
        assert _tag(page) == int(before or -1)
    assert len(open_workspace(copied.path).subset(NAME).ids) == int(before or -1)
