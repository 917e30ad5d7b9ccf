"""The failure patterns of the Evaluate page and the report from it, run by Streamlit itself without a browser."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from tests.reviewing import review

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the patterns of a workspace at one of their kinds."""

    def at(workspace: Workspace, kind: str, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=120)
        for key, value in {"evaluate tab": "Patterns", "evaluate pattern": kind, **state}.items():
            app.session_state[key] = value
        app.run()
        return _fine(app.switch_page("evaluate.py").run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _chart(app: AppTest) -> dict[str, Any]:
    """The figure that is drawn."""
    (chart,) = app.get("plotly_chart")
    figure: dict[str, Any] = json.loads(chart.proto.spec)
    return figure


def _said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def test_the_rates_of_the_categories_are_drawn(dusk_workspace: Workspace, opened: Opener) -> None:
    app = opened(dusk_workspace, "How often")
    (trace,) = _chart(app)["data"]
    assert trace["name"] == "correct"
    assert trace["text"] == ["light<br>41.0% (31.9%\u00a0to\u00a050.8%) correct"]
    assert "By category, told by comparing with labels." in _said(app)


def test_verdicts_are_drawn_with_their_severities(dusk_workspace: Workspace, opened: Opener) -> None:
    ids = dusk_workspace.ids[50:60]
    review(dusk_workspace, dict.fromkeys(ids, ("incorrect", "incorrect")), severity="high")
    app = opened(dusk_workspace, "How badly")
    (trace,) = _chart(app)["data"]
    assert trace["name"] == "high"
    assert "told by the verdicts of the round “R”" in _said(app)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("What for what", "What is taken for what"),
        ("How surely", "gave no confidences"),
        ("Versions", "Correct by version, told by labels"),
        ("Groups", "No column says which images hang together"),
    ],
)
def test_every_kind_draws_or_says_what_is_missing(
    kind: str, expected: str, dusk_built: Workspace, opened: Opener
) -> None:
    assert expected in _said(opened(dusk_built, kind))


def test_a_version_of_boxes_has_its_cell(boxes_built: Workspace, opened: Opener) -> None:
    """Each misses three of the 31 objects: the one without area, and two of its own."""
    cells = _chart(opened(boxes_built, "Versions"))["data"][0]["text"]
    assert cells == [["90% of 31", "90% of 31"]]


def test_the_report_is_offered(dusk_workspace: Workspace, opened: Opener) -> None:
    app = _fine(opened(dusk_workspace, "How often").button(key="report").click().run())
    assert "Dusk: where v1 fails: 1 failure mode, 20 images." in _said(app).replace("**", "")
    assert [one.proto.label for one in app.get("download_button")] == ["HTML", "Markdown"]
