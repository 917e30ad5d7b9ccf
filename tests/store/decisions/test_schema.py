"""Opening: the schema and its migrations, and everything that is not a decisions database."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from explorer.errors import WorkspaceError
from explorer.store.decisions import database
from explorer.store.decisions.subsets import Decisions, Member
from tests.exporters.conftest import no_file_larger_than

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("error")


def run_sql(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Run statements on a SQLite file as another program would; the rows of the last."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = raw.execute(statement).fetchall()
        return rows


def test_the_known_revisions_are_the_migrations_in_order() -> None:
    """Opening decides by a constant, without Alembic; the constant must be what Alembic would do."""
    scripts = list(ScriptDirectory(str(database.MIGRATIONS)).walk_revisions())
    assert [script.revision for script in reversed(scripts)] == list(database.REVISIONS)


def test_migrations_lead_to_the_table_that_the_code_uses(tmp_path: Path) -> None:
    """What the numbered steps build and what the code declares are the same, column for column."""
    Decisions.open(tmp_path / "decisions.db").close()
    engine = sa.create_engine(f"sqlite:///{tmp_path}/decisions.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": database.VERSION_TABLE})
        assert compare_metadata(context, database.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("revision", database.REVISIONS)
def test_a_database_of_any_revision_is_opened_and_brought_up_to_date(tmp_path: Path, revision: str) -> None:
    """A workspace of an older version opens, and is of the newest schema afterwards."""
    path = tmp_path / "decisions.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with Decisions.open(path) as store:
        store.create_subset("Blurry", author="Ada")
    newest = database.REVISIONS[-1]
    assert run_sql(path, f"SELECT version_num FROM {database.VERSION_TABLE}") == [(newest,)]  # noqa: S608 - a constant


def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrations are one transaction: after a failure in the middle the next opening starts afresh."""
    steps = tmp_path / "migrations"
    (steps / "versions").mkdir(parents=True)
    (steps / "env.py").write_text((database.MIGRATIONS / "env.py").read_text())
    first = (database.MIGRATIONS / "versions" / "r0001_events.py").read_text()
    (steps / "versions" / "r0001_events.py").write_text(f"{first}\n    op.execute('no such statement')\n")
    path = tmp_path / "decisions.db"
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", steps)
        with pytest.raises(WorkspaceError):
            Decisions.open(path)
    assert run_sql(path, "SELECT name FROM sqlite_master") == []
    with Decisions.open(path) as store:
        store.create_subset("Blurry", author="Ada")


