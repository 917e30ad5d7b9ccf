"""Candidates are accepted and rejected with the scores they were proposed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.decide import accept, accept_and_reject, reject, take_out
from explorer.actions.grow import grow
from explorer.data.filters import OneOf
from explorer.data.subsets import Member
from explorer.errors import SubsetError
from explorer.points.live_subsets import named_subset
from explorer.subsets.rules import Rule, to_json

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


def test_accepting_and_rejecting_at_once_is_one_decision(workspace: Workspace, proposed: dict[str, float]) -> None:
    """One event, taken back by one undo."""
    before = workspace.decisions.state().sequence
    scores = list(proposed.items())
    event = accept_and_reject(workspace.decisions, "red", dict(scores[:1]), dict(scores[1:]), author="Bob")
    assert (event.kind, event.sequence) == ("judged", before + 1)
    assert event.sentence == "Bob accepted 1 and rejected 3 candidates for “red”."
    workspace.decisions.undo("Bob")
    subset = workspace.subset("red")
    assert (len(subset.members), len(subset.rejected)) == (3, 0)


def test_what_is_taken_out_of_a_live_subset_stays_out(workspace: Workspace) -> None:
    """Its rule would find it again; of another subset a member may come back, unless it is never to be proposed."""
    apples = Rule((OneOf("label", frozenset(["apple"])),))
    workspace.decisions.create_subset("live", author="Ada", rule=to_json(apples))
    workspace.decisions.create_subset(
        "red", author="Ada", members=[Member(each, "lasso") for each in workspace.ids[:3]]
    )
    gone, other = workspace.ids[:2]
    take_out(workspace.decisions, "live", [gone], author="Bob")
    assert gone not in named_subset(workspace, "live").members
    assert len(named_subset(workspace, "live").members) == 19
    take_out(workspace.decisions, "red", [gone], author="Bob")
    take_out(workspace.decisions, "red", [other], author="Bob", never_again=True)
    red = workspace.subset("red")
    assert (list(red.members), list(red.rejected)) == ([workspace.ids[2]], [other])
