"""How far the reviewers of a round agree, over the items of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.actions.review_sources import category_members
from explorer.actions.segments import groups_of
from explorer.review.agreement import DRAWS, round_agreement

if TYPE_CHECKING:
    from explorer.data.verdicts import Round, Verdict
    from explorer.points.opened_build import View
    from explorer.review.agreement import RoundAgreement


def agreement_of(view: View, name: str, *, draws: int = DRAWS, seed: int = 42) -> RoundAgreement:
    """Measure the agreement of a round; what its protocol groups by is drawn together.

    An item is of a category where a subset says so, or any reviewer of the round.

    Raises:
        ReviewError: the round is unknown.
    """
    one = view.workspace.rounds.find(name)
    verdicts = view.workspace.verdicts.of(one.key)
    return round_agreement(verdicts, categories_of(view, verdicts), _groups(view, one), draws=draws, seed=seed)


def categories_of(view: View, verdicts: list[Verdict]) -> dict[str, frozenset[str]]:
    """The ids of the items of each category, as subsets and reviewers have it."""
    found = category_members(view)
    said: dict[str, set[str]] = {}
    for each in verdicts:
        for name in each.categories:
            said.setdefault(name, set()).add(each.id)
    return {name: found.get(name, frozenset()) | said.get(name, set()) for name in dict.fromkeys([*found, *said])}


def _groups(view: View, one: Round) -> dict[str, int] | None:
    """Which items hang together, a number by id; one that the build lost is a group of its own."""
    if not one.protocol.group:
        return None
    points = view.of_ids(one.protocol.ids)
    groups = groups_of(view, points, one.protocol.group)
    rows = points.space.row_of
    assert groups is not None  # a column is given
    return {
        each: int(groups[rows[each]]) if each in rows else -1 - place for place, each in enumerate(one.protocol.ids)
    }
