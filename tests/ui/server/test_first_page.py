"""Tests of Streamlit's page as it is served, with what the map needs loading beside it."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.maps.umap_import import NO_SHORTCUTS
from explorer.ui.server import first_page, preload
from explorer.ui.server.routes import Server


@pytest.mark.parametrize("base", ["", "tools/map"])
def test_every_address_in_the_page_of_ours_is_served(base: str) -> None:
    """Also below the path of a reverse proxy: the page names them relative to itself."""
    home = f"/{base}/" if base else "/"
    with TestClient(Starlette(routes=Server(base).routes()), base_url="http://localhost") as client:
        answer = client.get(home)
        assert answer.headers["cache-control"] == "no-cache"
        ours = set(re.findall(r'"(\./edgecase/script/[^"]+)"', answer.text))
        assert {name.rsplit("/", 1)[-1] for name in ours} >= {"ahead.js", "scatter.js", "plot.js", "plotly-gl2d.min.js"}
        for address in ours:
            assert client.get(urljoin(home, address)).status_code == 200, address


def test_the_page_is_streamlits_own_and_more() -> None:
    before = (preload.front_end() / "index.html").read_text("utf-8")
    after = first_page.page([], "./plotly.js", "./ahead.js")
    head, body = before.split("</head>")
    assert after.startswith(head)
    assert after.endswith(body)


@pytest.mark.parametrize("part", preload.PARTS)
def test_each_part_of_the_front_end_is_in_this_streamlit(part: str) -> None:
    """One that was renamed costs time and nothing else; this says so when Streamlit moves on."""
    page = first_page.page([], "./plotly.js", "./ahead.js")
    found = re.findall(rf'"\./(static/js/{part}\.[\w-]+\.js)"', page)
    assert len(found) == 1
    assert (preload.front_end() / found[0]).is_file()


def test_without_shortcuts_the_page_is_streamlits_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_SHORTCUTS, "1")
    with TestClient(Starlette(routes=Server().routes()), base_url="http://localhost") as client:
        assert client.get("/").status_code == 404
