"""The chain of all events: which rows are not as they were written, and where it is broken first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.store.decisions.events import from_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    import sqlalchemy as sa

    from explorer.store.decisions.newest import Newest


class Damaged(NamedTuple):
    """An event that is not as it was written, or not where: its sequence number, and what is wrong."""

    sequence: int
    reason: str


class Verified(NamedTuple):
    """What reading every row found.

    Attributes:
        events: how many there are, damaged ones too.
        damaged: those that are not as they were written.
        broken_link: the first place where an event was changed, removed or moved; None where the chain is whole.
    """

    events: int
    damaged: list[Damaged]
    broken_link: Damaged | None

    @property
    def warning(self) -> str:
        """Where the chain is broken and what to do; empty where it is whole."""
        if self.broken_link is None:
            return ""
        return (
            f"The decisions are not as they were written: {self.broken_link.reason}. Keep a copy with "
            "`edgecase backup`, and restore an earlier backup if they matter."
        )


def verify(rows: Sequence[sa.Row[Any]], kept: Newest | None) -> Verified:
    """What every row and the chain that they are is found to be.

    Args:
        rows: all, in order.
        kept: the newest event as it was last kept outside the database: a chain does not see that its end is gone.
    """
    damaged = [Damaged(row.sequence, reason) for row in rows if (reason := _damage(row))]
    broken = next(_broken_links(rows, {one.sequence for one in damaged}, kept), None)
    return Verified(len(rows), damaged, broken)


def _damage(row: sa.Row[Any]) -> str:
    try:
        from_row(*row)
    except ValueError as error:
        return str(error)
    return ""


def _broken_links(rows: Sequence[sa.Row[Any]], damaged: AbstractSet[int], kept: Newest | None) -> Iterator[Damaged]:
    expected: str | None = ""
    for row in rows:
        if row.sequence in damaged:
            yield Damaged(
                row.sequence, f"event {row.sequence} was changed: expected what has the checksum {row.checksum}"
            )
        elif expected not in (None, row.previous):
            yield Damaged(row.sequence, _not_after(row, expected))
        # whether the checksum itself is what was damaged cannot be told, nor then what should follow it
        expected = None if row.sequence in damaged else row.checksum
    if kept and kept.checksum not in {row.checksum for row in rows}:
        reason = f"the last events were removed: expected event {kept.sequence} with the checksum {kept.checksum}"
        yield Damaged(kept.sequence, reason)


def _not_after(row: sa.Row[Any], found: str | None) -> str:
    before = f"checksum {row.previous}" if row.previous else "no event"
    return (
        f"an event before event {row.sequence} was removed, or events were moved: expected {before} before it, found "
        f"{found or 'none'}"
    )
