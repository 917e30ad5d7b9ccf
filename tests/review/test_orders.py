"""Orders of review: who sees what, in which order, and what comes again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from explorer.data.verdicts import Protocol, checked_protocol
from explorer.review.orders import assigned, order, queue

ITEMS = tuple(f"img{number:03}" for number in range(100))
PROTOCOL = checked_protocol(Protocol("Spring", ITEMS, ("Ada", "Bob", "Cem", "Dee"), calibration=("cal1", "cal2")))


def firsts(protocol: Protocol, reviewer: str) -> list[str]:
    return [each for each, reading in order(protocol, reviewer) if reading == "first"]


def test_everybody_sees_everything_once_in_an_order_of_their_own() -> None:
    orders = {who: firsts(PROTOCOL, who) for who in PROTOCOL.reviewers}
    for one in orders.values():
        assert set(one[:2]) == {"cal1", "cal2"}, "calibration comes first"
        assert sorted(one[2:]) == list(ITEMS)
    assert len({tuple(one) for one in orders.values()}) == 4
    assert list(ITEMS) not in [one[2:] for one in orders.values()]


def test_an_order_follows_from_the_seed_on_every_machine() -> None:
    """These places were written down once; another release that gives others would break running rounds."""
    small = replace(PROTOCOL, items=("a", "b", "c", "d", "e", "f"), calibration=())
    assert order(small, "Ada") == order(replace(small), "Ada")
    assert order(small, "Ada") != order(replace(small, seed=43), "Ada")
    assert [f"{each} {reading}" for each, reading in order(small, "Ada")] == [
        *("d first", "b first", "a first", "e first", "c first", "f first", "a repeat"),
    ]


def test_a_twentieth_comes_again_late_and_not_at_once() -> None:
    for who in PROTOCOL.reviewers:
        placed = order(PROTOCOL, who)
        again = [each for each, reading in placed if reading == "repeat"]
        assert len(again) == 5 == len(set(again))
        for each in again:
            assert placed.index((each, "repeat")) - placed.index((each, "first")) > 10
    repeated = {who: {e for e, reading in order(PROTOCOL, who) if reading == "repeat"} for who in PROTOCOL.reviewers}
    assert len({frozenset(one) for one in repeated.values()}) == 4, "each has others"
    assert {reading for _, reading in order(replace(PROTOCOL, repeats=0.0), "Ada")} == {"first"}
    assert len(order(replace(PROTOCOL, items=("a", "b"), calibration=()), "Ada")) == 3, "one at least comes again"
    assert len(order(replace(PROTOCOL, items=("a",), calibration=()), "Ada")) == 1, "but never the only one"


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_with_a_partial_overlap_the_work_is_shared_evenly(overlap: int) -> None:
    partial = replace(PROTOCOL, overlap=overlap)
    who = assigned(partial)
    assert {len(each) for each in who.values()} == {overlap}
    load = Counter(one for each in who.values() for one in each)
    assert set(load.values()) == {25 * overlap}
    pairs = Counter(pair for each in who.values() for pair in combinations(sorted(each), 2))
    assert len(pairs) == (0 if overlap == 1 else 6), "every two reviewers meet"
    for one in partial.reviewers:
        assert firsts(partial, one)[2:] == [e for e in firsts(partial, one)[2:] if one in who[e]]
        assert set(firsts(partial, one)[:2]) == {"cal1", "cal2"}, "everybody sees the calibration"


def test_a_queue_says_what_was_given() -> None:
    places = list(queue(PROTOCOL, "Ada", {}))
    assert [each.place for each in places] == list(range(107))
    assert {each.verdict for each in places} == {None}
