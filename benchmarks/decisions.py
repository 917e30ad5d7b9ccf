"""Decisions: opening a long stream, and what one more costs, against a SQLite table that keeps no history.

    python benchmarks/decisions.py [--events 10 100000]

Each event accepts one image into one subset. The table holds the same memberships, which is what you would have without
the log: no undo, no history, nothing that notices a removed row.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.store.decisions.log import append
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from collections.abc import Callable

MORE = 20
"""Decisions of which one's time is the median."""


def main() -> None:
    """Print one row per length of the stream."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[10, 100_000])
    arguments = parser.parse_args()
    print(f"{'events':>10} {'':8} {'edgecase':>10} {'table':>10} {'ratio':>7}")
    for events in arguments.events:
        with tempfile.TemporaryDirectory() as scratch:
            ours = _decisions(Path(scratch) / "decisions.db", events)
            plain = _table(Path(scratch) / "table.db", events)
        for what, one, other in zip(("open", "one more", "undo"), ours, (*plain, None), strict=True):
            print(f"{events:>10,} {what:8} {_ms(one):>10} {_ms(other):>10} {_ratio(one, other):>7}", flush=True)


def _decisions(path: Path, events: int) -> tuple[float, float, float]:
    """Seconds to open and replay, to decide once more and see it, and to take one back."""
    with Decisions.open(path) as store:
        key = store.create_subset("Shared", author="Ada").key
        with store.writing() as (connection, _):
            for event in range(events):
                payload = {"name": "Shared", "members": [[f"{event}", "grown", 0.5]], "reason": "", "context": {}}
                append(connection, "added", "Ada", f"subset:{key}", payload)
    start = time.perf_counter()
    with Decisions.open(path, path.with_name("newest")) as store:
        assert len(store.state().find(key).members) == events
        opening = time.perf_counter() - start

        def decide(number: int) -> None:
            store.add_members(key, [Member(f"more {number}", "grown", 0.5)], author="Ada")
            assert f"more {number}" in store.state().find(key).members

        def undo(_number: int) -> None:
            store.undo("Ada")
            store.state()

        return opening, _median(decide, MORE), _median(undo, 3)


def _table(path: Path, events: int) -> tuple[float, float]:
    """Seconds to open and read a table of verdicts, and to write one more."""
    insert = "INSERT INTO verdicts VALUES (?, 'grown', 0.5, 'Ada', '2026-01-01')"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE verdicts (id TEXT PRIMARY KEY, origin TEXT, score REAL, author TEXT, time TEXT)"
        )
        connection.executemany(insert, ((f"{event}",) for event in range(events)))
        connection.execute("PRAGMA journal_mode=WAL")
        connection.commit()
    start = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        verdicts = {row[0]: row[1:] for row in connection.execute("SELECT * FROM verdicts")}
        opening = time.perf_counter() - start
        assert len(verdicts) == events

        def decide(number: int) -> None:
            connection.execute(insert, (f"more {number}",))
            connection.commit()

        return opening, _median(decide, MORE)


def _median(act: Callable[[int], None], times: int) -> float:
    taken = []
    for number in range(times):
        start = time.perf_counter()
        act(number)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _ms(seconds: float | None) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds else ""


def _ratio(one: float, other: float | None) -> str:
    return f"{one / other:6.1f}x" if other else ""


if __name__ == "__main__":
    main()
