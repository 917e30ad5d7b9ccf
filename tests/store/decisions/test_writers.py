"""Many writers at once, and writers killed in the middle, on SQLite and on PostgreSQL.

This file is also the program that runs the writers: it imports once, then forks, so that a writer starts in
milliseconds and a hundred kills fit into seconds.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from explorer.data.verdicts import Protocol, Verdict
from explorer.errors import SubsetError, WorkspaceError
from explorer.store.decisions.log import append
from explorer.store.decisions.newest import read_newest
from explorer.store.decisions.rounds import Rounds
from explorer.store.decisions.subsets import Decisions, Member
from explorer.store.decisions.verdicts import Verdicts

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.slow]

WRITERS = 8
STROKES = 20
KILLS = 100
PER_STROKE = 50
NEWEST = Path("newest")
"""In the folder in which the program is started; all writers are of one workspace."""


# ---- the program ------------------------------------------------------------------------------------------


def write(location: str, acknowledged: int, author: str, strokes: int) -> None:
    """Add members again and again; each event's id is told as soon as the call has returned."""
    with Decisions.open(location, NEWEST) as store:
        try:
            store.create_subset("Shared", author=author)
            os.write(acknowledged, b"created\n")
        except SubsetError:
            pass  # somebody else was first: exactly one may be
        for stroke in range(strokes):
            ids = [f"{author} {stroke} {n}" for n in range(PER_STROKE)]
            event = store.add_members("Shared", [Member(each, "lasso") for each in ids], author=author)
            os.write(acknowledged, f"{event.id}\n".encode())


def start(location: str, acknowledged: int, author: str, strokes: int) -> int:
    """Fork a writer and return its process id."""
    pid = os.fork()
    if pid == 0:
        write(location, acknowledged, author, strokes)
        os._exit(0)  # the interpreter is not this process's to clear away
    return pid


def judge(location: str, acknowledged: int) -> None:
    """Start eight reviewers of one round at once and see that each comes to their end."""
    reviewers = tuple(f"reviewer {n}" for n in range(WRITERS))
    items = tuple(f"{n}.png" for n in range(STROKES))
    with Decisions.open(location, NEWEST) as store:
        Rounds(store).start(Protocol("Spring", items, reviewers), author="Ada")
    pids = [judging(location, acknowledged, who, items) for who in reviewers]
    if any(os.waitpid(pid, 0)[1] for pid in pids):
        sys.exit("a reviewer could not judge")


def judging(location: str, acknowledged: int, who: str, items: tuple[str, ...]) -> int:
    """Fork a reviewer, who tells each verdict as soon as the call has returned."""
    pid = os.fork()
    if pid == 0:
        with Decisions.open(location, NEWEST) as store:
            for item in items:
                said = Verdict("", item, who, "incorrect", datetime.now(UTC))
                Verdicts(store).give("Spring", [said], author=who)
                os.write(acknowledged, f"{who} {item}\n".encode())
        os._exit(0)
    return pid


def hang(location: str, acknowledged: int) -> None:
    """Write an event and wait before its commit."""
    with Decisions.open(location) as store, store._deciding() as (connection, state):
        stream = f"subset:{state.find('Shared').key}"
        event = append(connection, "deleted", "Ada", stream, {"name": "Shared", "reason": "", "context": {}})
        os.write(acknowledged, f"{event.id}\n".encode())
        time.sleep(60)


def finish(location: str, acknowledged: int) -> None:
    """Start all writers at once and see that each comes to its end."""
    pids = [start(location, acknowledged, f"writer {n}", STROKES) for n in range(WRITERS)]
    ends = [os.waitpid(pid, 0)[1] for pid in pids]
    if any(ends):
        sys.exit("a writer could not open the database, or not write")


def kill(location: str, acknowledged: int) -> None:
    """Keep three writers running and kill one of them again and again."""
    dice = random.Random(7)
    running: list[int] = []
    for turn in range(KILLS):
        while len(running) < 3:
            running.append(start(location, acknowledged, f"writer {turn} {len(running)}", 10_000))
        before = os.fstat(acknowledged).st_size
        while os.fstat(acknowledged).st_size < before + dice.choice([1, 50, 100]):  # 33 bytes each
            time.sleep(0.001)
            if os.waitpid(-1, os.WNOHANG)[0]:
                sys.exit("a writer ended before it was killed")
        time.sleep(dice.uniform(0, 0.01))  # so that the kill falls anywhere in a stroke
        end(running.pop(dice.randrange(len(running))))
    for pid in running:
        end(pid)


