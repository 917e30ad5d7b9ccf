"""The chain: an event that was changed, removed or moved is named, and so is an end that was cut off."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from explorer import open_workspace
from explorer.store.backup import backup, restore
from explorer.store.decisions.newest import Newest, newest_file, read_newest, write_newest
from explorer.store.decisions.subsets import Damaged, Decisions, Member

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

EVENTS = 6


def decided(path: Path, newest: Path | None = None) -> list[str]:
    """Make a few decisions; the checksums of the events."""
    with Decisions.open(path, newest) as store:
        store.create_subset("Blurry", author="Ada")
        for number in range(EVENTS - 1):
            store.add_members("Blurry", [Member(f"{number}", "lasso")], author="Ada")
    return [checksum for (checksum,) in run_sql(path, "SELECT checksum FROM decision_events ORDER BY sequence")]


def broken_link(store: Decisions) -> Damaged:
    """The first broken link; there is one."""
    found = store.verify_chain().broken_link
    assert found is not None
    return found


def run_sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as raw, raw:
        return raw.execute(statement).fetchall()


def test_every_event_carries_the_checksum_of_the_one_before_it(tmp_path: Path) -> None:
    """Whatever they are about and whoever wrote them."""
    checksums = decided(tmp_path / "decisions.db")
    with Decisions.open(tmp_path / "decisions.db") as store:
        store.create_subset("Dark", author="Bob")
        store.undo("Ada")
        previous = [event.previous for event in reversed(store.history())]
        assert store.verify_chain() == (EVENTS + 2, [], None)
    assert previous[: EVENTS + 1] == ["", *checksums]


SWAP = "UPDATE decision_events SET sequence = CASE sequence WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE sequence IN (3, 4)"

BROKEN = {
    "changed": ("UPDATE decision_events SET author = 'Eve' WHERE sequence = 3", 3, "event 3 was changed"),
    "its checksum too": ("UPDATE decision_events SET checksum = 'x' WHERE sequence = 3", 3, "event 3 was changed"),
    "the link": ("UPDATE decision_events SET previous = 'x' WHERE sequence = 3", 3, "event 3 was changed"),
    "removed": ("DELETE FROM decision_events WHERE sequence = 3", 4, "an event before event 4 was removed"),
    "two removed": ("DELETE FROM decision_events WHERE sequence IN (2, 4)", 3, "an event before event 3 was removed"),
    "the first removed": ("DELETE FROM decision_events WHERE sequence = 1", 2, "an event before event 2 was removed"),
    "moved": (SWAP, 3, "or events were moved"),
    "the last removed": ("DELETE FROM decision_events WHERE sequence > 4", 6, "the last events were removed"),
    "all removed": ("DELETE FROM decision_events", 6, "the last events were removed"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_first_broken_link_is_named(tmp_path: Path, how: str) -> None:
    """By its number and what is expected there; deciding goes on and does not hide it."""
    statement, sequence, reason = BROKEN[how]
    path, newest = tmp_path / "decisions.db", tmp_path / "newest"
    checksums = decided(path, newest)
    run_sql(path, statement)
    run_sql(path, "UPDATE decision_events SET sequence = -sequence WHERE sequence < 0")
    with Decisions.open(path, newest) as store:
        for turn in range(2):
            broken = broken_link(store)
            assert broken.sequence == sequence
            assert reason in broken.reason
            store.create_subset(f"more {turn}", author="Bob")
        if how in ("removed", "moved"):
            assert checksums[2] in broken.reason
        if how == "the last removed":
            assert checksums[-1] in broken.reason


def test_a_damaged_event_breaks_one_link_and_no_more(tmp_path: Path) -> None:
    """The event after it is not accused, whatever was damaged, and the next one follows as ever."""
    decided(tmp_path / "decisions.db")
    run_sql(tmp_path / "decisions.db", "UPDATE decision_events SET checksum = x'00ff' WHERE sequence = 6")
    with Decisions.open(tmp_path / "decisions.db") as store:
        store.create_subset("more", author="Bob")
        events, damaged, _ = store.verify_chain()
        assert (events, [one.sequence for one in damaged]) == (EVENTS + 1, [6])
        assert broken_link(store).sequence == 6
        assert "event 6 was changed" in store.verify_chain().warning
        assert "`edgecase backup`" in store.verify_chain().warning


def test_what_is_kept_may_lag_behind_but_is_never_ahead(tmp_path: Path) -> None:
    """A kill between the commit and the keeping is no broken link, and the next opening catches up."""
    path, newest = tmp_path / "decisions.db", tmp_path / "newest"
    checksums = decided(path)
    write_newest(newest, Newest(2, checksums[1]))
    with Decisions.open(path) as store:
        assert store.verify_chain().broken_link is None
    Decisions.open(path, newest).close()
    assert read_newest(newest) == (EVENTS, checksums[-1])


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"sequence": 1}', "null"])
def test_a_file_that_says_nothing_is_written_anew(tmp_path: Path, content: str | None) -> None:
    """As of a workspace that was never opened with a chain."""
    path, newest = tmp_path / "decisions.db", tmp_path / "newest"
    checksums = decided(path)
    if content is not None:
        newest.write_text(content)
    with Decisions.open(path, newest) as store:
        assert store.verify_chain().broken_link is None
    assert json.loads(newest.read_text()) == {"sequence": EVENTS, "checksum": checksums[-1]}


def test_a_decision_does_not_fail_where_the_newest_cannot_be_kept(tmp_path: Path) -> None:
    """It is durable by then."""
    with Decisions.open(tmp_path / "decisions.db", tmp_path / "no folder" / "newest") as store:
        store.create_subset("Blurry", author="Ada")
        assert list(store.state().by_name) == ["Blurry"]


def test_each_database_of_a_workspace_has_a_file_of_its_own(workspace: Workspace, tmp_path: Path) -> None:
    """The one inside is known again when the workspace is moved; another one is not mistaken for it."""
    inside = newest_file(workspace.path, workspace.path / "decisions.db")
    assert inside.name == newest_file(tmp_path / "moved", tmp_path / "moved" / "decisions.db").name
    assert newest_file(workspace.path, tmp_path / "team.db") != inside
    assert newest_file(workspace.path, "postgresql://ada:secret@host/team") == newest_file(
        workspace.path, "postgresql://ada:changed@host/team"
    )
    team = open_workspace(workspace.path, tmp_path / "team.db").decisions
    team.create_subset("theirs", author="Bob")
    workspace.decisions.create_subset("ours", author="Ada")
    assert team.verify_chain() == workspace.decisions.verify_chain() == (1, [], None)
    assert len(list(workspace.path.glob("decisions.*.newest"))) == 2


def test_a_server_whose_last_events_are_gone_is_found_out(workspace: Workspace, server: Any) -> None:
    """The workspace keeps the newest of its team's database as of its own."""
    url = server.database()
    with open_workspace(workspace.path, url).decisions as shared:
        shared.create_subset("Blurry", author="Ada")
        shared.create_subset("Dark", author="Ada")
        with shared._database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM decision_events WHERE sequence = 2")
    with open_workspace(workspace.path, url).decisions as shared:
        assert broken_link(shared).sequence == 2


def test_a_backup_keeps_the_newest(workspace: Workspace, tmp_path: Path) -> None:
    """So an end that was cut off before or after it is found out in what is restored."""
    decided(workspace.path / "decisions.db", workspace.newest_decision)
    backup(workspace, tmp_path / "whole.zip")
    run_sql(workspace.path / "decisions.db", "DELETE FROM decision_events WHERE sequence = 6")
    backup(workspace, tmp_path / "cut.zip")
    restored = [open_workspace(restore(tmp_path / f"{name}.zip", tmp_path / name).path) for name in ("whole", "cut")]
    whole, cut = (each.decisions.verify_chain() for each in restored)
    assert whole == (EVENTS, [], None)
    assert (cut.events, cut.broken_link is None) == (EVENTS - 1, False)
    run_sql(restored[0].path / "decisions.db", "DELETE FROM decision_events WHERE sequence = 6")
    assert broken_link(open_workspace(restored[0].path).decisions).sequence == 6
