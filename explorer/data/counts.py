"""Numbers of things, as sentences have them."""

from __future__ import annotations


def counted(n: int, one: str, many: str = "") -> str:
    """A number of things in words: `1 image`, `1,024 boxes`.

    Args:
        n: how many there are.
        one: what one of them is called.
        many: what several are, where that is not `one` with an s.
    """
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