def test_opening_a_current_database_does_not_import_alembic(tmp_path: Path) -> None:
    """Opening is what every start and every command does: it must not pay for migrations that are not due."""
    path = tmp_path / "decisions.db"
    Decisions.open(path).close()
    code = (
        "import sys; from explorer.store.decisions.subsets import Decisions; "
        "Decisions.open(sys.argv[1]).state(); sys.exit('alembic' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=environment)


def test_the_file_is_set_up_to_be_durable(tmp_path: Path) -> None:
    """Write-ahead log, and a flush to the disk at every commit, on every connection."""
    with Decisions.open(tmp_path / "decisions.db") as store, store._database.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    assert settings == ["wal", 2, 60_000]


def test_opening_waits_for_whoever_is_making_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite gives up at once where it cannot switch to the write-ahead log; opening must not."""
    path = tmp_path / "decisions.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("time.sleep", lambda _seconds: other.execute("ROLLBACK"))
        with Decisions.open(path) as store:
            store.create_subset("Blurry", author="Ada")
        assert not other.in_transaction


def test_many_threads_of_one_server_share_one_store(tmp_path: Path) -> None:
    """The sessions of a server write and read at once through one object, and lose nothing."""

    def add(author: int) -> None:
        for n in range(10):
            store.add_members("Shared", [Member(f"{author} {n}", "lasso")], author=str(author))
            assert f"{author} {n}" in store.state().find("Shared").members

    with Decisions.open(tmp_path / "decisions.db") as store:
        store.create_subset("Shared", author="Ada")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(8)))
        assert set(store.state().find("Shared").ids) == {f"{a} {n}" for a in range(8) for n in range(10)}


def newer(path: Path) -> None:
    Decisions.open(path).close()
    run_sql(path, f"UPDATE {database.VERSION_TABLE} SET version_num = '9999'")  # noqa: S608 - a constant


def torn(path: Path) -> None:
    with Decisions.open(path) as store:
        store.create_subset("Large", author="Ada", members=[Member(f"id {n}", "ids") for n in range(5000)])
    content = bytearray(path.read_bytes())
    content[200:20_000] = b"\xff" * 19_800
    path.write_bytes(content)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda path: path.write_text("id,label\n" * 100), "is not a database; move the file away"),
    "another program's": (
        lambda path: run_sql(path, "CREATE TABLE users (id INTEGER)"),
        "a database of another program, with a table 'users'",
    ),
    "newer": (newer, f"have schema 9999, of a newer version of this program; {database.REVISIONS[-1]} is known here"),
    "torn": (torn, "the file is damaged; restore it from a backup"),
    "a folder": (lambda path: path.mkdir(), "cannot be opened"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_ours_is_refused_clearly_and_left_as_it_is(tmp_path: Path, what: str) -> None:
    """The message says what was found and what to do; not one byte of the file is changed."""
    make, message = BAD[what]
    path = tmp_path / "decisions.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(WorkspaceError, match=re.escape(message)) as caught:
        Decisions.open(path)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_program_that_stays_open_over_an_upgrade_stops_writing(tmp_path: Path) -> None:
    """An old program never appends to a schema that a newer one has changed under it."""
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as store:
        newer(path)
        with pytest.raises(WorkspaceError, match="newer version of this program"):
            store.create_subset("Blurry", author="Ada")


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("mysql://localhost/x", "not mysql://"),
        ("sqlite://", "not sqlite://"),
        ("postgresql://host:port/x", "the URL given cannot be read"),
        ("/nonexistent/folder/decisions.db", "its folder does not exist"),
    ],
)
def test_a_location_that_cannot_be_is_refused(location: str, message: str) -> None:
    """Neither a database that is not supported nor a mistyped path is made up."""
    with pytest.raises(WorkspaceError, match=re.escape(message)):
        Decisions.open(location)


def test_a_sqlite_url_is_the_file_it_names(tmp_path: Path) -> None:
    """Both ways of naming a file lead to the same decisions."""
    with Decisions.open(f"sqlite:///{tmp_path}/decisions.db") as store:
        store.create_subset("Blurry", author="Ada")
    with Decisions.open(str(tmp_path / "decisions.db")) as store:
        assert list(store.state().by_name) == ["Blurry"]


@pytest.mark.parametrize("existing", [False, True])
def test_a_read_only_folder_is_said(tmp_path: Path, existing: bool) -> None:  # noqa: FBT001 - a parameter
    """A person who may not write sees what was decided; each attempt to decide is refused in a sentence."""
    if existing:
        with Decisions.open(tmp_path / "decisions.db") as store:
            store.create_subset("Blurry", author="Ada")
    code = (
        "import sys; from explorer.store.decisions.subsets import Decisions; store = Decisions.open(sys.argv[1])\n"
        "print(list(store.state().by_name), store.next_undo('Ada') is not None, flush=True)\n"
        "store.create_subset('Dark', author='Ada')"
    )
    tmp_path.chmod(0o555)
    run_as = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command_line = [*run_as, sys.executable, "-c", code, str(tmp_path / "decisions.db")]
    found = subprocess.run(command_line, check=False, capture_output=True, text=True, env=environment)
    tmp_path.chmod(0o755)
    assert found.stdout == ("['Blurry'] True\n" if existing else "[] False\n")
    assert "is read-only for you" in found.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == (["decisions.db"] if existing else [])


def test_a_full_disk_refuses_the_decision_and_keeps_the_others(tmp_path: Path) -> None:
    """Nothing is half written: the state afterwards is the one before, and the next decision works."""
    with Decisions.open(tmp_path / "decisions.db") as store:
        store.create_subset("Blurry", author="Ada")
        (pages,) = run_sql(tmp_path / "decisions.db", "PRAGMA page_count")[0]

        def fill(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        sa.event.listen(store._database._engine, "connect", fill)
        many = [Member(f"id {n}", "ids") for n in range(10_000)]
        with pytest.raises(WorkspaceError, match=r"the disk is full.*nothing was recorded"):
            store.add_members("Blurry", many, author="Ada")
        assert store.state().sequence == 1
        sa.event.remove(store._database._engine, "connect", fill)
        store.add_members("Blurry", many, author="Ada")
        assert len(store.state().find("Blurry").ids) == 10_000


def test_a_full_disk_still_lists_what_was_decided(tmp_path: Path) -> None:
    """SQLite wants to write beside the file even to read it; where it cannot, the file is only looked at."""
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as store:
        store.create_subset("Blurry", author="Ada", members=[Member("a", "lasso")])
        with no_file_larger_than(1000):
            for reader in (store, Decisions.open(path)):
                assert reader.state().find("Blurry").ids == ("a",)
                assert len(reader.history()) == 1
                with pytest.raises(WorkspaceError, match=r"it may be full|the disk is full"):
                    reader.create_subset("Dark", author="Ada")
        store.create_subset("Dark", author="Ada")
        assert list(store.state().by_name) == ["Blurry", "Dark"]


@pytest.mark.parametrize("seed", range(3))
def test_a_flipped_byte_is_a_sentence_or_a_damaged_event(tmp_path: Path, seed: int) -> None:
    """Wherever it is: in the header, in the schema, in an index, in an event."""
    path, dice = tmp_path / "decisions.db", random.Random(seed)
    with Decisions.open(path) as store:
        store.create_subset("Blurry", author="Ada", members=[Member("a", "lasso")])
    content = path.read_bytes()
    for place in [*range(seed, 100, 3), *(dice.randrange(100, len(content)) for _ in range(150))]:
        broken = bytearray(content)
        broken[place] ^= dice.choice([1, 128, 255])
        path.write_bytes(broken)
        with suppress(WorkspaceError), Decisions.open(path) as store:
            store.state()
            store.history()
            store.verify_chain()
        for beside in tmp_path.glob("decisions.db?*"):
            beside.unlink()
