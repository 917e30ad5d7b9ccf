"""Decisions of revision 0001, kept as bytes: opened, read where they cannot be written, and restored.

The folder `revision_0001` was made by the last program that wrote that revision: a database, what that program read in
it, a backup of it from a SQLite file and one from a server, and a library.

This file is also the program that reads a database as somebody who may not write it, and the one that is killed while
it migrates.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from explorer import open_workspace
from explorer.actions.library import import_library
from explorer.store.backup import backup, restore
from explorer.store.decisions import database
from explorer.store.decisions.subsets import Decisions
from explorer.store.derived.artefacts import write_json
from explorer.store.paths import MANIFEST

if TYPE_CHECKING:
    from explorer.data.subsets import Subset
    from explorer.store.workspace import Workspace

OLD = Path(__file__).parent / "revision_0001"
EXPECTED = json.loads((OLD / "expected.json").read_text("utf-8"))
CHECKSUMS = "SELECT sequence, checksum FROM decision_events ORDER BY sequence"
VERSION = f"SELECT version_num FROM {database.VERSION_TABLE}"  # noqa: S608 - a constant


# ---- what is read -----------------------------------------------------------------------------------------


def told(store: Decisions) -> dict[str, Any]:
    """All that the store says, in the form in which it was written down."""
    state = store.state()
    return {
        "sequence": state.sequence,
        "subsets": [told_subset(each) for each in state.subsets],
        "deleted": [told_subset(each) for each in state.deleted],
        "history": [
            [e.sequence, e.id, e.time.isoformat(), e.author, e.kind, e.sentence, e.undone, e.payload]
            for e in store.history(limit=1000)
        ],
        "next": {who: [of(store.next_undo(who)), of(store.next_redo(who))] for who in ("Ada", "Bob", "Cleo")},
        "checksums": checksums(store),
    }


def told_subset(subset: Subset) -> dict[str, Any]:
    facts = asdict(replace(subset, members={}, rejected={}))
    assert (facts.pop("remove"), facts.pop("actions")) == (False, ())  # nobody could say so then
    return {
        **facts,
        "created_at": subset.created_at.isoformat(),
        "updated_at": subset.updated_at.isoformat(),
        "members": [[*each[:4], each.time.isoformat()] for each in subset.members.values()],
        "rejected": [[*each[:3], each.time.isoformat()] for each in subset.rejected.values()],
    }


def of(event: Any) -> str | None:
    return event and str(event.id)


def checksums(store: Decisions) -> list[list[Any]]:
    with store._database.reading() as connection:
        return [list(row) for row in connection.exec_driver_sql(CHECKSUMS)]


# ---- the program ------------------------------------------------------------------------------------------


def read(path: Path) -> None:
    """Print what a database holds."""
    with Decisions.open(path) as store:
        print(json.dumps([told(store), store.verify(), store.verify_chain().broken_link]))  # noqa: T201


def migrate_and_die(folder: Path) -> None:
    """Open copies of the old database, each in a process that dies one step later than the one before."""
    shutil.copy(OLD / "decisions.db", folder / "first.db")
    Decisions.open(folder / "first.db").close()  # so that all is imported before the first fork
    step, died = 0, True
    while died:
        (folder / str(step)).mkdir()
        shutil.copy(OLD / "decisions.db", folder / str(step) / "decisions.db")
        pid = os.fork()
        if pid == 0:
            die_at(step)
            Decisions.open(folder / str(step) / "decisions.db", folder / str(step) / "newest")
            os._exit(0)
        died = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == DEAD
        step += 1


DEAD = 9
FILE_STEPS = {"sqlite3.connect", "os.rename", "os.remove", "open"}


def die_at(step: int) -> None:
    """End this process without a word before the step with this number: an SQL statement, or the use of a file."""
    left = iter(range(step))

    def count(*_: object) -> None:
        if next(left, None) is None:
            os._exit(DEAD)

    sys.addaudithook(lambda event, _arguments: count() if event in FILE_STEPS else None)
    for moment in ("before_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, moment, count)


# ---- the tests --------------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the old database."""
    return Path(shutil.copy(OLD / "decisions.db", tmp_path / "decisions.db"))


def run_sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(statement).fetchall()


def test_it_opens_with_the_same_subsets_history_and_checksums(old: Path) -> None:
    """Every event verifies, the chain reaches over old and new ones, and undo back behind the migration."""
    with Decisions.open(old) as store:
        assert told(store) == EXPECTED
        assert store.verify_chain() == (20, [], None)
        store.redo("Ada")
        store.create_subset("new", author="Ada")
        assert store.verify_chain() == (22, [], None)
        assert store.state().find("Dämmerung").ids[-1] == "apple/08.png"
    with Decisions.open(old) as store:
        assert store.history()[0].sequence == 22
    assert run_sql(old, VERSION) == [(database.REVISIONS[-1],)]


def test_it_is_copied_beside_itself_before(old: Path) -> None:
    """The newest copy is kept, under the name of its revision, and opens with what was in it."""
    copy = old.with_name("decisions.db.0001")
    copy.write_text("an older copy")
    copy.with_name(f"{copy.name}.partial").write_text("of a copy that was killed")
    Decisions.open(old).close()
    assert run_sql(copy, VERSION) == [("0001",)]
    assert [list(row) for row in run_sql(copy, CHECKSUMS)] == EXPECTED["checksums"]
    assert sorted(file.name for file in old.parent.iterdir()) == ["decisions.db", "decisions.db.0001"]


def test_of_many_who_open_it_at_once_one_migrates(old: Path) -> None:
    """The others wait, and all see the same."""

    def opened(_: int) -> dict[str, Any]:
        with Decisions.open(old) as store:
            return told(store)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(8))) == [EXPECTED] * 8
    with Decisions.open(old) as store:
        assert store.verify_chain() == (20, [], None)


