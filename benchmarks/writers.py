"""Decisions: how long eight people who decide at once wait for each other, against SQLite's own waiting.

    python benchmarks/writers.py [--writers 8] [--seconds 20] [--postgresql postgresql://USER@HOST/NAME]

Each writer is a process that adds fifty members again and again. Beside it, as many processes append a row of the same
size to a plain table of a SQLite file, in the write-ahead log with a flush at every commit, and wait as SQLite's busy
timeout does. The database of a server must be empty; what is written stays there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.keys import artefact_key
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.queues import Queue

    Write = Callable[[str, Path, str, float], list[float]]

MEMBERS = 50


def main() -> None:
    """Print one row per database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--postgresql", metavar="URL")
    arguments = parser.parse_args()
    print(f"{'':16} {'decisions':>10} {'median':>10} {'p99':>10} {'longest':>10}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        places: dict[str, tuple[Write, str]] = {"edgecase SQLite": (_decide, str(folder / "decisions.db"))}
        if arguments.postgresql:
            places["edgecase server"] = (_decide, arguments.postgresql)
        places["plain SQLite"] = (_insert, str(folder / "plain.db"))
        for name, (write, where) in places.items():
            waits = _together(write, where, folder, arguments.writers, arguments.seconds)
            cells = (np.median(waits), np.percentile(waits, 99), max(waits))
            print(f"{name:16} {len(waits):>10,} " + " ".join(f"{1000 * cell:>7,.0f} ms" for cell in cells), flush=True)


def _together(write: Write, where: str, folder: Path, writers: int, seconds: float) -> list[float]:
    """Seconds that each decision took, of all writers."""
    write(where, folder, "first", 0)
    told: Queue[list[float]] = multiprocessing.Queue()
    running = [
        multiprocessing.Process(target=_run, args=(told, write, where, folder, f"writer {number}", seconds))
        for number in range(writers)
    ]
    for process in running:
        process.start()
    waits = [wait for _ in running for wait in told.get()]
    for process in running:
        process.join()
    return waits


def _run(told: Queue[list[float]], write: Write, where: str, folder: Path, author: str, seconds: float) -> None:
    told.put(write(where, folder, author, seconds))


def _decide(where: str, folder: Path, author: str, seconds: float) -> list[float]:
    """Decide until the time is over; without any, make the subset."""
    with Decisions.open(where, folder / f"{artefact_key(where=where)}.newest") as store:
        if not seconds:
            store.create_subset("Shared", author=author)
            return []

        def decide(number: int) -> None:
            members = [Member(f"{author} {number} {member}", "lasso") for member in range(MEMBERS)]
            store.add_members("Shared", members, author=author)

        return _again_and_again(decide, seconds)


def _insert(where: str, _folder: Path, author: str, seconds: float) -> list[float]:
    """Append rows to a table until the time is over; without any, make the table."""
    with closing(sqlite3.connect(where, timeout=60, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (content TEXT)")

        def insert(number: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO rows VALUES (?)", (f"{author} {number} " * MEMBERS,))
            connection.execute("COMMIT")

        return _again_and_again(insert, seconds) if seconds else []


def _again_and_again(act: Callable[[int], None], seconds: float) -> list[float]:
    taken: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        act(len(taken))
        taken.append(time.monotonic() - start)
    return taken


if __name__ == "__main__":
    main()
