"""A cache that threads share: each value made once, never more than there is room for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from explorer.points.cache import Cache


def test_a_value_is_made_once_whichever_threads_ask() -> None:
    cache: Cache[object] = Cache()
    made: list[object] = []
    together = Barrier(8)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask(_: int) -> object:
        together.wait()
        return cache.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert answers == made * 8


def test_making_one_value_does_not_keep_others_waiting() -> None:
    cache: Cache[int] = Cache()
    waiting, going_on = Event(), Event()

    def slow() -> int:
        waiting.set()
        going_on.wait()
        return 1

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get, "slow", slow)
        waiting.wait()
        assert cache.get("quick", lambda: 2) == 2
        going_on.set()
        assert first.result() == 1


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    cache: Cache[int] = Cache(most=2)
    made: list[str] = []

    def ask(key: str) -> int:
        def make() -> int:
            made.append(key)
            return len(made)

        return cache.get(key, make)

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert made == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_threads_that_switch_never_exceed_the_bound() -> None:
    cache: Cache[int] = Cache(most=4)
    lengths = []

    def ask(number: int) -> int:
        def make() -> int:
            lengths.append(len(cache))
            return number % 40

        return cache.get(number % 40, make)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(4000)))
    assert answers == [number % 40 for number in range(4000)]
    assert len(lengths) > 100
    assert max(lengths) == 4


def test_a_value_that_is_put_replaces_what_was_there() -> None:
    cache: Cache[int] = Cache(most=2)
    for number in (1, 2, 3):
        cache.put("key" if number < 3 else "other", number)
    assert (cache.held("key"), cache.held("other"), cache.held("none")) == (2, 3, None)
    cache.put("third", 4)
    assert (cache.held("key"), len(cache)) == (None, 2)


def test_a_value_that_could_not_be_made_is_tried_again() -> None:
    cache: Cache[int] = Cache()
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 // 0)
    assert cache.get("key", lambda: 7) == 7
