"""Saved views: their verbs, what undo does to them, and what older programs make of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from explorer.errors import ViewError, WorkspaceError
from explorer.store.backup import backup, restore
from explorer.store.decisions import database
from explorer.store.decisions.saved_views import SavedViews
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace

LOOK: dict[str, Any] = {"widgets": {"colour": "label"}, "hidden": {}, "selection": [], "search": None, "zoom": {}}


@pytest.fixture
def views(tmp_path: Path) -> Iterator[SavedViews]:
    with Decisions.open(tmp_path / "decisions.db") as log:
        yield SavedViews(log)


def told(views: SavedViews) -> list[str]:
    return [event.sentence for event in reversed(views.history())]


def test_a_view_is_saved_renamed_and_deleted_and_all_of_it_is_told(views: SavedViews) -> None:
    event = views.save("  Dark   boots ", LOOK, author="Ada")
    assert views.find("dark boots").look == LOOK
    views.rename("dark boots", "Boots", author="Bob")
    assert (views.find(event.key).name, views.find(event.key).created_by) == ("Boots", "Ada")
    views.delete("Boots", author="Bob")
    assert views.all() == []
    assert told(views) == [
        "Ada saved the view “Dark boots”.",
        "Bob renamed the view “Dark boots” to “Boots”.",
        "Bob deleted the view “Boots”.",
    ]


def test_saving_under_a_name_that_is_there_keeps_its_link(views: SavedViews) -> None:
    key = views.save("Boots", LOOK, author="Ada").key
    other = {**LOOK, "widgets": {"colour": "split"}}
    assert views.save("BOOTS", other, author="Bob").key == key
    assert [(view.name, view.look) for view in views.all()] == [("Boots", other)]
    views.undo("Bob")
    assert views.find(key).look == LOOK


def test_undo_and_redo_are_of_the_author_and_of_views_alone(views: SavedViews) -> None:
    assert isinstance(views.log, Decisions)
    views.save("Boots", LOOK, author="Ada")
    views.log.create_subset("Boots", author="Ada")
    views.undo("Ada")
    assert views.all() == []
    assert list(views.log.state().by_name) == ["Boots"]
    views.redo("Ada")
    assert [view.name for view in views.all()] == ["Boots"]
    assert views.undo("Bob") is None


def test_a_name_is_had_by_one_view_only(views: SavedViews) -> None:
    views.save("Boots", LOOK, author="Ada")
    views.save("Coats", LOOK, author="Ada")
    with pytest.raises(ViewError, match="“Boots” is taken by a view of Ada"):
        views.rename("Coats", "boots", author="Ada")
    views.delete("Coats", author="Bob")
    views.save("Coats", LOOK, author="Ada")
    with pytest.raises(ViewError, match="taken"):
        views.undo("Bob")
    for name in ("", " \n "):
        with pytest.raises(ViewError, match="needs a name"):
            views.save(name, LOOK, author="Ada")
    with pytest.raises(ViewError, match=r"“Hats”. There are: Boots, Coats"):
        views.find("Hats")


def test_an_older_program_refuses_what_it_cannot_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as log:
        SavedViews(log).save("Boots", LOOK, author="Ada")
    newest = database.REVISIONS[-1]
    monkeypatch.setattr(database, "REVISIONS", ("0001", "0002"))
    with pytest.raises(WorkspaceError, match=f"have schema {newest}, of a newer version"):
        Decisions.open(path)


def test_a_database_of_revision_0002_is_copied_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as log:
        log.create_subset("Boots", author="Ada")
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE edgecase_schema SET version_num = '0002'")
    with Decisions.open(path) as log:
        SavedViews(log).save("Boots", LOOK, author="Ada")
        assert log.verify_chain() == (2, [], None)
    assert (tmp_path / "decisions.db.0002").exists()


def test_a_backup_carries_views_and_gives_them_back(workspace: Workspace, tmp_path: Path) -> None:
    key = workspace.views.save("Boots", LOOK, author="Ada").key
    backup(workspace, tmp_path / "friday.zip")
    restore(tmp_path / "friday.zip", tmp_path / "again")
    from explorer import open_workspace

    (view,) = open_workspace(tmp_path / "again").views.all()
    assert (view.key, view.name, view.look) == (key, "Boots", LOOK)
