"""The overview of the Loop page: how far each subset is, and one click to what is next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.export import chosen, export
from explorer.actions.import_labels import compare_labels, import_labels
from explorer.data.subsets import Member

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Opener = Callable[[Workspace], AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The Loop page of a workspace, as it opens."""

    def at(workspace: Workspace) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        return _fine(AppTest.from_file(MAIN, default_timeout=60).run().switch_page("loop.py").run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    return "\n".join(one.value for one in app.markdown).replace("\\", "")


def _labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def test_without_subsets_it_says_how_to_begin(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace)
    assert "Lasso images on the map and tag them" in app.info[0].value


def test_each_subset_has_its_next_step(opened: Opener, workspace: Workspace, tmp_path: Path) -> None:
    for name, rows in (("tagged", range(3)), ("out", range(3, 6)), ("back <b>", range(6, 9))):
        members = [Member(workspace.ids[row], "lasso") for row in rows]
        workspace.decisions.create_subset(name, author="Ada", members=members)
    export(workspace, chosen(workspace, ["out", "back <b>"]), tmp_path / "out.csv")
    (tmp_path / "answers.csv").write_text(f"id,label\n{workspace.ids[7]},leaf\n", "utf-8")
    import_labels(workspace, compare_labels(workspace, tmp_path / "answers.csv"), author="Bo")
    app = opened(workspace)
    said = _said(app)
    assert "Waits for reviewers, or to be exported." in said
    assert "Waits for the labelers since 2" in said
    assert "Waits for a new model version since 2" in said
    assert [label for label in _labels(app) if label in ("Review…", "Import labels…", "Add predictions…")] == [
        *("Add predictions…", "Import labels…", "Review…"),
    ]
    (step,) = [one for one in app.button if one.label == "Import labels…"]
    app = _fine(step.click().run())
    assert app.session_state["loop_part"] == "Returned labels"
