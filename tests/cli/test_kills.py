"""Every writing command, killed at each of its file operations and run again: the result is that of an unbroken run.

What a kill leaves is the folder as it is at that moment: an undisturbed run has it copied before each operation,
so that one run makes the states of all kills; one of them is made by a real kill too.

This file is also the program that runs the commands: it imports once, then forks, so that a run costs milliseconds.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing, suppress
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pytest
from PIL import Image

from explorer import build, open_workspace
from explorer.actions import add
from explorer.actions import build as build_action
from explorer.actions import export as export_action
from explorer.cli import main
from explorer.store.decisions.subsets import Member
from explorer.store.paths import MANIFEST
from explorer.store.received import files

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

KILLED = 9
WRITES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "os.link", "os.chmod", "os.utime"}


# ---- the program ------------------------------------------------------------------------------------------


def run(argv: list[str], before: Callable[[int], object] | None = None) -> int:
    """Fork, and run a command in the child, with what is called before each file operation; its exit code."""
    pid = os.fork()
    if pid == 0:
        with open(os.devnull, "w") as nothing:  # noqa: PTH123
            sys.stdout = sys.stderr = nothing
            if before:
                sys.addaudithook(Watcher(before))
            os._exit(main(argv))  # the interpreter is not this process's to clear away
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Then(datetime):
    """A clock that stands: what is written does not depend on when."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 1, 1, tzinfo=tz)


def stop_the_clock() -> None:
    for module in (add, build_action, export_action, files):
        vars(module)["datetime"] = Then


class Watcher:
    """An audit hook that calls what is to be done before each write-like file operation, with its number."""

    def __init__(self, before: Callable[[int], object]) -> None:
        self.before = before
        self.seen = 0
        self.is_idle = True

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_idle and (event in WRITES or (event == "open" and self.writes(*arguments))):
            self.seen += 1
            self.is_idle = False  # what it does itself is none of the command's
            self.before(self.seen)
            self.is_idle = True

    @staticmethod
    def writes(path: object, _mode: object, flags: int) -> bool:
        return path != os.devnull and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def killed_everywhere(before: Path, scratch: Path, argv: list[str]) -> dict[str, Any]:
    """What differs after a kill and a second run, by the number of the operation; and how many there were."""
    here, kept = scratch / "here", scratch / "kept"
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    named = {name for one in argv if (before / (name := one.rpartition("=")[2])).exists()}

    def begin() -> None:
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir()
        for name in named:
            (shutil.copytree if (before / name).is_dir() else shutil.copy2)(before / name, here / name)
        os.chdir(here)

    begin()
    stop_the_clock()
    with suppress(SystemExit):
        main(argv)  # in this process, which has imported everything from then on
    expected = contents(here)
    begin()
    kept.mkdir()
    run(argv, lambda operation: shutil.copytree(here, kept / f"{operation}", symlinks=True))
    operations = len(list(kept.iterdir()))
    differing: dict[int, Any] = {}

    def go_on(operation: int) -> None:
        code = run(argv)
        found = contents(here)
        if found != expected:
            names = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
            differing[operation] = [code, names]

    for operation in range(1, operations + 1):
        shutil.rmtree(here)
        (kept / f"{operation}").rename(here)
        os.chdir(here)
        go_on(operation)
    begin()
    middle = (operations + 1) // 2
    assert run(argv, lambda operation: os._exit(KILLED) if operation == middle else None) == KILLED
    go_on(-middle)
    return {"operations": operations, "differing": differing}


