"""People who sign in: their roles hold on every page and every address, tried in real Chromium with a real provider."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from explorer.actions.review import queue_of, start_round
from explorer.data.verdicts import Protocol
from tests.ui import provider
from tests.ui.conftest import APP, missing, wait_until_served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from explorer.store.workspace import Workspace

pytestmark = pytest.mark.browser

ROLES = """
default: viewer
people:
  ada@example.org: owner
  ben@example.org: reviewer
  cy@example.org: reviewer
  dee@example.org: adjudicator
"""
SECRETS = """
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "a cookie secret of the tests, long enough"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


class Served(NamedTuple):
    """The address of an app, and its workspace."""

    url: str
    workspace: Workspace


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], folder: Path, healthy: str) -> Iterator[None]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(APP.parents[2]), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until_served(healthy, process)
            yield
        finally:
            process.kill()


@pytest.fixture
def served(workspace: Workspace, tmp_path: Path) -> Iterator[Served]:
    """The app where people sign in, with a blinded round of Ben and Cy."""
    if not _has_authlib():
        missing("Authlib")
    protocol = Protocol(
        "Blind",
        tuple(workspace.ids[:4]),
        ("ben@example.org", "cy@example.org"),
        model="v1",
        blinded=("prediction", "confidence", "model", "label", "reviewers", "metadata"),
        repeats=0,
    )
    start_round(workspace, protocol, author="ada@example.org")
    workspace.paths.roles.write_text(ROLES)
    app_port, provider_port = _free_port(), _free_port()
    app, issuer = f"http://127.0.0.1:{app_port}", f"http://127.0.0.1:{provider_port}"
    (tmp_path / ".streamlit").mkdir()
    facts = {"app": app, "provider": issuer, "client": provider.CLIENT, "secret": provider.SECRET}
    (tmp_path / ".streamlit" / "secrets.toml").write_text(SECRETS.format(**facts))
    ours = [sys.executable, "-m", "explorer", "open", str(workspace.path), "--port", str(app_port), "--no-browser"]
    theirs = [sys.executable, str(Path(provider.__file__)), str(provider_port)]
    with (
        _running(theirs, tmp_path, f"{issuer}/jwks"),
        _running(ours, tmp_path, f"{app}/_stcore/health"),
    ):
        yield Served(app, workspace)


def _has_authlib() -> bool:
    from importlib.util import find_spec

    return find_spec("authlib") is not None


@contextmanager
def as_person(browser: Browser, url: str, name: str) -> Iterator[Page]:
    """A browser of one person, who has signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=name).click()
    page.wait_for_url(f"{url}/**")
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    yield page
    context.close()


def test_nobody_sees_anything_before_signing_in(served: Served, browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    for path in ("", "/map", "/review", "/dataset"):
        page.goto(served.url + path)
        page.get_by_role("button", name="Sign in").wait_for()
        assert page.locator(".ec-scatter, .er-review, .stDataFrame").count() == 0
    page.close()


_TELLING = ("/blob/", "/later/", "/image/", "/facts/")


def _fetched(page: Page) -> list[str]:
    """The addresses of data that a page has fetched."""
    urls: list[str] = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    return [url for url in urls if any(part in url for part in _TELLING)]


def test_a_reviewer_sees_what_is_hidden_by_no_page_and_no_address(served: Served, browser: Browser) -> None:
    with as_person(browser, served.url, "ada") as owner:
        owner.locator(".ec-scatter[data-ready=true]").wait_for()
        told = _fetched(owner)
        owner.goto(f"{served.url}/labels")
        owner.locator(".ev-viewer[data-ready=true]").wait_for()
        told += _fetched(owner)
        assert {"/blob/", "/image/"} <= {part for part in _TELLING if any(part in url for url in told)}
        assert all(owner.request.get(url).status == 200 for url in told)
        some = next(url for url in told if "/image/" in url)
        facts = some.split("?")[0].replace("/image/", "/facts/") + "?model=v1"
        assert "sky" in owner.request.get(facts.rpartition("/")[0] + "/0?model=v1").text()
    with as_person(browser, served.url, "ben") as page:
        for path in (
            "",
            "/map",
            "/findings",
            "/subsets",
            "/labels",
            "/evaluate",
            "/loop",
            "/dataset",
            "/start",
            "/new",
            f"/start?workspace={'0' * 16}",
            f"/new?workspace={'0' * 16}",
        ):
            page.goto(served.url + path)
            page.locator(".er-review .ev-viewer[data-ready=true]").wait_for()
            assert page.locator(".ec-scatter, .eg-gallery, [data-testid=stDownloadButton]").count() == 0
        told_him = page.locator(".stMain").inner_text()
        for hidden in ("apple", "sky", "v1", "left", "right", ".png", "cy@example.org: "):
            assert hidden not in told_him
        assert {page.request.get(url).status for url in told} == {403}
        assert page.request.get(facts).status == 403
        image = page.locator(".er-picture img.ev-image").first.get_attribute("src")
        assert image is not None
        assert page.request.get(served.url + image if image.startswith("/") else image).status == 200
        page.keyboard.press("3")
        page.locator(".er-review[data-at='1'][data-state=saved]").wait_for()
    (one,) = served.workspace.rounds.all()
    given = [item.verdict for item in queue_of(served.workspace, one.key, "ben@example.org")]
    assert [each.verdict if each else "" for each in given] == ["ambiguous", "", "", ""]
    assert given[0] is not None
    assert given[0].reviewer == "ben@example.org"
    served.workspace.rounds.close(one.key, author="ada@example.org")
    with as_person(browser, served.url, "ben") as page:
        page.locator(".ec-scatter[data-ready=true]").wait_for()


def test_a_stranger_fetches_nothing(served: Served, browser: Browser) -> None:
    with as_person(browser, served.url, "ada") as owner:
        owner.locator(".ec-scatter[data-ready=true]").wait_for()
        url = _fetched(owner)[0]
    stranger = browser.new_context()
    assert stranger.request.get(url).status == 403
    forged = "2|1:0|10:1|15:_streamlit_user|8:e30=|00"
    stranger.add_cookies([{"name": "_streamlit_user", "value": forged, "url": served.url}])
    assert stranger.request.get(url).status == 403
    stranger.close()


def test_a_viewer_cannot_decide(served: Served, browser: Browser) -> None:
    with as_person(browser, served.url, "vic") as page:
        page.goto(f"{served.url}/review")
        page.get_by_text("(viewer)").wait_for()
        assert page.get_by_role("button", name="Start a round").count() == 0
        assert page.get_by_text("My images", exact=True).count() == 0
        page.goto(f"{served.url}/labels")
        page.get_by_role("button", name="is right").first.click()
        page.get_by_text("Expected somebody who may decide").wait_for()
    assert not served.workspace.corrections.all()