def test_a_removed_old_event_is_noticed(old: Path) -> None:
    """The migration has chained the old ones too."""
    Decisions.open(old).close()
    with closing(sqlite3.connect(old)) as raw, raw:
        raw.execute("DELETE FROM decision_events WHERE sequence = 7")
    with Decisions.open(old) as store:
        broken = store.verify_chain().broken_link
    assert broken is not None
    assert broken.sequence == 8


@pytest.mark.parametrize("column", ["stream", "previous"])
def test_what_the_migration_added_to_an_old_event_cannot_be_changed_unseen(old: Path, column: str) -> None:
    """Its checksum covers neither the kind of its stream nor the event before it, and still both are verified."""
    Decisions.open(old).close()
    with closing(sqlite3.connect(old)) as raw, raw:
        raw.execute(f"UPDATE decision_events SET {column} = 'x' || substr({column}, 2) WHERE sequence = 7")  # noqa: S608
    with Decisions.open(old) as store:
        broken = store.verify_chain().broken_link
    assert broken is not None
    assert broken.sequence == 7


def test_a_damaged_old_event_is_found_after_the_migration(old: Path) -> None:
    """It is left out and named as before, and accuses no other."""
    with closing(sqlite3.connect(old)) as raw, raw:
        raw.execute("UPDATE decision_events SET subset = 'x' WHERE sequence = 2")
    with Decisions.open(old) as store:
        assert [one.sequence for one in store.verify()] == [2]
        assert store.state().damaged == (2,)
        broken = store.verify_chain().broken_link
        assert broken is not None
        assert broken.sequence == 2


def test_where_it_may_only_be_read_it_is_read_as_it_is(old: Path) -> None:
    """The same is told, and no byte of the folder is changed."""
    before = old.read_bytes()
    old.parent.chmod(0o555)
    run_as = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    ran = run_program(*run_as, mode="read", place=old)
    old.parent.chmod(0o755)
    assert json.loads(ran.stdout) == [EXPECTED, [], None]
    assert [file.name for file in old.parent.iterdir()] == ["decisions.db"]
    assert old.read_bytes() == before


def run_program(*prefix: str, mode: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run this file as a program."""
    argv = [*prefix, sys.executable, "-W", "error", __file__, mode, str(place)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(argv, check=True, capture_output=True, text=True, env=environment)


def test_a_kill_in_mid_migration_leaves_one_of_the_two_states(tmp_path: Path) -> None:
    """At whatever statement or file: all is as before or as after, and the next opening comes to the same."""
    run_program(mode="die", place=tmp_path)
    folders = sorted((each for each in tmp_path.iterdir() if each.is_dir()), key=lambda each: int(each.name))
    found = [run_sql(each / "decisions.db", VERSION) for each in folders]
    first_new = found.index([(database.REVISIONS[-1],)])
    assert 20 < first_new < len(folders) - 1
    assert found == [[("0001",)]] * first_new + [[(database.REVISIONS[-1],)]] * (len(folders) - first_new)
    for each in folders:
        with Decisions.open(each / "decisions.db", each / "newest") as store:
            assert told(store) == EXPECTED
            assert store.verify_chain() == (20, [], None)
        assert [list(row) for row in run_sql(each / "decisions.db.0001", CHECKSUMS)] == EXPECTED["checksums"]


def test_one_on_a_server_migrates(server: Any) -> None:
    """Made by revision 0001 alone, with the rows of the old database; its numbers go on."""
    url = server.database()
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    columns = ["sequence", "id", "time", "author", "kind", "subset", "payload", "checksum"]
    rows = run_sql(OLD / "decisions.db", f"SELECT {', '.join(columns)} FROM decision_events")  # noqa: S608 - constants
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        table = sa.table("decision_events", *map(sa.column, columns))
        connection.execute(sa.insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
        connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('decision_events', 'sequence'), 20)")
    engine.dispose()
    with Decisions.open(url) as store:
        assert told(store) == EXPECTED
        store.create_subset("new", author="Ada")
        assert store.verify_chain() == (21, [], None)
        assert store.state().sequence == 21


@pytest.mark.parametrize("kind", ["sqlite", "lines"])
@pytest.mark.parametrize("goal", ["file", "server"])
def test_an_old_backup_is_restored(kind: str, goal: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Into a file and onto a server: the same decisions, which go on and can be backed up again."""
    location = request.getfixturevalue("server").database() if goal == "server" else None
    done = restore(OLD / f"backup-{kind}.zip", tmp_path / "ws", location)
    assert (done.events, done.derived) == (20, 0)
    workspace = open_workspace(tmp_path / "ws", location)
    assert told(workspace.decisions) == EXPECTED
    workspace.decisions.create_subset("new", author="Ada")
    assert workspace.decisions.verify_chain() == (21, [], None)
    assert not list(workspace.path.glob("*.0001"))
    assert backup(workspace, tmp_path / "again.zip").events == 21
    assert restore(tmp_path / "again.zip", tmp_path / "ws2").events == 21
    workspace.decisions.close()


def test_an_old_library_is_imported(workspace: Workspace) -> None:
    """It holds detectors, not decisions, and is read as before by a workspace of its model."""
    model = {**workspace.manifest.model, "key": "d1941f38be8f39e84c958b29"}
    write_json(workspace.path / MANIFEST, asdict(replace(workspace.manifest, model=model)))
    assert import_library(open_workspace(workspace.path), OLD / "library.zip") == (["back again", "Dämmerung"], [])


if __name__ == "__main__":
    programs = {"read": read, "die": migrate_and_die}
    programs[sys.argv[1]](Path(sys.argv[2]))
