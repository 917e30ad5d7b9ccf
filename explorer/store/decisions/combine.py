"""A new subset of two: what is in either, in both, or in one but not in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from explorer.data.subsets import Member
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from explorer.data.subsets import Origin, Subset
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.subsets import Decisions

Operation = Literal["union", "intersection", "difference"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)


def combined(operation: Operation, first: Subset, second: Subset) -> list[Member]:
    """The members; each keeps the origin and the score it has in the first of the two that holds it."""
    both = {**second.members, **first.members}
    kept = {
        "union": [*first.members, *(each for each in second.members if each not in first.members)],
        "intersection": [each for each in first.members if each in second.members],
        "difference": [each for each in first.members if each not in second.members],
    }[operation]
    return [Member(each, cast("Origin", both[each].origin), both[each].score) for each in kept]


def combine(decisions: Decisions, name: str, operation: Operation, first: Subset, second: Subset, author: str) -> Event:
    """Make the new subset; its creation says of what it was made.

    Raises:
        SubsetError: it would be empty, or the name is empty or taken.
        WorkspaceError: the database cannot be written.
    """
    members = combined(operation, first, second)
    if not members:
        raise SubsetError(
            f"The {operation} of “{first.name}” and “{second.name}” is empty. Nothing was made; choose two others."
        )
    context: dict[str, Any] = {"operation": operation, "of": [first.key, second.key]}
    reason = f"{operation} of “{first.name}” and “{second.name}”"
    return decisions.create_subset(name, author=author, members=members, reason=reason, context=context)
