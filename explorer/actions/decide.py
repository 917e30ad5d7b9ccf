"""Deciding on the candidates for a subset: the accepted become members, the rejected are not proposed again.

Candidates are given by id, each with the score it was proposed with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.data.subsets import Member

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.store.decisions.events import Event
    from explorer.store.decisions.subsets import Decisions


def accept(
    decisions: Decisions,
    subset: str,
    candidates: Mapping[str, float],
    *,
    author: str,
    context: Mapping[str, Any] | None = None,
) -> Event:
    """Make candidates members, found by growing.

    Raises:
        SubsetError: the subset is unknown, or there is no candidate.
        WorkspaceError: the database cannot be written.
    """
    return decisions.add_members(subset, _grown(candidates), author=author, context=context)


def reject(decisions: Decisions, subset: str, candidates: Mapping[str, float], *, author: str) -> Event:
    """Say that candidates do not belong to a subset.

    Raises:
        SubsetError: the subset is unknown, or there is no candidate.
        WorkspaceError: the database cannot be written.
    """
    return decisions.reject_candidates(subset, candidates, author=author, scores=candidates)


def take_out(decisions: Decisions, subset: str, ids: Sequence[str], *, author: str, never_again: bool = False) -> Event:
    """Take members out of a subset.

    Args:
        decisions: where they are kept.
        subset: key or name.
        ids: the members.
        author: who decides.
        never_again: also do not propose them any more; of a live subset always so, whose rule would find them again.

    Raises:
        SubsetError: the subset is unknown, or there is no id.
        WorkspaceError: the database cannot be written.
    """
    if never_again or decisions.state().find(subset).rule:
        return decisions.reject_candidates(subset, ids, author=author)
    return decisions.remove_members(subset, ids, author=author)


def accept_and_reject(
    decisions: Decisions,
    subset: str,
    accepted: Mapping[str, float],
    rejected: Mapping[str, float],
    *,
    author: str,
    context: Mapping[str, Any] | None = None,
) -> Event:
    """Accept the checked candidates, reject the rest: one decision.

    Raises:
        SubsetError: the subset is unknown, or there is no candidate of either kind.
        WorkspaceError: the database cannot be written.
    """
    members = _grown(accepted)
    return decisions.judge_candidates(subset, members, rejected, author=author, scores=rejected, context=context)


def _grown(candidates: Mapping[str, float]) -> list[Member]:
    return [Member(each, "grown", score) for each, score in candidates.items()]
