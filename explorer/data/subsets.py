"""Edge-case subsets: their members, and why each is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Membership(NamedTuple):
    """Why one image or object is in a subset: how it was found, its score then, who put it there and when."""

    id: str
    origin: str
    score: float | None
    author: str
    time: datetime


class Rejection(NamedTuple):
    """A candidate that does not belong to the subset: its score, who rejected it and when."""

    id: str
    score: float | None
    author: str
    time: datetime


@dataclass(frozen=True)
class Subset:
    """One edge-case subset as it stands after some event.

    Attributes:
        key: stable unique id; a name may change, a key never.
        target: number of members aimed at, None where there is no aim.
        rule: a saved filter as JSON, evaluated by whoever shows the subset; None where there is none.
        remove: whether its members are to leave the data set.
        actions: what is recommended to do, see `explorer.data.categories.checked_actions`.
        deleted: whether it is in the bin.
        members: by id, in the order of adding.
        rejected: by id, the negatives for growing.
    """

    key: str
    name: str
    note: str
    category: str
    colour: str
    target: int | None
    rule: Mapping[str, Any] | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    remove: bool = False
    actions: tuple[str, ...] = ()
    deleted: bool = False
    members: Mapping[str, Membership] = field(default_factory=dict)
    rejected: Mapping[str, Rejection] = field(default_factory=dict)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the members in the order of adding."""
        return tuple(self.members)


Origin = Literal["lasso", "search", "grown", "rule", "finding", "thumbnail", "import", "ids"]


class Member(NamedTuple):
    """One image or object to put into a subset.

    Attributes:
        id: its stable id.
        origin: how it was found.
        score: the score with which it was found, where there was one.
    """

    id: str
    origin: Origin
    score: float | None = None
