"""Numbers of what has none: the same in every export, however few images it has."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BYTES = 6
"""Of a digest: numbers that JSON and every language hold exactly, and that a million ids hardly share."""


def numbered(ids: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """A number of its own, at least 1, for each id.

    Args:
        ids: each once.
        known: numbers that some of them had in their source; the first of two that share one keeps it.
    """
    each = list(ids)
    taken: dict[int, str] = {}
    for one in each:
        if one in known:
            taken.setdefault(known[one], one)
    numbers = {one: number for number, one in taken.items()}
    for one in each:
        if one not in numbers:
            number = _stable(one)
            while number in taken:
                number += 1
            taken[number] = one
            numbers[one] = number
    return {one: numbers[one] for one in each}


def _stable(one: str) -> int:
    return int.from_bytes(hashlib.sha256(one.encode("utf-8", "surrogatepass")).digest()[:_BYTES]) or 1