def contents(folder: Path) -> dict[str, Any]:
    """Every file by its name; of archives and databases what is in them, without the time of writing."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != ".build.lock")
    return {str(file.relative_to(folder)): content(file) for file in files if is_named(file, folder)}


def is_named(file: Path, folder: Path) -> bool:
    """Not an artefact that the manifest no longer names: a kill after publishing leaves it to the next build.

    Nor a draft of the newest decision, which has a name that no reader takes for something.
    """
    if file.name.endswith(".partial"):
        return False
    workspace, *below = file.relative_to(folder).parts
    if below[:1] != ["derived"]:
        return True
    return below[1].partition(".faiss")[0] in (folder / workspace / MANIFEST).read_text("utf-8")


def content(file: Path) -> Any:
    if file.name == "decisions.db":
        with closing(sqlite3.connect(file)) as connection:
            return connection.execute("SELECT sequence, author, kind, stream, payload FROM decision_events").fetchall()
    if file.suffix == ".newest":  # the checksum of an event, which has a time and an id of its own
        return json.loads(file.read_text("utf-8"))["sequence"]
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            about = {name: archive.read(name) for name in archive.namelist() if name != "decisions.db"}
        if "backup.json" in about:
            about["backup.json"] = json.loads(about["backup.json"])["newest"]
        return about
    return file.read_bytes()


# ---- the tests --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace, another of the same model, a library, a backup and a former export."""
    folder = tmp_path_factory.mktemp("before")
    images = tmp_path_factory.mktemp("images")
    chance = np.random.default_rng(7)
    ids = [f"{number:03}.png" for number in range(100)]
    for name in ids:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(images / name)
    np.save(images / "vectors.npy", chance.normal(size=(len(ids), 8)))
    built = build(images, folder / "work", vectors=images / "vectors.npy")
    shutil.copytree(built.path, folder / "other")
    with open_workspace(folder / "work").decisions as store:
        for name, some in (("one", slice(0, 3)), ("two", slice(3, 6))):
            store.create_subset(name, author="Ada", members=[Member(each, "ids") for each in built.ids[some]])
    ran = [
        main(["library", "export", str(folder / "work"), str(folder / "library.zip")]),
        main(["export", str(folder / "work"), "one", "--out", str(folder / "table.csv")]),
        main(["backup", str(folder / "work"), str(folder / "whole.zip"), "--full"]),
    ]
    assert ran == [0, 0, 0]
    with open_workspace(folder / "work").decisions as store:
        store.add_members("one", [Member(built.ids[7], "ids")], author="Ada")
    shutil.copytree(images, folder / "moved")
    (folder / "empty").mkdir()
    (folder / "more").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / "more" / name)
    np.save(folder / "more.npy", chance.normal(size=(3, 8)))
    np.save(folder / "second.npy", chance.normal(size=(len(ids), 5)))
    rows = "".join(f"{name},{'odd' if row % 3 else 'even'}\n" for row, name in enumerate(ids))
    (folder / "said.csv").write_text(f"image,prediction\n{rows}")
    shutil.copytree(folder / "work", folder / "grown")
    grown = [
        main(["add", str(folder / "grown"), str(folder / "more"), "--vectors", str(folder / "more.npy")]),
        main(["add-predictions", str(folder / "grown"), f"v1={folder / 'said.csv'}"]),
    ]
    assert grown == [0, 0]
    (folder / "other.csv").write_text(f"image,prediction\n{rows.replace('odd', 'even')}")
    return folder


COMMANDS = {
    "library export": (["library", "export", "work", "new.zip"], 10),
    "library import": (["library", "import", "other", "library.zip"], 14),
    "a table": (["export", "work", "one", "--out", "new/table.csv"], 5),
    "a table over another": (["export", "work", "one", "--out", "table.csv"], 8),
    "images": (["export", "work", "one", "--format", "images", "--out", "new"], 8),
    "images into an empty folder": (["export", "work", "one", "--format", "images", "--out", "empty"], 8),
    "build": (["build", "more", "--workspace", "new", "--vectors", "more.npy"], 10),
    "layout": (["layout", "work", "--name", "wide", "--min-dist", "0.5"], 5),
    "embed": (["embed", "work", "second", "--vectors", "second.npy"], 10),
    "add": (["add", "work", "more", "--vectors", "more.npy", "--batch", "later"], 20),
    "batch remove": (["batch", "remove", "grown", "more"], 10),
    "add-predictions": (["add-predictions", "work", "v1=said.csv"], 10),
    "add-predictions, in place of others": (["add-predictions", "grown", "v1=other.csv", "--replace"], 10),
    "audit export": (["audit", "export", "work", "new.jsonl"], 2),
    "relocate": (["relocate", "work", "moved"], 2),
    "backup": (["backup", "work", "new.zip"], 2),
    "restore": (["restore", "whole.zip", "again"], 20),
    "restore, decisions elsewhere": (["restore", "whole.zip", "again", "--decisions", "decisions.db"], 20),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_anywhere_and_run_again_it_is_as_never_killed(name: str, before: Path, tmp_path: Path) -> None:
    argv, at_least = COMMANDS[name]
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, __file__, str(before), str(tmp_path / "scratch"), *argv]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "OMP_NUM_THREADS": "1"}
    environment["NUMBA_THREADING_LAYER"] = "workqueue"  # with OpenMP no process can fork that has laid out a map
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["differing"] == {}
    assert found["operations"] >= at_least


def test_a_half_imported_detector_is_none(before: Path, tmp_path: Path) -> None:
    """What a kill left in the folder of detectors spoils no library, and goes with the next import."""
    other = shutil.copytree(before / "other", tmp_path / "other")
    half = other / "received" / "detectors" / ".partial-x"
    half.mkdir(parents=True)
    assert main(["library", "import", str(other), str(before / "library.zip")]) == 0
    assert not half.exists()
    half.mkdir()
    assert main(["library", "export", str(other), str(tmp_path / "again.zip")]) == 0


if __name__ == "__main__":
    first, second, *rest = sys.argv[1:]
    sys.stdout.write(json.dumps(killed_everywhere(Path(first), Path(second), rest)))
