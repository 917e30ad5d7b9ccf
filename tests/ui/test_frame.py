"""Whom a round of review hides something from: wherever they begin, they come to its workspace and see no other."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.review import start_round
from explorer.data.verdicts import Protocol
from explorer.store.paths import WorkspacePaths
from explorer.store.recent import note
from explorer.ui.server.routes import server
from explorer.ui.session import identity, workspaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.store.workspace import Workspace

    Visit = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
BEN, OWNER = "ben@example.org", "ada@example.org"
ROLES = f"people: {{{OWNER}: owner, {BEN}: reviewer}}\n"


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Visit]:
    """A page of the app where people sign in, as one of them, at the address of a workspace."""
    monkeypatch.setenv("EDGECASE_CONFIG", str(tmp_path / "configuration"))
    monkeypatch.setattr(server(), "_blind", {})
    workspaces._opened_here.clear()
    for asked in ("are_checked", "is_signed_in"):
        monkeypatch.setattr(identity, asked, lambda: True)
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")

    def at(who: str, *words: object, key: str = "", page: str = "") -> AppTest:
        monkeypatch.setattr(identity, "name", lambda: who)
        monkeypatch.setattr(sys, "argv", ["main.py", *map(str, words)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        if key:
            app.query_params["workspace"] = key
        app.run()
        if page:
            app.switch_page(page).run()
        assert [error.message for error in app.exception] == []
        return app

    yield at
    config.set_option("server.address", before)


@pytest.fixture
def blinded(built: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with an open round that hides labels from Ben."""
    workspace = explorer.open_workspace(shutil.copytree(built.path, tmp_path / "blinded"))
    protocol = Protocol("Blind", tuple(workspace.ids[:4]), (BEN, "cy@example.org"), model="v1", blinded=("label",))
    start_round(workspace, protocol, author=OWNER)
    workspace.paths.roles.write_text(ROLES)
    return workspace


def _reviews(app: AppTest, workspace: Workspace) -> bool:
    """Whether the page is that of the reviews of a workspace."""
    return "### Review" in [one.value for one in app.markdown] and app.session_state.folder == workspace.path


@pytest.mark.parametrize("page", ["", "start.py", "new.py", "map.py"])
@pytest.mark.parametrize("key", ["", "0" * 16])
def test_the_workspace_of_the_command_line_hides_also_where_another_is_asked_for(
    page: str, key: str, blinded: Workspace, visit: Visit
) -> None:
    app = visit(BEN, blinded.path, key=key, page=page)
    assert _reviews(app, blinded)
    assert "Choose data…" not in [button.label for button in app.button]


@pytest.mark.parametrize("page", ["", "start.py", "new.py"])
def test_a_workspace_that_nobody_has_opened_since_the_start_hides_too(
    page: str, blinded: Workspace, visit: Visit
) -> None:
    note(blinded.path)
    assert _reviews(visit(BEN, page=page), blinded)
    assert server().hiding_from(BEN) == [blinded.path]


def test_who_is_blind_in_one_workspace_sees_no_other(
    blinded: Workspace, built: Workspace, visit: Visit, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(built.path, tmp_path / "other"))
    note(other)
    app = visit(BEN, blinded.path, key=WorkspacePaths(other).key, page="labels.py")
    assert _reviews(app, blinded)


def test_who_is_not_blind_goes_everywhere_and_the_blind_once_the_round_is_closed(
    blinded: Workspace, visit: Visit
) -> None:
    assert not _reviews(visit(OWNER, blinded.path, page="labels.py"), blinded)
    assert "Choose data…" in [button.label for button in visit(OWNER, blinded.path, page="start.py").button]
    (one,) = blinded.rounds.all()
    blinded.rounds.close(one.key, author=OWNER)
    assert not _reviews(visit(BEN, blinded.path, page="labels.py"), blinded)
