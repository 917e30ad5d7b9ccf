"""From nothing to a map in real Chromium, without a terminal: demo, four kinds of data, dropped files, crashes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import explorer
from explorer.actions import jobs
from explorer.actions.jobs import State
from tests.ui.conftest import wait_until_served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from explorer.actions.jobs import Job
    from tests.conftest import BoxSource, Source

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
PATIENCE = 180_000
"""Milliseconds for a build."""


@pytest.fixture
def home(tmp_path: Path, clip_folder: Path) -> Path:
    """A person's home folder, with a small model in it."""
    shutil.copytree(clip_folder, tmp_path / "home" / "tiny")
    return tmp_path / "home"


class App:
    """The app of a person who started it without a workspace, and can be killed and started again."""

    def __init__(self, browser: Browser, home: Path) -> None:
        self.home = home
        self._page = browser.new_page(viewport={"width": 1280, "height": 720})
        self._page.set_default_timeout(60_000)
        self.failures: list[str] = []
        self._page.on("pageerror", lambda error: self.failures.append(str(error)))

    @contextmanager
    def running(self) -> Iterator[Page]:
        """Start the server, and go to its first page."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "explorer", "open", "--no-browser", "--port", str(port)]
        own = {"HOME": str(self.home), "EDGECASE_CONFIG": str(self.home.parent / "configuration")}
        environment = os.environ | own | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                wait_until_served(f"http://127.0.0.1:{port}/_stcore/health", server)
                self._page.goto(f"http://127.0.0.1:{port}")
                self._page.get_by_role("button", name="Choose data…").wait_for()
                yield self._page
            finally:
                server.kill()


@pytest.fixture
def app(browser: Browser, home: Path) -> Iterator[App]:
    made = App(browser, home)
    yield made
    made._page.close()
    assert made.failures == []


def _press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def _choose(page: Page, *way: str) -> None:
    """Go down folders, and choose a file or, where the last says so, the folder."""
    for label in way:
        _press(page, label)


def _tiny_model(page: Page) -> None:
    page.get_by_text("A model on this machine").click()
    _choose(page, "tiny", "Use the model folder “tiny”")
    page.get_by_text("as measured on a few of your images").wait_for(timeout=PATIENCE)


def _map(page: Page, images: int) -> None:
    """Wait for the image map, then until nothing more follows."""
    page.wait_for_selector(f'.ec-scatter[data-ready=true][data-points="{images}"]', timeout=PATIENCE)
    page.get_by_text("The maps of labels and predictions follow").wait_for(state="hidden", timeout=PATIENCE)


def _job(workspace: Path) -> Job:
    job = jobs.current(workspace)
    assert job
    return job


def _ended(workspace: Path) -> State:
    """How the build of a workspace ended."""
    while _job(workspace).state is State.RUNNING:
        time.sleep(0.1)
    return _job(workspace).state


def _tree(home: Path, source: Source, boxes: BoxSource) -> tuple[str, ...]:  # noqa: ARG001
    for label in ("apple", "leaf", "sky"):
        shutil.copytree(source.images / label, home / "fruit" / label)
    return ("fruit", "Use the folder “fruit”")


def _table(home: Path, source: Source, boxes: BoxSource) -> tuple[str, ...]:
    _tree(home, source, boxes)
    shutil.copy(source.table, home / "fruit" / "table.csv")
    shutil.copy(source.vectors, home / "own vectors.parquet")
    return ("fruit", "table.csv")


def _coco(home: Path, source: Source, boxes: BoxSource) -> tuple[str, ...]:  # noqa: ARG001
    shutil.copytree(boxes.truth.parent, home / "cells")
    return ("cells", "instances.json")


def _yolo(home: Path, source: Source, boxes: BoxSource) -> tuple[str, ...]:  # noqa: ARG001
    """The same boxes as a YOLO data set."""
    said = json.loads(boxes.truth.read_text())
    (home / "yolo" / "labels").mkdir(parents=True)
    (home / "yolo" / "images").mkdir()
    (home / "yolo" / "data.yaml").write_text("path: .\ntrain: images\nval: images\nnames: [cell, dot]\n")
    for image in said["images"]:
        name, width, height = image["file_name"], image["width"], image["height"]
        shutil.copy(boxes.truth.parent / name, home / "yolo" / "images" / name)
        lines = [
            f"{one['category_id'] - 1} {(x + w / 2) / width} {(y + h / 2) / height} {w / width} {h / height}"
            for one in said["annotations"]
            if one["image_id"] == image["id"] and min(one["bbox"][2:]) > 0
            for x, y, w, h in [one["bbox"]]
        ]
        (home / "yolo" / "labels" / f"{Path(name).stem}.txt").write_text("\n".join(lines))
    return ("yolo", "data.yaml")


@pytest.mark.parametrize(
    ("kind", "images", "facts"),
    [
        (_tree, 60, ["Classes"]),
        (_table, 60, ["Classes", "Predictions of v1", "Predictions of v2"]),
        (_coco, 12, ["Classes", "Labelled boxes"]),
        (_yolo, 12, ["Classes", "Labelled boxes"]),
    ],
)
def test_four_kinds_of_data_become_a_map_and_the_wrong_file_before_them_a_sentence(
    app: App, kind: object, images: int, facts: list[str], source: Source, box_source: BoxSource
) -> None:
    assert callable(kind)
    way = kind(app.home, source, box_source)
    (app.home / "wrong.json").write_text('{"nothing": "of use"}')
    with app.running() as page:
        _press(page, "Choose data…")
        _choose(page, "wrong.json")
        page.get_by_role("alert").get_by_text("Expected").wait_for()
        assert page.get_by_role("button", name="Build the map").count() == 0
        _press(page, "Choose other data")
        _choose(page, *way)
        for fact in ("Images", *facts):
            page.get_by_test_id("stMetricLabel").get_by_text(fact, exact=True).wait_for()
        page.wait_for_function("document.querySelector('.eg-gallery img')?.naturalWidth > 0")
        if kind is _table:
            page.get_by_text("My own vectors").click()
            _choose(page, "own vectors.parquet")
        else:
            _tiny_model(page)
        _press(page, "Build the map")
        _map(page, images)
        assert "workspace=" in page.url
        assert str(app.home) not in page.url
    (made,) = (app.home / "edgecase").iterdir()
    assert len(explorer.open_workspace(made).ids) == images
    assert _ended(made) is State.DONE


def test_the_demo_is_opened_from_the_start_page_and_found_there_again(app: App) -> None:
    with app.running() as page:
        page.get_by_role("button", name="Try it").nth(1).click()
        page.get_by_role("heading", name="Detection demo is being built").wait_for()
        _map(page, 300)
        page.get_by_role("link", name="Workspaces").click()
        page.get_by_text("300 images").wait_for()
        page.wait_for_function("document.querySelector('img[alt=\"Its map, small\"]')?.naturalWidth > 0")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="open_in_new").click()
        opened.value.wait_for_selector(".ec-scatter[data-ready=true]", timeout=PATIENCE)
        opened.value.close()


def test_a_build_that_is_cancelled_goes_on(app: App, source: Source, box_source: BoxSource) -> None:
    way = _tree(app.home, source, box_source)
    with app.running() as page:
        _press(page, "Choose data…")
        _choose(page, *way)
        _tiny_model(page)
        _press(page, "Build the map")
        _press(page, "Cancel")
        page.get_by_text("Nothing that was done is lost").wait_for()
        page.get_by_role("link", name="Workspaces").click()
        page.get_by_text("cancelled", exact=True).wait_for()
        _press(page, "Open")
        _press(page, "Go on")
        _map(page, 60)


def test_a_killed_build_and_a_killed_server_lose_nothing(
    app: App, source: Source, box_source: BoxSource, tmp_path: Path
) -> None:
    """Going on gives the very maps of a build that nothing broke."""
    way = _tree(app.home, source, box_source)
    made = app.home / "edgecase" / "fruit"
    with app.running() as page:
        _press(page, "Choose data…")
        _choose(page, *way)
        _tiny_model(page)
        _press(page, "Build the map")
        page.get_by_role("heading", name="fruit is being built").wait_for()
        while not _job(made).step:
            page.wait_for_timeout(100)
        os.kill(_job(made).pid, signal.SIGKILL)
        page.get_by_text("was interrupted").wait_for()
    with app.running() as page:
        page.get_by_text("interrupted", exact=True).wait_for()
        _press(page, "Open")
        _press(page, "Go on")
        page.get_by_role("button", name="Cancel").wait_for()
    with app.running() as page:  # the build outlived the server
        _press(page, "Open")
        _map(page, 60)
    assert _ended(made) is State.DONE
    unbroken = explorer.build(app.home / "fruit", tmp_path / "unbroken", pretrained=str(app.home / "tiny"))
    mended = explorer.open_workspace(made)
    assert mended.spaces == unbroken.spaces
    for space in unbroken.spaces:
        assert mended.layout(space).xy.tobytes() == unbroken.layout(space).xy.tobytes()


def _pictures(folder: Path, many: int) -> list[Path]:
    folder.mkdir()
    chance = np.random.default_rng(1)
    files = [folder / f"{number:03}.png" for number in range(many)]
    for file in files:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(file)
    return files


@pytest.mark.parametrize("zipped", [False, True])
def test_five_hundred_dropped_files_or_one_zip_become_a_workspace(app: App, tmp_path: Path, *, zipped: bool) -> None:
    files = _pictures(tmp_path / "mine", 500)
    if zipped:
        with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
            for number, file in enumerate(files):
                archive.write(file, f"mine/{'even' if number % 2 == 0 else 'odd'}/{file.name}")
        files = [tmp_path / "mine.zip"]
    with app.running() as page:
        _press(page, "Choose data…")
        page.get_by_text("Drop files here").click()
        page.get_by_text("Each file up to 50 MB").wait_for()
        page.locator("input[type=file]").set_input_files(files)
        _press(page, "Use this file" if zipped else "Use these 500 files")
        page.get_by_test_id("stMetricValue").get_by_text("500", exact=True).wait_for(timeout=PATIENCE)
        _tiny_model(page)
        _press(page, "Build the map")
        _map(page, 500)
    (made,) = (app.home / "edgecase").iterdir()
    workspace = explorer.open_workspace(made)
    assert len(workspace.ids) == 500
    assert ("label" in workspace.samples) == zipped
