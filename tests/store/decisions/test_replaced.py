"""A database that another takes the place of while it is open: neither the new one nor what was decided is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from explorer import open_workspace
from explorer.errors import WorkspaceError
from explorer.store.backup import backup, restore
from explorer.store.decisions.log import append
from explorer.store.decisions.newest import read_newest
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.store.workspace import Workspace

MANY = 200


def other(path: Path) -> bytes:
    """Make a database of two hundred subsets; its bytes."""
    with Decisions.open(path) as store, store.writing() as (connection, _):
        for number in range(MANY):
            facts: dict[str, Any] = {
                "note": "",
                "category": "",
                "colour": "",
                "target": None,
                "rule": None,
                "members": [],
            }
            payload: dict[str, Any] = {"name": f"theirs {number}", **facts, "reason": "", "context": {}}
            append(connection, "created", "Bob", f"subset:{number}", payload)
    return path.read_bytes()


REPLACED: dict[str, Callable[[Path, Path], Any]] = {
    "by another file": os.replace,
    "in place": shutil.copyfile,
}


@pytest.mark.parametrize("how", REPLACED)
def test_a_file_in_the_place_of_the_opened_one_is_read_and_not_written(tmp_path: Path, how: str) -> None:
    """Whoever decides is told; the new file is as it came, and the former one goes on where it is put back."""
    path, content = tmp_path / "decisions.db", other(tmp_path / "theirs.db")
    with Decisions.open(path) as store:
        store.create_subset("ours", author="Ada")
        former = shutil.copyfile(path, tmp_path / "former.db")
        REPLACED[how](tmp_path / "theirs.db", path)
        for _ in range(2):
            with pytest.raises(WorkspaceError, match=r"up to event 1, found others.*Start this program again"):
                store.add_members("ours", [Member("a", "ids")], author="Ada")
            assert len(store.state().subsets) == MANY
        assert path.read_bytes() == content
        os.replace(former, path)  # noqa: PTH105
        store.add_members("ours", [Member("a", "ids")], author="Ada")
        assert store.state().find("ours").ids == ("a",)
        assert store.verified() == store.verify_chain() == (2, [], None)
    assert sorted(file.name for file in tmp_path.glob("decisions.db*")) == ["decisions.db"]


def test_an_older_copy_is_another_file_and_a_newer_one_is_not(tmp_path: Path) -> None:
    """What was acknowledged since the copy was made is missed; what others added to the same decisions is welcome."""
    path, friday = tmp_path / "decisions.db", tmp_path / "friday.db"
    with Decisions.open(path) as store:
        store.create_subset("ours", author="Ada")
        shutil.copyfile(path, friday)
        store.add_members("ours", [Member("a", "ids")], author="Ada")
        shutil.copyfile(path, tmp_path / "today.db")
        shutil.copyfile(friday, path)
        with pytest.raises(WorkspaceError, match="up to event 2"):
            store.delete_subset("ours", author="Ada")
        with Decisions.open(tmp_path / "today.db") as carried:
            carried.add_members("ours", [Member("b", "ids")], author="Bob")
        shutil.copyfile(tmp_path / "today.db", path)
        store.add_members("ours", [Member("c", "ids")], author="Ada")
        assert store.state().find("ours").ids == ("a", "b", "c")


def test_a_removed_file_is_not_made_anew(tmp_path: Path) -> None:
    """What is decided would be in a file without a past."""
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as store:
        store.create_subset("ours", author="Ada")
        path.rename(tmp_path / "away.db")
        for act in (store.state, lambda: store.delete_subset("ours", author="Ada")):
            with pytest.raises(WorkspaceError, match="it is gone or cannot be opened; put it back"):
                act()
        assert [file.name for file in tmp_path.iterdir()] == ["away.db"]
        (tmp_path / "away.db").rename(path)
        assert list(store.state().by_name) == ["ours"]


def test_an_emptied_file_is_no_new_database(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as store:
        store.create_subset("ours", author="Ada")
        path.write_bytes(b"")
        for act in (store.state, lambda: store.delete_subset("ours", author="Ada")):
            with pytest.raises(WorkspaceError, match="put the former back"):
                act()
    assert path.read_bytes() == b""


def test_a_file_that_is_replaced_at_the_moment_of_writing_acknowledges_nothing(tmp_path: Path) -> None:
    path, content = tmp_path / "decisions.db", other(tmp_path / "theirs.db")
    with Decisions.open(path) as store:
        store.create_subset("ours", author="Ada")
        with pytest.raises(WorkspaceError, match="at the moment of writing"), store.writing():
            os.replace(tmp_path / "theirs.db", path)  # noqa: PTH105
    assert path.read_bytes() == content


def left_log(path: Path, folder: Path) -> None:
    """Keep a file, and the log beside it that a writer would leave who was killed after one more decision."""
    folder.mkdir()
    with closing(sqlite3.connect(path)) as reader:  # the last to close would empty the log
        reader.execute("SELECT 1 FROM decision_events").fetchall()
        shutil.copy(path, folder)
        with Decisions.open(path) as store:
            store.create_subset("in the log", author="Ada")
        for end in ("-wal", "-shm"):
            shutil.copy(f"{path}{end}", folder)


def test_a_log_that_was_left_is_carried_into_its_own_file_only(tmp_path: Path) -> None:
    """SQLite would write it into whichever file is there, over what that one holds."""
    path, content = tmp_path / "decisions.db", other(tmp_path / "theirs.db")
    with Decisions.open(path) as store:
        store.create_subset("ours", author="Ada")
    left_log(path, tmp_path / "left")
    shutil.copytree(tmp_path / "left", tmp_path, dirs_exist_ok=True)
    with Decisions.open(path) as store:
        assert list(store.state().by_name) == ["ours", "in the log"]
    shutil.copytree(tmp_path / "left", tmp_path, dirs_exist_ok=True)
    os.replace(tmp_path / "theirs.db", path)  # noqa: PTH105
    with pytest.raises(WorkspaceError, match=r"move decisions\.db-wal and decisions\.db-shm away"):
        Decisions.open(path)
    assert path.read_bytes() == content
    for end in ("-wal", "-shm"):
        path.with_name(f"{path.name}{end}").unlink()
    with Decisions.open(path) as store:
        assert len(store.state().subsets) == MANY


@pytest.mark.parametrize("content", [None, b""])
def test_where_decisions_were_kept_nothing_is_no_new_database(workspace: Workspace, content: bytes | None) -> None:
    """It can be looked at, says what is missing, and takes no decision until somebody accepts the loss."""
    path = workspace.path / "decisions.db"
    workspace.decisions.create_subset("ours", author="Ada")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with open_workspace(workspace.path).decisions as store:
        assert store.state().subsets == ()
        assert "the last events were removed: expected event 1" in store.verified().warning
        with pytest.raises(
            WorkspaceError, match=f"found {'no file' if content is None else 'an empty database'} there"
        ):
            store.create_subset("more", author="Ada")
    assert (path.read_bytes() if path.exists() else None) == content
    done = backup(workspace, workspace.path.parent / "b.zip")
    assert done.events == 0
    restored = open_workspace(restore(done.path, workspace.path.parent / "again").path)
    assert "expected event 1" in restored.decisions.verified().warning
    open_workspace(workspace.path).decisions.accept()
    with open_workspace(workspace.path).decisions as store:
        store.create_subset("more", author="Ada")
        assert store.verified() == (1, [], None)
        assert read_newest(workspace.newest_decision) is not None
