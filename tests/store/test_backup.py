"""One file holds the decisions, and gives them back exactly as they were."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import sqlalchemy as sa

from explorer import build, open_workspace
from explorer.actions.add import add
from explorer.errors import WorkspaceError
from explorer.review.people import read_people
from explorer.store.backup import backup, restore
from explorer.store.decisions.database import Database, event_table
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source


def _decide(store: Decisions) -> None:
    store.create_subset("Dämmerung", author="Ada", note="a\nb", members=[Member("apple/00.png", "search", 0.25)])
    store.add_members("Dämmerung", [Member("leaf/01.png", "lasso")], author="Bob")
    store.reject_candidates("Dämmerung", ["sky/02.png"], author="Ada", scores={"sky/02.png": 0.5})
    store.undo("Bob")
    store.create_subset("gone", author="Bob")
    store.delete_subset("gone", author="Bob")


def _events(location: Path | str) -> list[tuple[Any, ...]]:
    """Every column of every event."""
    database = Database(location)
    with database.reading() as connection:
        rows = connection.execute(sa.select(event_table).order_by(event_table.c.sequence)).all()
    database.close()
    return [tuple(row) for row in rows]


def test_a_backup_restores_the_same_events_which_go_on(workspace: Workspace, tmp_path: Path) -> None:
    """Every column of every event is the same, its checksum holds, and undo reaches back behind the backup."""
    _decide(workspace.decisions)
    done = backup(workspace, tmp_path / "b.zip")
    restored = restore(tmp_path / "b.zip", tmp_path / "new" / "ws")
    assert (done.events, done.derived) == (restored.events, restored.derived) == (6, 0)
    assert _events(restored.path / "decisions.db") == _events(workspace.path / "decisions.db")
    with Decisions.open(restored.path / "decisions.db") as store:
        assert store.verify() == []
        assert store.state() == workspace.decisions.state()
        store.undo("Ada")
        assert store.state().find("Dämmerung").rejected == {}
        assert store.history()[0].sequence == 7


def test_who_may_do_what_is_restored(workspace: Workspace, tmp_path: Path) -> None:
    roles = "people:\n  ada@example.org: owner\n  Bo: reviewer\ndefault: viewer\n"
    workspace.paths.roles.write_text(roles, "utf-8")
    backup(workspace, tmp_path / "b.zip")
    restored = restore(tmp_path / "b.zip", tmp_path / "ws2").path
    assert (restored / "roles.yaml").read_text("utf-8") == roles
    assert read_people(open_workspace(restored).paths.roles).role("Bo") == "reviewer"
    workspace.paths.roles.unlink()
    backup(workspace, tmp_path / "without.zip")
    assert not (restore(tmp_path / "without.zip", tmp_path / "ws3").path / "roles.yaml").exists()


def test_without_derived_files_a_build_makes_the_rest_again(
    workspace: Workspace, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _decide(workspace.decisions)
    backup(workspace, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "ws2")
    with pytest.raises(WorkspaceError, match="`edgecase build` again"):
        _ = open_workspace(tmp_path / "ws2").samples
    source = request.getfixturevalue("source")
    again = build(source.table, tmp_path / "ws2", vectors=source.vectors, name="Fruit")
    assert again.manifest.spaces == workspace.manifest.spaces
    assert again.subset("Dämmerung").ids == ("apple/00.png",)


def test_a_full_backup_opens_at_once(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.path / "library" / "x").mkdir(parents=True)
    (workspace.path / "library" / "x" / "detector.json").write_text("{}")
    assert backup(workspace, tmp_path / "b.zip", full=True).derived > 10
    restore(tmp_path / "b.zip", tmp_path / "ws2")
    again = open_workspace(tmp_path / "ws2")
    assert again.samples.equals(workspace.samples)
    assert (again.layout().xy == workspace.layout().xy).all()
    assert (again.path / "library" / "x" / "detector.json").exists()


def test_a_backup_is_consistent_while_others_decide(workspace: Workspace, tmp_path: Path) -> None:
    """What was acknowledged before it began is in it, and it is a beginning of the whole log."""
    store, stop = workspace.decisions, threading.Event()
    store.create_subset("busy", author="Ada")

    def write() -> None:
        with Decisions.open(workspace.path / "decisions.db") as own:
            for number in range(10_000):
                own.add_members("busy", [Member(f"{number}", "ids")] * 20, author="Bob")
                if stop.is_set():
                    return

    thread = threading.Thread(target=write)
    thread.start()
    for turn in range(5):
        before = store.state().sequence
        backup(workspace, tmp_path / f"{turn}.zip")
        restore(tmp_path / f"{turn}.zip", tmp_path / f"ws{turn}")
        copied = _events(tmp_path / f"ws{turn}" / "decisions.db")
        assert len(copied) >= before
        assert copied == _events(workspace.path / "decisions.db")[: len(copied)]
    stop.set()
    thread.join()


def test_a_workspace_without_decisions_has_a_backup_too(workspace: Workspace, tmp_path: Path) -> None:
    backup(workspace, tmp_path / "b.zip")
    assert restore(tmp_path / "b.zip", tmp_path / "ws2").events == 0
    assert open_workspace(tmp_path / "ws2").subsets() == []


def test_a_damaged_event_is_kept_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    """A backup loses nothing that might be read by hand later."""
    _decide(workspace.decisions)
    database = Database(workspace.path / "decisions.db")
    with database.writing() as connection:
        connection.execute(sa.update(event_table).where(event_table.c.sequence == 2).values(payload="{"))
    database.close()
    backup(workspace, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "ws2")
    assert _events(tmp_path / "ws2" / "decisions.db") == _events(workspace.path / "decisions.db")


def test_nothing_is_ever_replaced(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    backup(workspace, file)
    before = file.read_bytes()
    with pytest.raises(WorkspaceError, match="never replaces"):
        backup(workspace, file)
    with pytest.raises(WorkspaceError, match="nothing is replaced"):
        restore(file, workspace.path)
    Decisions.open(tmp_path / "other.db").create_subset("theirs", author="Ada")
    with pytest.raises(WorkspaceError, match="holds decisions already"):
        restore(file, tmp_path / "ws2", tmp_path / "other.db")
    assert file.read_bytes() == before
    assert not (tmp_path / "ws2").exists()
    assert not list(tmp_path.glob(".*"))


BROKEN = ["text", "torn", "flipped", "foreign zip", "another version", "other decisions", "expanding", "deep"]


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_is_no_whole_backup_restores_nothing(what: str, workspace: Workspace, tmp_path: Path) -> None:
    _decide(workspace.decisions)
    file = tmp_path / "b.zip"
    backup(workspace, file)
    raw = bytearray(file.read_bytes())
    if what == "text":
        file.write_text("hello")
    elif what == "torn":
        file.write_bytes(raw[: len(raw) // 2])
    elif what == "flipped":
        raw[200] ^= 0xFF
        file.write_bytes(raw)
    elif what == "foreign zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("../../evil.txt", "x")
    else:
        _rewrite(file, what)
    with pytest.raises(WorkspaceError, match=r"not a whole backup|format 99"):
        restore(file, tmp_path / "ws2")
    assert not (tmp_path / "ws2").exists()


def _rewrite(file: Path, what: str) -> None:
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    if what == "expanding":
        content["derived/zeros"] = bytes(2**27)
    elif what == "deep":
        content["backup.json"] = b"[" * 200_000
    elif what == "another version":
        content["backup.json"] = json.dumps({**json.loads(content["backup.json"]), "format": 99}).encode()
    else:
        content["decisions.db"] = content["decisions.db"][:-1] + b"!"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def test_a_backup_that_cannot_be_written_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be written"):
        backup(workspace, tmp_path / "nowhere" / "b.zip")
    with pytest.raises(WorkspaceError, match="cannot be restored"):
        restore(tmp_path / "nowhere.zip", tmp_path / "ws2")
    assert not (tmp_path / "ws2").exists()


def test_decisions_of_a_server_are_backed_up_and_restored_exactly(
    workspace: Workspace, tmp_path: Path, server: Any
) -> None:
    """From PostgreSQL to a file, to another PostgreSQL database, and from a file to a server: always the same."""
    first, second, third = (server.database() for _ in range(3))
    shared = open_workspace(workspace.path, first)
    _decide(shared.decisions)
    backup(shared, tmp_path / "server.zip")
    restore(tmp_path / "server.zip", tmp_path / "local")
    restore(tmp_path / "server.zip", tmp_path / "moved", second)
    local = open_workspace(tmp_path / "local")
    backup(local, tmp_path / "local.zip")
    restore(tmp_path / "local.zip", tmp_path / "back", third)
    events = _events(first)
    assert len(events) == 6
    assert events == _events(second) == _events(third) == _events(tmp_path / "local" / "decisions.db")
    assert not (tmp_path / "moved" / "decisions.db").exists()
    with Decisions.open(third) as store:
        store.create_subset("next", author="Ada")  # the server's counter goes on after the restored events
        assert store.state().sequence == 7
    shared.decisions.close()


def test_the_environment_says_where_restored_decisions_go(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _decide(workspace.decisions)
    backup(workspace, tmp_path / "b.zip")
    monkeypatch.setenv("EDGECASE_DECISIONS", str(tmp_path / "team.db"))
    restore(tmp_path / "b.zip", tmp_path / "ws2")
    assert open_workspace(tmp_path / "ws2").subset("Dämmerung").created_by == "Ada"
    assert not (tmp_path / "ws2" / "decisions.db").exists()
    shutil.rmtree(tmp_path / "ws2")
    assert len(_events(tmp_path / "team.db")) == 6


ROW = {
    "sequence": 1,
    "id": "x",
    "time": "2026-01-01T00:00:00+00:00",
    "author": "Ada",
    "kind": "created",
    "stream": "subset:x",
    "payload": "{}",
    "previous": "",
    "checksum": "x",
}
LINES = {
    "not UTF-8": b"\xff\xfe\n",
    "not JSON": b"{\n",
    "deep": b"[" * 200_000,
    "a list": b"[1]\n",
    "a number": b"1\n",
    "a column is missing": json.dumps({name: value for name, value in ROW.items() if name != "author"}).encode(),
    "a column too many": json.dumps({**ROW, "more": 1}).encode(),
    "a number for a text": json.dumps({**ROW, "author": 1}).encode(),
    "a text for a number": json.dumps({**ROW, "sequence": "1"}).encode(),
    "a number too large": json.dumps({**ROW, "sequence": 2**70}).encode(),
    "half a surrogate pair": json.dumps({**ROW, "author": "\ud800"}).encode(),
    "of revision 0001 and torn": b'{"subset": 1}\n{}',
}


@pytest.mark.parametrize("what", LINES)
def test_lines_that_are_no_events_restore_nothing(what: str, workspace: Workspace, tmp_path: Path) -> None:
    """As a backup of a server has them; a sound line is restored, so it is the lines that are refused."""
    backup(workspace, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        manifest, about = archive.read("edgecase.json"), json.loads(archive.read("backup.json"))
    for name, lines in (("sound", json.dumps(ROW).encode()), ("broken", LINES[what])):
        facts = {"decisions": "decisions.jsonl", "events": 1, "sha256": hashlib.sha256(lines).hexdigest()}
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("edgecase.json", manifest)
            archive.writestr("decisions.jsonl", lines)
            archive.writestr("backup.json", json.dumps(about | facts))
    assert restore(tmp_path / "sound.zip", tmp_path / "sound").events == 1
    with pytest.raises(WorkspaceError, match=r"not a whole backup.*is no event"):
        restore(tmp_path / "broken.zip", tmp_path / "ws2")
    assert not (tmp_path / "ws2").exists()


def test_a_restore_is_not_refused_for_what_itself_wrote_before(workspace: Workspace, tmp_path: Path) -> None:
    """Killed after the decisions were written elsewhere, it goes on; decisions of others there are never replaced."""
    _decide(workspace.decisions)
    backup(workspace, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "first", tmp_path / "team.db")
    restore(tmp_path / "b.zip", tmp_path / "second", tmp_path / "team.db")
    assert _events(tmp_path / "team.db") == _events(workspace.path / "decisions.db")
    Decisions.open(tmp_path / "team.db").create_subset("one more", author="Ada")
    with pytest.raises(WorkspaceError, match="holds decisions already"):
        restore(tmp_path / "b.zip", tmp_path / "third", tmp_path / "team.db")


def test_a_refusal_names_no_place_where_something_lay_meanwhile(workspace: Workspace, tmp_path: Path) -> None:
    _decide(workspace.decisions)
    backup(workspace, tmp_path / "good.zip")
    torn = b"SQLite format 3\0 and then nothing of the kind"
    for name, content in (("edgecase.json", b"{"), ("decisions.db", torn)):
        with zipfile.ZipFile(tmp_path / "good.zip") as good, zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as bad:
            entries = {each: good.read(each) for each in good.namelist()} | {name: content}
            about = json.loads(entries["backup.json"])
            about["sha256"] = hashlib.sha256(entries["decisions.db"]).hexdigest()
            for each, written in (entries | {"backup.json": json.dumps(about).encode()}).items():
                bad.writestr(each, written)
        with pytest.raises(WorkspaceError) as refused:
            restore(tmp_path / f"{name}.zip", tmp_path / "again")
        assert name in str(refused.value)
        assert ".partial-" not in str(refused.value)
        assert tempfile.gettempdir() not in str(refused.value).replace(str(tmp_path), "")


def test_a_backup_has_what_a_killed_program_had_not_put_in_its_place(
    workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    """The manifest names it, so it is there; nothing else that waits is."""
    shutil.copy(source.images / workspace.ids[0], tmp_path / "twin.png")
    vectors = pd.read_parquet(source.vectors).iloc[[0]]
    vectors.assign(**{vectors.columns[0]: "twin.png"}).to_parquet(tmp_path / "vectors.parquet")
    pd.DataFrame({"image": ["twin.png"]}).to_csv(tmp_path / "new.csv", index=False)
    add(workspace, tmp_path / "new.csv", batch="june", vectors=tmp_path / "vectors.parquet")
    grown = open_workspace(workspace.path)
    (arrived,) = grown.manifest.arrived
    place = grown.paths.batches / arrived.partition("-")[0]
    place.rename(waiting := place.with_name(f".arriving-{arrived}"))
    shutil.copytree(waiting, place.with_name(".arriving-other-1"))
    backup(grown, tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "restored")
    assert [each.name for each in (tmp_path / "restored" / "received" / "batches").iterdir()] == [waiting.name]
    again = build(source.table, tmp_path / "restored", vectors=source.vectors)
    assert again.ids == (*workspace.ids, "twin.png")
