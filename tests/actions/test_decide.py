"""Candidates are accepted and rejected with the scores they were proposed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.decide import accept, accept_and_reject, reject
from explorer.actions.grow import grow
from explorer.data.subsets import Member
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


@pytest.fixture
def proposed(workspace: Workspace) -> dict[str, float]:
    """The four best candidates for the subset `red`, with their scores."""
    members = [Member(each, "lasso") for each in workspace.ids[:3]]
    workspace.decisions.create_subset("red", author="Ada", members=members)
    return {one.id: one.score for one in grow(workspace, "red", 4).candidates}


def test_accepted_candidates_are_grown_members_and_rejected_ones_are_gone(
    workspace: Workspace, proposed: dict[str, float]
) -> None:
    first, second, *_ = proposed
    accepted = accept(workspace.decisions, "red", {first: proposed[first]}, author="Bob", context={"space": "image"})
    reject(workspace.decisions, "red", {second: proposed[second]}, author="Bob")
    subset = workspace.subset("red")
    assert accepted.payload["context"] == {"space": "image"}
    assert subset.members[first][1:4] == ("grown", proposed[first], "Bob")
    assert subset.rejected[second][1:3] == (proposed[second], "Bob")
    assert not {first, second} & {one.id for one in grow(workspace, "red", 60).candidates}


def test_the_checked_are_accepted_and_the_rest_rejected(workspace: Workspace, proposed: dict[str, float]) -> None:
    scores = list(proposed.items())
    accept_and_reject(workspace.decisions, "red", dict(scores[:1]), dict(scores[1:]), author="Bob")
    subset = workspace.subset("red")
    grown = {each: one.score for each, one in subset.members.items() if one.origin == "grown"}
    assert grown == dict(scores[:1])
    assert {each: one.score for each, one in subset.rejected.items()} == dict(scores[1:])


def test_an_unknown_subset_takes_neither(workspace: Workspace) -> None:
    with pytest.raises(SubsetError, match="No subset is called"):
        accept_and_reject(workspace.decisions, "nobody", {"a": 0.5}, {"b": 0.4}, author="Bob")
    assert workspace.decisions.history() == []
