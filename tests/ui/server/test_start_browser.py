"""The first moments of a visit, in real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.maps.umap_import import NO_SHORTCUTS

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser


def test_the_browser_makes_a_plot_while_it_waits_for_the_app(visit: Visit, workspace: Workspace) -> None:
    """Here the app never answers, and plotly.js is there all the same."""
    with visit(workspace) as page:
        page.route_web_socket("**/_stcore/stream", lambda _: None)
        page.reload()
        page.wait_for_function("window.Plotly")
        assert page.locator(".ec-scatter").count() == 0


def test_the_first_map_takes_the_plot_that_was_made(visit: Visit, workspace: Workspace) -> None:
    """A second plot would need WebGL contexts of its own, of which a page has only a few."""
    with visit(workspace) as page:
        page.add_init_script(
            "window.contexts = new Set(); const context = HTMLCanvasElement.prototype.getContext;"
            "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
            " if (kind.includes('webgl')) contexts.add(this); return context.call(this, kind, ...more); };"
        )
        page.reload()
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        page.wait_for_selector('[data-test-script-state="notRunning"]')
        assert page.evaluate("contexts.size > 0 && [...contexts].every((canvas) => canvas.isConnected)")


def test_the_first_map_comes_without_shortcuts_too(
    visit: Visit, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours is in the page before the app answers, and the map comes all the same."""
    monkeypatch.setenv(NO_SHORTCUTS, "1")
    with visit(workspace) as page:
        assert page.request.get(page.url).text().count("edgecase") == 0
        page.wait_for_selector(".ec-scatter[data-ready=true]")
        page.wait_for_selector('[data-test-script-state="notRunning"]')
        assert page.locator(".ec-scatter").get_attribute("data-points") == str(len(workspace.samples))