def end(pid: int) -> None:
    """Kill a writer as it stands."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


# ---- the databases ----------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new database is to be, once of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "decisions.db")
    database: str = request.getfixturevalue("server").database()
    return database


def run_writers(mode: str, location: str, told: Path) -> subprocess.Popen[bytes]:
    """Start this file as a program; what its writers acknowledge goes line by line to `told`."""
    command = [sys.executable, "-W", "error", __file__, mode, location, str(told)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    return subprocess.Popen(command, env=environment, cwd=told.parent)


def acknowledged_by(mode: str, location: str, folder: Path) -> Counter[str]:
    """Run the writers to their end; what they acknowledged."""
    told = folder / "acknowledged"
    assert run_writers(mode, location, told).wait(timeout=120) == 0
    return Counter(told.read_text().splitlines())


# ---- the tests --------------------------------------------------------------------------------------------


def test_eight_writers_on_a_new_database_lose_nothing(location: str, tmp_path: Path) -> None:
    """All open it at once, one creates the subset, and every stroke of every one is kept, in order."""
    told = acknowledged_by("finish", location, tmp_path)
    with Decisions.open(location, tmp_path / NEWEST) as store:
        events = store.history(limit=10_000)
        assert store.verify_chain() == (len(events), [], None)
        subset = store.state().find("Shared")
    assert told.pop("created") == 1
    assert told == Counter(event.id for event in events if event.kind == "added")
    assert len(told) == WRITERS * STROKES
    assert len(subset.ids) == WRITERS * STROKES * PER_STROKE
    for n in range(WRITERS):
        own = [event for event in reversed(events) if event.author == f"writer {n}" and event.kind == "added"]
        strokes = [event.payload["members"][0][0] for event in own]
        assert strokes == [f"writer {n} {stroke} 0" for stroke in range(STROKES)]


def test_eight_reviewers_of_one_round_lose_no_verdict(location: str, tmp_path: Path) -> None:
    """Each is kept once, of the reviewer who gave it."""
    told = acknowledged_by("judge", location, tmp_path)
    with Decisions.open(location, tmp_path / NEWEST) as store:
        there = Verdicts(store).of(Rounds(store).find("Spring").key)
        assert store.verify_chain() == (WRITERS * STROKES + 1, [], None)
    assert Counter(f"{each.reviewer} {each.id}" for each in there) == told
    assert len(told) == WRITERS * STROKES


def test_a_hundred_kills_lose_no_acknowledged_event_and_tear_none(location: str, tmp_path: Path) -> None:
    """After SIGKILL at random moments everything acknowledged is there, and everything there is whole."""
    told = acknowledged_by("kill", location, tmp_path)
    kept = read_newest(tmp_path / NEWEST)
    with Decisions.open(location, tmp_path / NEWEST) as store:
        events = store.history(limit=1_000_000)
        assert store.verify_chain() == (len(events), [], None)
        assert kept is not None
        # each of the last three may have been killed before it kept its own
        assert kept.sequence in [event.sequence for event in events[:4]]
        subset = store.state().find("Shared")
        store.add_members("Shared", [Member("after all", "ids")], author="survivor")
        assert "after all" in store.state().find("Shared").members
    written = Counter(event.id for event in events if event.kind == "added")
    assert told.pop("created", 0) <= 1
    assert len(told) >= KILLS  # the writers did get to write between the kills
    assert told - written == Counter()
    assert len(written - told) <= KILLS + 2  # committed, and killed before it could be told
    assert all(len(event.payload["members"]) == PER_STROKE for event in events if event.kind == "added")
    assert len(subset.ids) == PER_STROKE * len(written)


def test_a_writer_killed_before_its_commit_leaves_nothing_and_holds_nobody_up(location: str, tmp_path: Path) -> None:
    """An event is there wholly or not at all, and the lock of the dead is gone with them."""
    told = tmp_path / "acknowledged"
    with Decisions.open(location) as store:
        store.create_subset("Shared", author="Ada")
        with run_writers("hang", location, told) as writer:
            while not (told.exists() and told.read_text()):
                time.sleep(0.01)
            assert writer.poll() is None
            assert [event.kind for event in store.history()] == ["created"]  # reading waits for nobody
            writer.kill()
        store.add_members("Shared", [Member("a", "lasso")], author="Bob")
        assert [event.kind for event in store.history()] == ["added", "created"]


def test_two_people_see_each_other_and_keep_their_own_undo(location: str) -> None:
    """What one decides is in the other's next state, and undo takes back only one's own."""
    with Decisions.open(location) as ada, Decisions.open(location) as bob:
        ada.create_subset("Shared", author="Ada", members=[Member("a", "lasso")])
        bob.add_members("shared", [Member("b", "lasso")], author="Bob")
        ada.remove_members("Shared", ["b"], author="Ada")
        assert bob.state().find("Shared").ids == ("a",)
        bob.add_members("Shared", [Member("c", "lasso")], author="Bob")
        ada.undo("Ada")
        assert bob.state() == ada.state()
        assert bob.state().find("Shared").ids == ("a", "b", "c")
        bob.undo("Bob")
        assert ada.state().find("Shared").ids == ("a", "b")
        assert ada.redo("Bob") is not None  # the line of undo belongs to the person, not to the browser


def test_a_crash_of_the_server_loses_nothing_and_open_stores_go_on(server: Any) -> None:
    """What PostgreSQL acknowledged survives it, and a store that was open reconnects by itself."""
    url = server.database()
    with Decisions.open(url) as store:
        store.create_subset("Shared", author="Ada", members=[Member("a", "lasso")])
        server.stop()
        server.start()
        assert store.state().find("Shared").ids == ("a",)
        store.add_members("Shared", [Member("👓", "lasso")], author="Ada")
        with Decisions.open(url) as again:
            assert again.state().find("Shared").ids == ("a", "👓")


def test_a_server_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    """The message says what cannot be reached and what to check, and never the password."""
    with pytest.raises(WorkspaceError, match="check the address and that the server runs") as caught:
        Decisions.open(f"postgresql://edge:secret@/nothing?host={tmp_path}&password=secret")
    assert "secret" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_only_one_of_two_at_once_gets_a_name(location: str) -> None:
    """The check of the name and the writing are one step for every other writer."""
    with Decisions.open(location) as store, closing(Decisions.open(location)) as other:
        other.state()
        store.create_subset("Shared", author="Ada")
        with pytest.raises(SubsetError, match="taken by a subset of Ada"):
            other.create_subset("shared", author="Bob")


if __name__ == "__main__":
    mode, place, told = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:  # so that all is imported before the first fork
        Decisions.open(Path(folder) / "decisions.db").close()
    programs = {"finish": finish, "judge": judge, "kill": kill, "hang": hang}
    programs[mode](place, os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
