"""Correcting in place, in the large view: each act is one decision, on disk when the page is there again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.correct import boxes_now
from explorer.data.spaces import IMAGES
from explorer.store.decisions.correction_stream import CORRECTION
from explorer.ui.widgets.correcting import LARGE_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The first image large, on the page of the map."""

    def opened(workspace: Workspace, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.session_state["opened"] = (IMAGES, 0, ())
        app.session_state["author"] = "Ada"
        for key, value in state.items():
            app.session_state[key] = value
        return _fine(app.run())

    return opened


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def test_an_image_is_called_something_else_and_it_is_undone(workspace: Workspace, large: Opener) -> None:
    first = workspace.ids[0]
    app = large(workspace)
    field = next(box for box in app.selectbox if box.label == "Label")
    assert (field.value, [*field.options]) == ("apple", ["apple", "leaf", "sky"])
    _fine(field.set_value("leaf").run())
    said = workspace.corrections.all()[first]
    assert (said.given, said.label, said.author, said.source) == ("apple", "leaf", "Ada", "large view")
    assert "Corrected, given as apple by Ada" in [caption.value for caption in app.caption]
    captions = [caption.value for caption in app.caption]
    assert "1 corrected. “Corrected labels” judges by them." in captions, "the switch is there at once"
    assert any(each.startswith("Models are judged by the labels as given, until you choose") for each in captions)
    _fine(app.button(key=f"{CORRECTION.name} Undo{LARGE_VIEW}").click().run())
    assert workspace.corrections.all() == {}
    assert next(box for box in app.selectbox if box.label == "Label").value == "apple"


def test_boxes_are_corrected_once_that_is_asked_for(boxes_workspace: Workspace, large: Opener) -> None:
    app = large(boxes_workspace)
    (begin,) = [button for button in app.button if button.label == "Correct boxes"]
    _fine(begin.click().run())
    assert app.session_state["editing"]
    (end,) = [button for button in app.button if button.label == "Done correcting"]
    _fine(end.click().run())
    assert not app.session_state["editing"]
    assert boxes_workspace.corrections.history() == [], "nothing was decided"
    assert len(boxes_now(boxes_workspace, boxes_workspace.ids[0])) == 3
