"""The chain of all events: which rows are not as they were written, and where it is broken first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.store.decisions.events import from_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    import sqlalchemy as sa

    from explorer.store.decisions.events import Event
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
            "`edgecase backup`, and restore an earlier backup if they matter; where an older database was put back on "
            "purpose, `edgecase info WORKSPACE --accept-decisions` takes it as it is."
        )


def verify(rows: Sequence[sa.Row[Any]], gone: Newest | None) -> Verified:
    """What every row, all of them in order, and the chain that they are is found to be; `gone` as of `Chain`."""
    chain = Chain()
    chain.extend(rows, read(rows)[1])
    return chain.verified(gone)


def read(rows: Iterable[sa.Row[Any]]) -> tuple[list[Event], list[Damaged]]:
    """The events in rows of the database, and the rows that are not as they were written."""
    sound, damaged = [], []
    for row in rows:
        try:
            sound.append(from_row(*row))
        except ValueError as error:
            damaged.append(Damaged(row.sequence, str(error)))
    return sound, damaged


class Chain:
    """The chain as far as it was read.

    Attributes:
        events: how many there are so far, damaged ones too.
        damaged: those that are not as they were written.
        broken_link: the first place where an event was changed, removed or moved; None where the chain is whole.
    """

    def __init__(self) -> None:
        self.events = 0
        self.damaged: list[Damaged] = []
        self.broken_link: Damaged | None = None
        self._expected: str | None = ""

    def extend(self, rows: Sequence[sa.Row[Any]], damaged: Sequence[Damaged]) -> None:
        """Take in the next rows, in order, and which of them are damaged."""
        broken = next(self._broken_links(rows, {one.sequence for one in damaged}), None)
        self.broken_link = self.broken_link or broken
        self.events += len(rows)
        self.damaged += damaged

    def verified(self, gone: Newest | None) -> Verified:
        """What was found.

        Args:
            gone: the newest event as it was last kept outside the database, where it is not there: a chain does not see
                that its end is gone.
        """
        removed = Damaged(gone.sequence, _removed(gone)) if gone else None
        return Verified(self.events, self.damaged.copy(), self.broken_link or removed)

    def _broken_links(self, rows: Sequence[sa.Row[Any]], damaged: AbstractSet[int]) -> Iterator[Damaged]:
        for row in rows:
            expected = self._expected
            # whether the checksum itself is what was damaged cannot be told, nor then what should follow it
            self._expected = None if row.sequence in damaged else row.checksum
            if row.sequence in damaged:
                reason = f"event {row.sequence} was changed: expected what has the checksum {row.checksum}"
                yield Damaged(row.sequence, reason)
            elif expected not in (None, row.previous):
                yield Damaged(row.sequence, _not_after(row, expected))


def _removed(gone: Newest) -> str:
    return f"the last events were removed: expected event {gone.sequence} with the checksum {gone.checksum}"


def _not_after(row: sa.Row[Any], found: str | None) -> str:
    before = f"checksum {row.previous}" if row.previous else "no event"
    return (
        f"an event before event {row.sequence} was removed, or events were moved: expected {before} before it, found "
        f"{found or 'none'}"
    )
