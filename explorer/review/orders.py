"""Who judges which items, in which order, and what comes again: all of it follows from the protocol's seed."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from explorer.data.verdicts import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from explorer.data.verdicts import Protocol, Reading, Verdict

FROM, UNTIL = 1 / 2, 2 / 3
"""What comes again is of the first half of an order, and comes again in its last third."""


def queue(
    protocol: Protocol,
    reviewer: str,
    said: Mapping[tuple[str, Reading], Verdict],
    enough: AbstractSet[str] = frozenset(),
) -> Iterator[Item]:
    """A reviewer's items in their order, each with what they said of it; first what a deviation gave to others since.

    Args:
        protocol: of the round.
        reviewer: one of its reviewers.
        said: the reviewer's verdicts by item and occasion.
        enough: ids of items that others have judged as often as the protocol asks.
    """
    placed = order(protocol, reviewer)
    before = sorted(said.keys() - set(placed))
    left = (one for one in placed if one in said or one[0] not in enough)
    return (Item(place, *one, said.get(one)) for place, one in enumerate(chain(before, left)))


@lru_cache(maxsize=64)
def order(protocol: Protocol, reviewer: str) -> tuple[tuple[str, Reading], ...]:
    """The items that a reviewer judges, in their order: calibration, then their own by chance, some of them again.

    Chance is the order of SHA-256 of seed, purpose, reviewer and item, the same on every machine for ever.
    """
    drawn = _chance(protocol.seed, reviewer)
    own = [each for each in protocol.items if reviewer in assigned(protocol)[each]]
    own.sort(key=lambda each: drawn("order", each))
    again = sorted(own[: int(len(own) * FROM)], key=lambda each: drawn("again", each))[: _number(protocol, len(own))]
    first: list[tuple[str, Reading]] = [(each, "first") for each in own]
    start = int(len(first) * UNTIL)
    last = [*first[start:], *((each, "repeat") for each in sorted(again))]
    last.sort(key=lambda one: drawn("late", f"{one[1]} {one[0]}"))
    calibrating = sorted(protocol.calibration, key=lambda each: drawn("calibration", each))
    return (*((each, "first") for each in calibrating), *first[:start], *last)


@lru_cache(maxsize=16)
def assigned(protocol: Protocol) -> Mapping[str, frozenset[str]]:
    """Who judges each item: all reviewers, or with a partial overlap so many, all of them as often as each other."""
    if not protocol.overlap:
        everybody = frozenset(protocol.reviewers)
        return dict.fromkeys(protocol.items, everybody)
    drawn = _chance(protocol.seed, "")
    load = dict.fromkeys(protocol.reviewers, 0)
    found = {}
    for each in sorted(protocol.items, key=lambda each: drawn("items", each)):
        nearest = sorted(load, key=lambda one: (load[one], drawn(one, each)))[: protocol.overlap]
        for one in nearest:
            load[one] += 1
        found[each] = frozenset(nearest)
    return found


def _number(protocol: Protocol, items: int) -> int:
    """How many come again: the share, but one at least where any is to and two items are there."""
    return max(1, round(protocol.repeats * items)) if protocol.repeats and items > 1 else 0


def _chance(seed: int, reviewer: str) -> Callable[[str, str], bytes]:
    return lambda what, each: hashlib.sha256("\x00".join((str(seed), what, reviewer, each)).encode()).digest()
