"""Tagging: putting images or boxes into the subset of a name, which is made where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.store.decisions.events import Event  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.subsets import Member, Subset
    from explorer.store.decisions.subsets import Decisions


class Tagged(NamedTuple):
    """The event of tagging, and how many members were new to the subset."""

    event: Event
    new: int


def tag(
    decisions: Decisions,
    name: str,
    members: Sequence[Member],
    *,
    author: str,
    note: str = "",
    category: str = "",
    context: Mapping[str, Any] | None = None,
) -> Tagged:
    """Put members into the subset of that name, new or existing.

    Args:
        decisions: where they are kept.
        name: of the subset, in any case.
        members: what is tagged, and how it was found.
        author: who decides.
        note: what a new subset is about.
        category: edge-case category of a new subset.
        context: from which selection, model and layout, JSON.

    Raises:
        SubsetError: the name is empty, there is no member for an existing subset, or a value cannot be stored.
        WorkspaceError: the database cannot be written.
    """
    known = subset_named(decisions, name)
    if known is None:
        event = decisions.create_subset(
            name, author=author, note=note, category=category, members=members, context=context
        )
        return Tagged(event, len(members))
    event = decisions.add_members(known.key, members, author=author, context=context)
    return Tagged(event, sum(member.id not in known.members for member in members))


def subset_named(decisions: Decisions, name: str) -> Subset | None:
    """The living subset of a name, in any case; None where tagging would make it."""
    wanted = same_name(name)
    return next((each for each in decisions.state().subsets if same_name(each.name) == wanted), None)
