"""Returned labels on the Loop page: dropped, looked at, taken over as far as they are ticked, and taken back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.export import Chosen, Options, export
from tests.actions.test_import_labels import edited_cvat

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1.element_tree import Button

    from explorer.store.workspace import Workspace

    Opener = Callable[[Workspace], AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
BACK = "id,label\napple/00.png,leaf\nleaf/00.png,sky\nsky/00.png,sky\nx.png,leaf\n"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The Loop page of a workspace, at the labels that came back."""

    def at(workspace: Workspace) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.session_state["loop_part"] = "Returned labels"
        return _fine(app.run().switch_page("loop.py").run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    return app


def _dropped(app: AppTest, name: str, content: bytes) -> AppTest:
    (uploader,) = app.file_uploader
    return _fine(uploader.set_value((name, content, "text/plain")).run())


def _button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label.startswith(label))


def test_labels_are_looked_at_ticked_taken_over_and_taken_back(workspace: Workspace, opened: Opener) -> None:
    app = opened(workspace)
    assert "drop here what comes back" in app.info[0].value
    app = _dropped(app, "back.csv", BACK.encode())
    assert [str(one.value) for one in app.caption if "Read as" in one.value] == [
        "Read as Table. Images that it does not name are not touched."
    ]
    assert [box.label for box in app.checkbox] == ["apple → leaf", "leaf → sky"]
    assert [one.label for one in app.expander] == ["Not taken over, and why (1)"]
    app = _fine(app.checkbox[1].uncheck().run())
    app = _fine(_button(app, "Take over 1 change").click().run())
    said = {each: (one.label, one.source) for each, one in workspace.corrections.all().items()}
    assert said == {"apple/00.png": ("leaf", "back.csv")}
    assert "judged by the labels as given, until you choose “Corrected labels”" in app.toast[0].value
    assert [box.label for box in app.checkbox] == ["leaf → sky"]
    app = _fine(app.button(key="correction Undo").click().run())
    assert workspace.corrections.all() == {}
    assert [box.label for box in app.checkbox] == ["apple → leaf", "leaf → sky"]


def test_what_is_left_of_one_file_is_not_left_of_the_next(workspace: Workspace, opened: Opener) -> None:
    """Lines of the next file have the same place and image."""
    app = _dropped(opened(workspace), "back.csv", BACK.encode())
    app = _fine(app.checkbox[0].uncheck().run())
    app = _dropped(app, "next.csv", b"id,label\napple/00.png,sky\n")
    assert [(box.label, box.value) for box in app.checkbox] == [("apple → sky", True)]
    app = _fine(_button(app, "Take over 1 change").click().run())
    assert {each: one.label for each, one in workspace.corrections.all().items()} == {"apple/00.png": "sky"}


def test_boxes_are_drawn_as_they_stand_and_as_they_came_back(
    boxes_workspace: Workspace, opened: Opener, tmp_path: Path
) -> None:
    export(boxes_workspace, Chosen(everything=True), tmp_path / "out", Options("cvat"))
    app = _dropped(opened(boxes_workspace), "annotations.xml", edited_cvat(tmp_path / "out").read_bytes())
    assert len(app.image) == 2
    assert [box.label.split(" ")[0] for box in app.checkbox] == ["**1**", "**2**", "**3**", "**4**"]
    (pills,) = app.get("button_group")[-1:]
    assert [option.content for option in pills.proto.options] == [
        "Class changed (1)",
        "Box moved (1)",
        "Box added (1)",
        "Box removed (1)",
    ]
    app = _fine(_button(app, "Take over 4 changes").click().run())
    (corrected,) = boxes_workspace.corrections.boxes().values()
    assert [(box.label, box.x) for box in corrected.boxes] == [("dot", 4), ("dot", 40), ("cell", 70)]
    assert "Nothing to take over" in app.success[0].value


def test_what_cannot_be_read_is_said(workspace: Workspace, opened: Opener) -> None:
    app = _dropped(opened(workspace), "back.zip", b"PK no zip")
    assert "Expected a ZIP of labels at back" in app.error[0].value.replace("\\", "")


def test_names_of_others_are_not_read_as_markdown(workspace: Workspace, opened: Opener) -> None:
    hostile = "id,label\napple/00.png,**b** :red[stop]\n:material/delete: <b>,leaf\n"
    app = _dropped(opened(workspace), "**back**.csv", hostile.encode())
    (box,) = app.checkbox
    assert box.label == "apple → \\*\\*b\\*\\* \\:red\\[stop\\]"
    app = _fine(_button(app, "Take over 1 change").click().run())
    (told,) = [str(one.value) for one in app.caption if one.value.startswith("From ")]
    assert "**" not in told
    assert ":red[" not in told
