"""Which workspace a tab looks at: said by a key, kept apart from others, known only where it may be."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

import explorer
from explorer.points.opened_build import View
from explorer.store.paths import DECISIONS, WorkspacePaths
from explorer.store.recent import note
from explorer.ui.session.text import sentence
from explorer.ui.session.workspaces import ADDRESS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def address() -> Iterator[Callable[[str], None]]:
    """Say on which address the app listens."""
    before = config.get_option("server.address")
    yield lambda host: config.set_option("server.address", host)
    config.set_option("server.address", before)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: Callable[[str], None]) -> Callable[..., AppTest]:
    """The app, started with these words and visited at the address of a workspace, on localhost."""
    monkeypatch.setenv("EDGECASE_CONFIG", str(tmp_path / "configuration"))

    def visit(*words: object, key: str = "", host: str = "127.0.0.1") -> AppTest:
        address(host)
        monkeypatch.setattr(sys, "argv", ["main.py", *map(str, words)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        if key:
            app.query_params[ADDRESS] = key
        return app.run()

    return visit


def _key(workspace: Workspace) -> str:
    return WorkspacePaths(workspace.path).key


def _named(app: AppTest) -> str:
    """The key in the address; it is a list once the app wrote it."""
    said = app.query_params[ADDRESS]
    return said if isinstance(said, str) else str(said[0])


def _buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def _copy(workspace: Workspace, folder: Path) -> Workspace:
    return explorer.open_workspace(shutil.copytree(workspace.path, folder))


def _titles(app: AppTest) -> list[str]:
    return [subheader.value for subheader in app.subheader]


def test_without_a_workspace_there_is_the_start_page(started: Opener) -> None:
    app = started()
    assert [error.message for error in app.exception] == []
    assert "Choose data…" in _buttons(app)
    assert ADDRESS not in app.query_params


def test_a_recent_workspace_opens_by_its_key_and_no_address_holds_its_path(
    started: Opener, workspace: Workspace
) -> None:
    note(workspace.path)
    app = started(key=_key(workspace))
    assert _titles(app) == ["Fruit"]
    assert _named(app) == _key(workspace)
    assert len(_key(workspace)) == 16
    assert set(_key(workspace)) <= set("0123456789abcdef")


@pytest.mark.parametrize("key", ["0" * 16, "/etc", "../..", "?"])
def test_an_unknown_key_is_a_sentence_on_the_start_page(key: str, started: Opener) -> None:
    app = started(key=key)
    assert [error.value for error in app.error] == [sentence(UNKNOWN)]
    assert "Choose data…" in _buttons(app)
    assert ADDRESS not in app.query_params


def test_the_path_of_a_workspace_is_no_key(started: Opener, workspace: Workspace) -> None:
    note(workspace.path)
    assert [error.value for error in started(key=str(workspace.path)).error] == [sentence(UNKNOWN)]


def test_two_tabs_look_at_two_workspaces(started: Opener, workspace: Workspace, boxes_workspace: Workspace) -> None:
    note(boxes_workspace.path)
    first, second = started(workspace.path), started(workspace.path, key=_key(boxes_workspace))
    assert (_titles(first.run()), _titles(second.run())) == (["Fruit"], ["Boxes"])


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    """In a folder of its own: `boxes_workspace` has the other one."""
    return _copy(built, tmp_path / "fruit")


def test_leaving_for_another_keeps_what_was_looked_at_in_each(
    started: Opener, workspace: Workspace, tmp_path: Path
) -> None:
    """Filters and strokes of one are not those of the other; going back finds them."""
    other = _copy(workspace, tmp_path / "other")
    note(other.path)
    app = started(workspace.path)
    app.session_state["filter_columns"] = ["label"]
    app.session_state["filter label"] = ["sky"]
    assert "20 of 60 points shown" in [caption.value for caption in app.run().caption]
    app.switch_page("start.py").run()
    app.button(key=f"open {_key(other)}").click().run()
    assert _named(app) == _key(other)
    assert "60 of 60 points shown" in [caption.value for caption in app.caption]
    app.switch_page("start.py").run()
    app.button(key=f"open {_key(workspace)}").click().run()
    assert "20 of 60 points shown" in [caption.value for caption in app.caption]


def test_a_database_elsewhere_is_of_the_workspace_of_the_command_line(
    started: Opener, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _copy(workspace, tmp_path / "other")
    note(other.path)
    monkeypatch.setenv(DECISIONS, str(tmp_path / "team.db"))
    explorer.open_workspace(workspace.path).decisions.create_subset("the team's", author="Ada")
    mine, theirs = started(workspace.path), started(workspace.path, key=_key(other))
    assert "the team's" in str(mine.switch_page("subsets.py").run().dataframe[0].value)
    assert "No edge-case subsets yet" in theirs.switch_page("subsets.py").run().info[0].value
    assert DECISIONS in started().info[0].value


def test_served_wide_only_workspaces_below_a_root_are_shown_and_opened(
    started: Opener, workspace: Workspace, tmp_path: Path
) -> None:
    inside = _copy(workspace, tmp_path / "data" / "inside")
    note(workspace.path)
    note(inside.path)
    opening = [f"open {_key(inside)}", f"open {_key(workspace)}"]

    def offered(app: AppTest) -> list[str]:
        return [key for button in app.button if (key := str(button.key)).startswith("open ")]

    assert offered(started()) == opening
    assert offered(started(host="0.0.0.0")) == []  # noqa: S104
    assert offered(started("--root", tmp_path / "data", host="0.0.0.0")) == opening[:1]  # noqa: S104
    refused = started("--root", tmp_path / "data", key=_key(workspace), host="0.0.0.0")  # noqa: S104
    assert [error.value for error in refused.error] == [sentence(UNKNOWN)]


def test_a_copy_of_a_workspace_has_other_addresses_for_its_pictures(workspace: Workspace, tmp_path: Path) -> None:
    """The pictures are the same, what the card says of them is not: subsets are columns of the points."""
    views = [View(one) for one in (workspace, _copy(workspace, tmp_path / "other"))]
    assert len({view.key for view in views}) == 2
    assert len({view.images.space.key for view in views}) == 2
