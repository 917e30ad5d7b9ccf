"""What the tests of pages share: pages run without waste; the app around the components, served, and one Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import local_script_runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, BrowserContext, Page
    from streamlit.testing.v1.local_script_runner import LocalScriptRunner

    from explorer.store.workspace import Workspace

    Visit = Callable[[Workspace], AbstractContextManager[Page]]

APP = Path(__file__).with_name("component_app.py")
# WebGL in software, and nothing that calls out.
CHROMIUM = [
    *("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session", autouse=True)
def _pages_without_waste() -> Iterator[None]:
    """Each `AppTest` looks through all that is installed, and asks every millisecond whether a run has ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        patch.setattr(local_script_runner, "require_widgets_deltas", _ended)
        yield


def _ended(runner: LocalScriptRunner, timeout: float) -> None:
    """Wait for a run of a page to end, asleep."""
    assert runner._script_thread
    runner._script_thread.join(timeout)
    if not runner.script_stopped():
        runner.request_stop()
        pytest.fail(f"The page was not drawn within {timeout} seconds.")


def missing(what: str) -> None:
    """Skip, but never where the tests are meant to guard a change."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is needed for the browser tests.")
    pytest.skip(f"{what} is not installed.")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    root = str(APP.parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *flags]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_served(f"{url}/_stcore/health", process)
        yield url
        process.terminate()


def wait_until_served(url: str, process: subprocess.Popen[bytes]) -> None:
    import time

    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own server
        except OSError:
            assert process.poll() is None, "The test app did not start."
            time.sleep(0.1)
        else:
            return
    pytest.fail("The test app did not answer within 30 seconds.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright")
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        if path is None and not Path(playwright.chromium.executable_path).exists():
            missing("Chromium")
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> BrowserContext:
    """One browser profile for all tests, so that scripts are downloaded once."""
    return browser.new_context(viewport={"width": 1440, "height": 900})


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """`edgecase open` serving a workspace, and a page on it whose scripts may not fail."""
    return partial(_visited, browser)


@contextmanager
def _visited(browser: Browser, workspace: Workspace) -> Iterator[Page]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "explorer", "open", str(workspace.path), "--port", str(port), "--no-browser"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(APP.parents[2]), os.environ.get("PYTHONPATH", "")])}
    failures: list[str] = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_served(f"http://127.0.0.1:{port}/_stcore/health", server)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: failures.append(str(error)))
            page.goto(f"http://127.0.0.1:{port}")
            yield page
            page.close()
        finally:
            server.kill()
    assert failures == []
