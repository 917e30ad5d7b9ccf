"""Snapshots against copied dicts, and that a new version copies nothing."""

from __future__ import annotations

import random
import threading
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(20))
def test_every_version_stays_what_a_copy_would_be(seed: int) -> None:
    """Keys, values, order and lookups, whichever version was read or branched from before."""
    dice = random.Random(seed)
    versions: list[tuple[Snapshot[int], dict[str, int]]] = [(Snapshot(), {})]
    for step in range(60):
        snapshot, copy = versions[-1] if dice.random() < 0.9 else dice.choice(versions)
        changes = {each: dice.choice([None, step]) for each in dice.sample("abcdefgh", dice.randint(0, 3))}
        expected = copy | {each: value for each, value in changes.items() if value is not None}
        expected = {each: value for each, value in expected.items() if changes.get(each, 0) is not None}
        versions.append((snapshot.changed(changes), expected))
        read, known = dice.choice(versions)
        assert (list(read.items()), len(read)) == (list(known.items()), len(known))
    for snapshot, expected in versions:
        assert [("a" in snapshot), snapshot.get("b")] == [("a" in expected), expected.get("b")]
        assert list(snapshot) == list(expected)
        assert list(snapshot.values()) == list(expected.values())
        assert snapshot == expected


def test_a_snapshot_is_read_while_the_next_versions_come() -> None:
    """Sessions of a server read what they hold while others decide."""
    first = Snapshot[int]().changed({str(n): n for n in range(1000)})
    stop = threading.Event()

    def decide() -> None:
        newest = first
        for number in range(100_000):
            if stop.is_set():
                return
            newest = newest.changed({str(number % 2000): None if number % 3 else number})

    thread = threading.Thread(target=decide)
    thread.start()
    for _ in range(50):
        assert first["7"] == 7
        assert "1500" not in first
    assert dict(first) == {str(n): n for n in range(1000)}
    stop.set()
    thread.join()


def allocated_by_one_more(path: Path, members: int) -> int:
    """Bytes allocated at once by adding one member and seeing it; the least of a few, as a dict sometimes grows."""
    with Decisions.open(path) as store:
        store.create_subset("Large", author="Ada", members=[Member(f"id {n}", "ids") for n in range(members)])
        peaks = []
        for number in range(4):
            held = store.state()
            tracemalloc.start()
            store.add_members("Large", [Member(f"more {number}", "ids")], author="Ada")
            assert f"more {number}" in store.state().find("Large").members
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert f"more {number}" not in held.find("Large").members
    return min(peaks)


def test_one_more_costs_the_same_in_a_large_subset(tmp_path: Path) -> None:
    """Nothing of what is there is copied: 20,000 members would be a megabyte."""
    few, many = allocated_by_one_more(tmp_path / "few.db", 10), allocated_by_one_more(tmp_path / "many.db", 20_000)
    assert many < few + 50_000


def test_versions_that_were_read_and_overtaken_keep_no_copies() -> None:
    """Twenty readings of 20,000 entries are not twenty dicts: what undo goes back to stays small."""
    versions = [Snapshot[int]().changed({str(n): n for n in range(20_000)})]
    tracemalloc.start()
    for number in range(20):
        assert len(list(versions[-1].items())) == 20_000 + number
        versions.append(versions[-1].changed({f"more {number}": number}))
    assert tracemalloc.get_traced_memory()[0] < 2_000_000  # one dict is a little more than a megabyte
    tracemalloc.stop()
    assert [len(list(each)) for each in versions] == list(range(20_000, 20_021))
