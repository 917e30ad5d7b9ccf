"""The current state: subsets, their members, and why each is there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explorer.data.subsets import Subset


@dataclass(frozen=True)
class State:
    """All subsets after the event with number `sequence`.

    Attributes:
        subsets: the living ones, in the order of creation.
        deleted: those in the bin.
        damaged: sequence numbers of the rows that are not as they were written, and are left out.
    """

    sequence: int
    subsets: tuple[Subset, ...]
    deleted: tuple[Subset, ...]
    damaged: tuple[int, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Subset]:
        """The living subsets by their name."""
        return MappingProxyType({subset.name: subset for subset in self.subsets})

    def find(self, subset: str, *, deleted: bool | None = False) -> Subset:
        """The subset with this key or, in any case, this name; of several deleted ones the newest.

        Args:
            subset: key or name.
            deleted: look among the living subsets, the deleted ones (True) or both (None).

        Raises:
            SubsetError: there is none.
        """
        living = None if deleted is True else _lookup(subset, self.subsets)
        binned = _lookup(subset, self.deleted[::-1])
        found = living or (None if deleted is False else binned)
        if found:
            return found
        if binned:
            raise SubsetError(f"The subset “{binned.name}” is deleted. Restore it first.")
        among = ", ".join(each.name for each in (self.deleted if deleted else self.subsets)) or "none yet"
        raise SubsetError(f"No {'deleted ' if deleted else ''}subset is called “{subset}”. There are: {among}.")


def refuse_taken(living: Iterable[Subset], name: str, key: str = "") -> None:
    """Raise SubsetError where a living subset other than the one with this key has the name."""
    taken = next((each for each in living if same_name(each.name) == same_name(name)), None)
    if taken and taken.key != key:
        raise SubsetError(
            f"The name “{taken.name}” is taken by a subset of {taken.created_by}. Choose another, or rename that one."
        )


def same_name(name: str) -> str:
    """What two names have in common that people would not tell apart."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def _lookup(subset: str, among: tuple[Subset, ...]) -> Subset | None:
    by_key = (each for each in among if each.key == subset)
    by_name = (each for each in among if same_name(each.name) == same_name(subset))
    return next(by_key, None) or next(by_name, None)
